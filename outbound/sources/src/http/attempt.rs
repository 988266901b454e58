//! One try: the request goes out, the answer comes in under four deadlines and one bound, and trouble gets its name.

use std::error::Error;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use reqwest::{Response, StatusCode};
use tokio::time::timeout;

use super::{Limit, ReadLimit, Request, Settings, pace};

/// Of an answer that says no, so much is kept.
const REJECTION_BYTES: usize = 4096;

/// Not a registered status: some vendors say so when all of them are overloaded.
const OVERLOADED: u16 = 529;

/// What went wrong with a try.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// A deadline passed, ours or the vendor's own (504). Asking for less may help.
    Slow { said: String, asked: Option<Duration> },
    /// The vendor cannot answer now.
    Away { said: String, asked: Option<Duration> },
    /// It was asked too often: nobody may ask under this credential for a while.
    Limited { said: String, asked: Option<Duration> },
    /// An answer that makes no sense; the next one may.
    Garbled(String),
    /// The answer is larger than what is read. The same question would bring it again.
    TooLarge(String),
    /// The vendor said no.
    Rejected(Box<Rejection>),
    /// No further try can help.
    Final(String),
}

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Sends the request once and reads the whole answer.
pub(super) async fn attempt(
    client: &reqwest::Client,
    settings: &Settings,
    read_limit: ReadLimit,
    answered_ms: &AtomicI64,
    request: Request,
) -> Result<Vec<u8>, Trouble> {
    timeout(settings.total_timeout, within_total(client, settings, read_limit, answered_ms, request))
        .await
        .unwrap_or_else(|_| Err(slow("no whole answer", settings.total_timeout)))
}

async fn within_total(
    client: &reqwest::Client,
    settings: &Settings,
    read_limit: ReadLimit,
    answered_ms: &AtomicI64,
    request: Request,
) -> Result<Vec<u8>, Trouble> {
    let mut builder = client.request(request.method, request.url);
    if let Some(body) = request.body {
        builder = builder.header(CONTENT_TYPE, "application/json").body(body);
    }
    let mut response = timeout(settings.first_byte_timeout, builder.send())
        .await
        .map_err(|_| slow("no answer", settings.first_byte_timeout))?
        .map_err(|error| unsent(error, settings))?;
    let status = response.status();
    if status.is_redirection() {
        return Err(Trouble::Final(redirected(&response)));
    }
    if status == StatusCode::OK {
        if let Some(now) = pace::now(response.headers()) {
            answered_ms.store(now.timestamp_millis(), Relaxed);
        }
        return body(&mut response, settings, settings.max_answer_bytes).await;
    }
    let pause = pace::asked(response.headers());
    let mut said = format!("it answered {status}");
    if let Some(words) = pause.as_ref().and_then(|pause| pause.cut.as_ref()) {
        said = format!("{said}; {words}");
    }
    let asked = pause.map(|pause| pause.wait);
    match status {
        StatusCode::GATEWAY_TIMEOUT => Err(Trouble::Slow { said, asked }),
        _ if status == StatusCode::TOO_MANY_REQUESTS || status.as_u16() == OVERLOADED => {
            said = with_reason(said, response.headers());
            match read_limit(&beginning_of_body(&mut response, settings).await) {
                Limit::Never(why) => Err(Trouble::Final(format!("{said}: {why}"))),
                Limit::Wait { asked: within, reason } => {
                    let reason = reason.map(|reason| format!(" ({})", super::scrubbed(&reason)));
                    let said = format!("{said}{}", reason.unwrap_or_default());
                    let within = within.map(|within| within.min(pace::LONGEST_PAUSE));
                    Err(Trouble::Limited { said, asked: asked.or(within) })
                }
                Limit::Quota { again, reason } => {
                    let reason = reason.map(|reason| format!(" ({})", super::scrubbed(&reason)));
                    let said = format!("{said}{}", reason.unwrap_or_default());
                    Err(Trouble::Away { said, asked: asked.or(pace::quota(again, response.headers())) })
                }
            }
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => Err(Trouble::Away { said, asked }),
        _ if status.is_server_error() => Err(Trouble::Away { said, asked }),
        _ if status.is_client_error() => {
            let headers = std::mem::take(response.headers_mut());
            // Its words are a courtesy; without them the status has to do.
            let body = beginning_of_body(&mut response, settings).await;
            Err(Trouble::Rejected(Box::new(Rejection { status: status.as_u16(), headers, body })))
        }
        _ => Err(Trouble::Garbled(said)),
    }
}

async fn body(response: &mut Response, settings: &Settings, most: usize) -> Result<Vec<u8>, Trouble> {
    let too_large = || Trouble::TooLarge(format!("its answer is larger than {most} bytes"));
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = timeout(settings.between_bytes_timeout, response.chunk())
            .await
            .map_err(|_| slow("silence within the answer", settings.between_bytes_timeout))?
            .map_err(|error| Trouble::Away {
                said: format!("the answer was cut off after {} bytes: {}", bytes.len(), causes(&error)),
                asked: None,
            })?;
        let Some(chunk) = chunk else { return Ok(bytes) };
        if bytes.len() + chunk.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
}

async fn beginning_of_body(response: &mut Response, settings: &Settings) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() < REJECTION_BYTES {
        match timeout(settings.between_bytes_timeout, response.chunk()).await {
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk),
            _ => break,
        }
    }
    bytes.truncate(REJECTION_BYTES);
    bytes
}

fn slow(what: &str, after: Duration) -> Trouble {
    Trouble::Slow { said: format!("{what} for {after:?}"), asked: None }
}

fn unsent(error: reqwest::Error, settings: &Settings) -> Trouble {
    if error.is_connect() && error.is_timeout() {
        let said = format!("no connection within {:?}", settings.connect_timeout);
        return Trouble::Away { said, asked: None };
    }
    let error = error.without_url();
    let said = causes(&error);
    if error.is_builder() {
        Trouble::Final(said)
    } else if said.contains("certificate") {
        Trouble::Final(format!("its certificate cannot be trusted: {said}"))
    } else {
        Trouble::Away { said, asked: None }
    }
}

/// The innermost causes say what happened; reqwest's own words only that something did.
fn causes(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        said = cause.to_string();
        next = cause.source();
    }
    said
}

fn redirected(response: &Response) -> String {
    let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let host = target
        .and_then(|target| response.url().join(target).ok())
        .map_or_else(|| "nowhere".to_owned(), |url| url.origin().ascii_serialization());
    format!("it redirects ({}) to {host}, and Daybook does not follow with a credential", response.status())
}

fn with_reason(said: String, headers: &HeaderMap) -> String {
    match headers.get("ratelimit-reason").and_then(|value| value.to_str().ok()) {
        Some(reason) => format!("{said} ({})", super::scrubbed(reason)),
        None => said,
    }
}

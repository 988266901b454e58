//! What a fault makes of a whole answer: another status, another body, half a body, or none at all.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::faults::FaultKind;
use crate::reply::Reply;

/// The mark of an answer that must never leave: the server drops the connection instead.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection was cut on purpose")]
pub(crate) struct Cut;

/// How the body of an answer goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    Half,
    Never,
    Trickle,
}

/// What a fault says instead of the vendor's answer; `None`: the answer itself is needed.
pub(crate) fn instead(fault: &FaultKind, now: DateTime<Utc>) -> Option<Reply> {
    match fault {
        FaultKind::RateLimited { retry_after, reason } => {
            Some(rate_limited(retry_after.as_ref(), reason.as_deref(), now))
        }
        FaultKind::Status { code, body, retry_after } => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let reply = match body {
                Some(Value::String(text)) => {
                    Reply::typed(status, "text/html;charset=UTF-8", text.clone().into_bytes())
                }
                Some(body) => Reply::json(status, body.to_string()),
                None => Reply::json(status, usual_body(status).to_string()),
            };
            Some(retry_after.iter().fold(reply, |reply, value| reply.with("retry-after", &plain(value))))
        }
        FaultKind::GarbageJson {} => {
            Some(Reply::json(StatusCode::OK, "{\"issues\":[{\"id\":\"10001\",\"fields\":{\"summ"))
        }
        FaultKind::HtmlLogin {} => {
            let page = "<!doctype html><html><head><title>Log in with Atlassian account</title></head>\
                        <body><h1>Log in to continue</h1></body></html>";
            Some(Reply::typed(StatusCode::OK, "text/html;charset=UTF-8", page))
        }
        FaultKind::EmptyBody {} => Some(Reply::json(StatusCode::OK, "")),
        FaultKind::Redirect { to } => Some(Reply::json(StatusCode::FOUND, "").with("location", to)),
        _ => None,
    }
}

/// How a fault sends the answer.
pub(crate) fn delivery(fault: &FaultKind) -> Delivery {
    match fault {
        FaultKind::HalfBody {} => Delivery::Half,
        FaultKind::Reset {} => Delivery::Never,
        FaultKind::Trickle {} => Delivery::Trickle,
        _ => Delivery::Whole,
    }
}

/// Turns an answer into HTTP.
pub(crate) fn deliver(mut reply: Reply, delivery: Delivery) -> Response<Body> {
    match delivery {
        Delivery::Whole => reply.into_response(),
        Delivery::Half => {
            reply.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(reply.body.len().max(2)));
            reply.with_body_of(|bytes| {
                let half = bytes.slice(..bytes.len() / 2);
                // The first half has to be on its way before the cut, or nothing of it arrives.
                let cut = stream::once(async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    Err(Cut)
                });
                Body::from_stream(stream::iter([Ok(half)]).chain(cut))
            })
        }
        Delivery::Never => {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(Cut);
            response
        }
        Delivery::Trickle => reply.with_body_of(|_| {
            let drops = stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Some((Ok::<_, Cut>(Bytes::from_static(b" ")), ()))
            });
            Body::from_stream(drops)
        }),
    }
}

/// The vendor's 429: seconds to wait where one is given, and both header families.
fn rate_limited(retry_after: Option<&Value>, reason: Option<&str>, now: DateTime<Utc>) -> Reply {
    let wait = retry_after.map(plain);
    let seconds = wait.as_ref().and_then(|wait| wait.parse::<i64>().ok()).unwrap_or(60).clamp(0, 86_400);
    let reset = (now + TimeDelta::seconds(seconds)).format("%Y-%m-%dT%H:%MZ").to_string();
    let reply = Reply::json(
        StatusCode::TOO_MANY_REQUESTS,
        "{\"errorMessages\":[\"Rate limit exceeded.\"],\"errors\":{}}",
    )
    .with("x-ratelimit-limit", "100")
    .with("x-ratelimit-remaining", "0")
    .with("x-ratelimit-nearlimit", "true")
    .with("x-ratelimit-reset", &reset)
    .with("ratelimit-reason", reason.unwrap_or("jira-burst-based"))
    .with("beta-ratelimit-policy", "\"global-app-quota\";q=65000;w=3600")
    .with("beta-ratelimit", "\"global-app-quota\";r=812;t=1460");
    match wait {
        Some(wait) => reply.with("retry-after", &wait),
        None => reply,
    }
}

fn usual_body(status: StatusCode) -> Value {
    let message = match status.as_u16() {
        401 => "Client must be authenticated to access this resource.",
        403 => "You do not have permission to perform this operation.",
        404 => "Issue does not exist or you do not have permission to see it.",
        503 => "The service is temporarily unavailable.",
        _ => "Internal server error",
    };
    json!({"errorMessages": [message], "errors": {}})
}

/// Text as it is, numbers as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

//! Faults on demand: which request goes wrong, how, and how often.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One fault to come.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Only requests whose path contains this.
    #[serde(default, rename = "match")]
    pub(crate) path: String,
    /// What happens.
    pub(crate) fault: FaultKind,
    /// Requests that pass before the first.
    #[serde(default)]
    pub(crate) after: u64,
    /// How many requests it hits; absent: every one from then on.
    #[serde(default)]
    pub(crate) times: Option<u64>,
    /// How many it has hit.
    #[serde(default)]
    pub(crate) fired: u64,
}

/// What goes wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// 429 with the vendor's headers; `retry_after` as given, absent if absent.
    RateLimited { retry_after: Option<String>, reason: Option<String> },
    /// This status, with a body of the vendor's kind.
    Status { status: u16, retry_after: Option<String> },
    /// The right headers, half of the body, then the connection is cut.
    HalfBody,
    /// The connection is cut before any body.
    Reset,
    /// 200 with JSON that ends too early.
    GarbageJson,
    /// 200 with a log-in page.
    HtmlLogin,
    /// 200 with nothing.
    EmptyBody,
    /// Answers late.
    Slow { milliseconds: u64 },
    /// A byte at a time, for ever.
    Trickle,
    /// To another host.
    Redirect { to: String },
    /// The same page with the same token again.
    RepeatToken,
    /// Every page is full of issues already served, always with a fresh token.
    EndlessPages,
    /// No issues, but a token.
    EmptyPage,
    /// The newest so many changed issues are not found yet.
    IndexLag { issues: usize },
    /// Deletes so many issues of those still to come before it answers.
    DeleteWhilePaging { issues: usize },
    /// Edits so many issues of those still to come before it answers.
    EditWhilePaging { issues: usize },
    /// A field is not sent.
    DropField { field: String },
    /// The n-th issue of the page (from 0) has `fields: null`.
    BrokenRecord { place: usize },
    /// The count is wrong by so much.
    CountOff { by: i64 },
    /// The page token is refused, as an old one is.
    DeadToken,
}

/// All faults set.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Faults {
    pub(crate) list: Vec<Fault>,
}

impl Faults {
    /// The fault that hits a request to this path, if one does.
    pub(crate) fn hit(&mut self, path: &str) -> Option<FaultKind> {
        for fault in self.list.iter_mut().filter(|fault| path.contains(&fault.path)) {
            if fault.after > 0 {
                fault.after -= 1;
                continue;
            }
            if fault.times.is_none_or(|times| fault.fired < times) {
                fault.fired += 1;
                return Some(fault.fault.clone());
            }
        }
        None
    }
}

impl FaultKind {
    /// The answer that a fault gives by itself; `None`: the answer proper has to be made first.
    pub(crate) fn answer(&self) -> Option<Response> {
        match self {
            Self::RateLimited { retry_after, reason } => Some(rate_limited(retry_after.as_deref(), reason.as_deref())),
            Self::Status { status, retry_after } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let body = format!("{{\"errorMessages\":[\"simulated {status}\"],\"errors\":{{}}}}");
                let mut response = json(status, body);
                set(&mut response, "retry-after", retry_after.as_deref());
                Some(response)
            }
            Self::GarbageJson => Some(json(StatusCode::OK, "{\"issues\":[{\"id\":\"1\",".to_owned())),
            Self::HtmlLogin => {
                let page = "<!doctype html><html><title>Log in with Atlassian account</title><body>Log in</body></html>";
                Some((StatusCode::OK, [(header::CONTENT_TYPE, "text/html;charset=UTF-8")], page).into_response())
            }
            Self::EmptyBody => Some(json(StatusCode::OK, String::new())),
            Self::Redirect { to } => {
                let mut response = StatusCode::FOUND.into_response();
                set(&mut response, "location", Some(to));
                Some(response)
            }
            Self::Trickle => {
                let drops = stream::unfold((), |()| async {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    Some((Ok::<_, std::io::Error>(" "), ()))
                });
                Some(Response::new(Body::from_stream(drops)))
            }
            _ => None,
        }
    }

    /// What a fault makes of the answer proper.
    pub(crate) async fn spoil(&self, response: Response) -> Response {
        let keep = match self {
            Self::HalfBody => 2,
            Self::Reset => usize::MAX,
            _ => return response,
        };
        let (mut parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_else(|_| Vec::new().into());
        parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len().max(1)));
        let half = bytes.slice(..bytes.len() / keep);
        let cut = Err(std::io::Error::other("cut"));
        Response::from_parts(parts, Body::from_stream(stream::iter([Ok(half), cut])))
    }
}

pub(crate) fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response()
}

fn set(response: &mut Response, name: &'static str, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        response.headers_mut().insert(name, value);
    }
}

fn rate_limited(retry_after: Option<&str>, reason: Option<&str>) -> Response {
    let mut response = json(StatusCode::TOO_MANY_REQUESTS, "{\"errorMessages\":[\"Rate limit exceeded\"],\"errors\":{}}".to_owned());
    set(&mut response, "retry-after", retry_after);
    for (name, value) in [
        ("x-ratelimit-limit", "100"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "2026-11-20T12:00Z"),
        ("x-ratelimit-nearlimit", "true"),
        ("ratelimit-reason", reason.unwrap_or("jira-burst-based")),
        ("ratelimit-policy", "\"global-app-quota\";q=65000;w=3600"),
        ("ratelimit", "\"global-app-quota\";r=0;t=1460"),
    ] {
        set(&mut response, name, Some(value));
    }
    response
}

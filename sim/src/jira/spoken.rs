//! What faults make this vendor say instead of an answer.

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::reply::Reply;

/// The vendor's 429, with both of its header families.
pub(super) fn rate_limited(wait: Option<&str>, reason: Option<&str>, now: DateTime<Utc>) -> Reply {
    let seconds = wait.and_then(|wait| wait.parse::<i64>().ok()).unwrap_or(60).clamp(0, 86_400);
    let reset = (now + TimeDelta::seconds(seconds)).format("%Y-%m-%dT%H:%MZ").to_string();
    Reply::json(StatusCode::TOO_MANY_REQUESTS, "{\"errorMessages\":[\"Rate limit exceeded.\"],\"errors\":{}}")
        .with("x-ratelimit-limit", "100")
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-nearlimit", "true")
        .with("x-ratelimit-reset", &reset)
        .with("ratelimit-reason", reason.unwrap_or("jira-burst-based"))
        .with("beta-ratelimit-policy", "\"global-app-quota\";q=65000;w=3600")
        .with("beta-ratelimit", "\"global-app-quota\";r=812;t=1460")
}

pub(super) fn failed(status: StatusCode) -> Reply {
    let message = match status.as_u16() {
        401 => "Client must be authenticated to access this resource.",
        403 => "You do not have permission to perform this operation.",
        404 => "Issue does not exist or you do not have permission to see it.",
        503 => "The service is temporarily unavailable.",
        _ => "Internal server error",
    };
    Reply::json(status, json!({"errorMessages": [message], "errors": {}}).to_string())
}

pub(super) fn garbage() -> Reply {
    Reply::json(StatusCode::OK, "{\"issues\":[{\"id\":\"10001\",\"fields\":{\"summ")
}

pub(super) fn login() -> Reply {
    let page = "<!doctype html><html><head><title>Log in with Atlassian account</title></head>\
                <body><h1>Log in to continue</h1></body></html>";
    Reply::typed(StatusCode::OK, "text/html;charset=UTF-8", page)
}

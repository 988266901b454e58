//! What this vendor says instead of an answer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::problem::usual;
use crate::reply::Reply;

const JSON: &str = "application/json; charset=utf-8";

/// Any body with the number of the request in it and beside it.
pub(super) fn reply(status: StatusCode, mut body: Value, request: &str) -> Reply {
    if let Some(members) = body.as_object_mut() {
        members.insert("request_id".to_owned(), json!(request));
    }
    Reply::typed(status, JSON, body.to_string()).with("x-notion-request-id", request)
}

pub(super) fn failed(status: StatusCode, request: &str) -> Reply {
    let (code, message) = usual(status);
    let body = json!({"object": "error", "status": status.as_u16(), "code": code, "message": message});
    reply(status, body, request)
}

/// Too many requests of a kind; the vendor names no time for whom it has blocked.
pub(super) fn rate_limited(wait: Option<&str>, reason: Option<&str>, request: &str) -> Reply {
    let (code, message) = usual(StatusCode::TOO_MANY_REQUESTS);
    let mut body = json!({
        "object": "error", "status": 429, "code": code, "message": message,
        "additional_data": {"rate_limit_reason": reason.unwrap_or("public_api_request_rate_limit")},
    });
    if let Some(wait) = wait {
        body["additional_data"]["retry_after"] = json!(wait);
    }
    reply(StatusCode::TOO_MANY_REQUESTS, body, request)
}

pub(super) fn garbage() -> Reply {
    Reply::typed(
        StatusCode::OK,
        JSON,
        "{\"object\":\"list\",\"results\":[{\"object\":\"page\",\"id\":\"59833",
    )
}

pub(super) fn login() -> Reply {
    let body = "<!doctype html><html><head><title>Notion</title></head><body><h1>Log in to Notion</h1></body></html>";
    Reply::typed(StatusCode::OK, "text/html; charset=utf-8", body)
}

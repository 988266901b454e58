//! What this vendor says instead of an answer.

use axum::http::StatusCode;
use serde_json::json;

use crate::reply::Reply;

/// Errors in a list.
pub(super) fn listed(status: StatusCode, message: &str) -> Reply {
    Reply::typed(status, "application/json", json!({"errors": [{"message": message}]}).to_string())
}

/// A page, where a program expects JSON.
pub(super) fn page(status: StatusCode) -> Reply {
    let reason = status.canonical_reason().unwrap_or_default();
    let (code, text) = (status.as_u16(), "text/html;charset=utf-8");
    let body = format!(
        "<html><head><title>{code} {reason}</title></head><body><center><h1>{code} {reason}</h1></center></body></html>"
    );
    Reply::typed(status, text, body)
}

pub(super) fn failed(status: StatusCode) -> Reply {
    match status.as_u16() {
        401 | 403 | 500..=599 => page(status),
        404 => listed(status, "Worklog not found"),
        _ => listed(status, status.canonical_reason().unwrap_or("Error")),
    }
}

pub(super) fn garbage() -> Reply {
    Reply::typed(
        StatusCode::OK,
        "application/json",
        "{\"self\":\"https://api.tempo.io/4/worklogs\",\"metadata\":{\"count\":50,\"off",
    )
}

pub(super) fn login() -> Reply {
    let body =
        "<!doctype html><html><head><title>Tempo</title></head><body><h1>Sign in to Tempo</h1></body></html>";
    Reply::typed(StatusCode::OK, "text/html;charset=utf-8", body)
}

//! What this vendor says instead of an answer.

use axum::http::StatusCode;

use super::problem::Problem;
use crate::reply::Reply;

pub(super) fn failed(status: StatusCode) -> Reply {
    let problem = match status.as_u16() {
        401 => Problem::AuthFailed,
        402 => Problem::Paid,
        403 => Problem::Forbidden,
        404 => Problem::Missing("Transcript"),
        408 | 504 => Problem::Timeout,
        400 => Problem::BadRequest("Bad request".to_owned()),
        // What stands in front of the service does not speak GraphQL.
        502 | 503 => return page(status),
        _ => Problem::Broken(status),
    };
    problem.reply(None, status)
}

fn page(status: StatusCode) -> Reply {
    let reason = status.canonical_reason().unwrap_or_default();
    let code = status.as_u16();
    let body = format!(
        "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body><h1>{code} {reason}</h1></body>\r\n</html>\r\n"
    );
    Reply::typed(status, "text/html", body)
}

pub(super) fn garbage() -> Reply {
    Reply::json(StatusCode::OK, "{\"data\":{\"transcripts\":[{\"id\":\"01K0\",\"title\":\"Wee")
}

pub(super) fn login() -> Reply {
    let body =
        "<!doctype html><html><head><title>Fireflies.ai</title></head><body><h1>Log in</h1></body></html>";
    Reply::typed(StatusCode::OK, "text/html; charset=utf-8", body)
}

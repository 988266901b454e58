//! Gives every refusal its body: a problem for programs, a page for people. Also those of the router and of layers, and
//! what is left of a handler that panicked.

use std::any::Any;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::pages;
use crate::problem::Problem;
use crate::trace::RequestId;

/// Dresses refusals.
pub(crate) async fn dress(request: Request, next: Next) -> Response {
    let is_api = is_api(request.uri().path());
    let id = request.extensions().get::<RequestId>().map_or_else(|| Arc::from(""), |id| id.0.clone());
    let response = next.run(request).await;
    let Some(problem) = problem(&response) else { return response };
    let dressed =
        if is_api { problem.body(&id).into_response() } else { pages::refusal::page(&problem, &id) };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    if let Some(media_type) = dressed.headers().get(CONTENT_TYPE) {
        parts.headers.insert(CONTENT_TYPE, media_type.clone());
    }
    Response::from_parts(parts, dressed.into_body())
}

/// Whether programs ask there. The documentation is a page, but who misspells its address is told so like the rest.
pub(crate) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

fn problem(response: &Response) -> Option<Problem> {
    let status = response.status();
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    let plain = response
        .headers()
        .get(CONTENT_TYPE)
        .is_none_or(|media_type| media_type.as_bytes().starts_with(b"text/plain"));
    (plain && (status.is_client_error() || status.is_server_error())).then(|| Problem::of_status(status))
}

/// What is answered when a handler panicked.
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it did not say why");
    tracing::error!(error = said, "a handler panicked");
    drop(panic);
    Problem::broken().into_response()
}

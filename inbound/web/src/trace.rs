//! Gives each request its id and its span, and writes one line a request: never what was asked, or by which key.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use daybook_core::ports::clock::Clock;
use tracing::Instrument;

/// The header with a request's id, both ways.
pub(crate) const REQUEST_ID: &str = "x-request-id";
/// The longest id that we take from a caller.
const LONGEST: usize = 64;

/// A request's id, in its extensions.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

/// The outermost layer.
pub(crate) async fn trace(State(clock): State<Arc<dyn Clock>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId(id(request.headers(), clock.as_ref()));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request.id = &*id.0);
    request.extensions_mut().insert(id.clone());
    let mut response = next.run(request).instrument(span.clone()).await;
    // Ids hold letters that a header can hold, or nothing of a caller at all.
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let _entered = span.enter();
    tracing::info!(
        request.method = %method,
        request.route = route,
        response.status = response.status().as_u16(),
        request.duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered a request"
    );
    response
}

/// The caller's id if it is a sane one, else a fresh one.
fn id(headers: &HeaderMap, clock: &dyn Clock) -> Arc<str> {
    let sane = |id: &&str| {
        (1..=LONGEST).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
    };
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(sane)
        .map_or_else(|| clock.fresh_id().to_string().into(), Into::into)
}

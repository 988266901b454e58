//! What a fault makes of a whole answer: another status, another body, half a body, or none at all.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use chrono::{DateTime, Utc};
use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use crate::faults::FaultKind;
use crate::reply::Reply;
use crate::vendor::Vendor;

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

/// What a fault makes the vendor say instead of its answer; `None`: the answer itself is needed.
pub(crate) fn instead(fault: &FaultKind, vendor: &dyn Vendor, now: DateTime<Utc>) -> Option<Reply> {
    match fault {
        FaultKind::RateLimited { retry_after, reason } => {
            let wait = retry_after.as_ref().map(plain);
            let reply = vendor.rate_limited(wait.as_deref(), reason.as_deref(), now);
            Some(wait.iter().fold(reply, |reply, wait| reply.with("retry-after", wait)))
        }
        FaultKind::Status { code, body, retry_after } => {
            let status = StatusCode::from_u16(*code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let reply = match body {
                Some(Value::String(text)) => {
                    Reply::typed(status, "text/html;charset=UTF-8", text.clone().into_bytes())
                }
                Some(body) => Reply::json(status, body.to_string()),
                None => vendor.failed(status),
            };
            Some(retry_after.iter().fold(reply, |reply, value| reply.with("retry-after", &plain(value))))
        }
        FaultKind::GarbageJson {} => Some(vendor.garbage()),
        FaultKind::HtmlLogin {} => Some(vendor.login()),
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

/// Text as it is, numbers as text.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

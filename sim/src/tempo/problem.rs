//! Refusals in the vendor's words. There are two shapes of JSON for one thing, and HTML where a caller is not known.

use axum::http::StatusCode;
use serde_json::json;

use super::spoken;
use crate::reply::Reply;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// 400: `errors` is an object, as the introduction of the vendor's pages says.
    Invalid(String),
    /// 400: `errors` is a list, as some routes answer.
    Refused(&'static str),
    /// 401 in HTML.
    Unauthorized,
    /// 403 in HTML.
    Forbidden,
    /// 404: missing or not for this caller, which nobody may tell apart.
    Missing(&'static str),
    NoRoute,
    WrongMethod,
    TooLarge,
    TooMany,
}

impl Problem {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    pub(crate) fn reply(self) -> Reply {
        match self {
            Self::Invalid(message) => {
                let body = json!({"errors": {"message": message}});
                Reply::typed(StatusCode::BAD_REQUEST, "application/json", body.to_string())
            }
            Self::Refused(message) => spoken::listed(StatusCode::BAD_REQUEST, message),
            Self::Unauthorized => spoken::page(StatusCode::UNAUTHORIZED),
            Self::Forbidden => spoken::page(StatusCode::FORBIDDEN),
            Self::Missing(message) => spoken::listed(StatusCode::NOT_FOUND, message),
            Self::NoRoute => spoken::listed(StatusCode::NOT_FOUND, "HTTP 404 Not Found"),
            Self::WrongMethod => {
                spoken::listed(StatusCode::METHOD_NOT_ALLOWED, "HTTP 405 Method Not Allowed")
            }
            Self::TooLarge => spoken::listed(StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large"),
            // What the gateway says in full is not documented; it gives no time to wait.
            Self::TooMany => spoken::listed(StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        }
    }
}

//! Refusals in the vendor's words.

use axum::http::StatusCode;
use serde_json::json;

use crate::reply::Reply;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// 400 with these messages.
    Invalid(Vec<String>),
    /// 401: no credentials, or wrong ones.
    Unauthenticated { tried: bool },
    /// 403.
    Forbidden(&'static str),
    /// 404: missing or not for this caller, which nobody may tell apart.
    NoIssue,
    /// 404 for an address that is no endpoint.
    NoRoute,
    /// 405.
    WrongMethod,
    /// 410: an endpoint that was removed.
    Removed,
    /// 413.
    TooLarge,
}

impl Problem {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(vec![message.into()])
    }

    /// A body or parameter that is not what the endpoint takes.
    pub(crate) fn payload() -> Self {
        Self::invalid("Invalid request payload. Refer to the REST API documentation and try again.")
    }

    pub(crate) fn reply(self) -> Reply {
        match self {
            Self::Invalid(messages) => Reply::json(
                StatusCode::BAD_REQUEST,
                json!({"errorMessages": messages, "errors": {}}).to_string(),
            ),
            Self::Unauthenticated { tried } => unauthenticated(tried),
            Self::Forbidden(message) => said(StatusCode::FORBIDDEN, message),
            Self::NoIssue => {
                said(StatusCode::NOT_FOUND, "Issue does not exist or you do not have permission to see it.")
            }
            Self::NoRoute => Reply::typed(
                StatusCode::NOT_FOUND,
                "text/html;charset=UTF-8",
                "<html><head><title>Oops, you've found a dead link.</title></head><body></body></html>",
            ),
            Self::WrongMethod => Reply::json(StatusCode::METHOD_NOT_ALLOWED, ""),
            Self::Removed => said(
                StatusCode::GONE,
                "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full \
                 migration guide is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
            ),
            Self::TooLarge => said(StatusCode::PAYLOAD_TOO_LARGE, "Request entity too large."),
        }
    }
}

fn said(status: StatusCode, message: &str) -> Reply {
    Reply::json(status, json!({"errorMessages": [message], "errors": {}}).to_string())
}

/// The site host answers in plain text, and says in a header whether a log-in failed.
fn unauthenticated(tried: bool) -> Reply {
    let reply = Reply::typed(
        StatusCode::UNAUTHORIZED,
        "text/plain;charset=UTF-8",
        "Client must be authenticated to access this resource.",
    )
    .with("www-authenticate", "OAuth realm=\"https%3A%2F%2Fbirchlane.atlassian.net\"");
    if tried { reply.with("x-seraph-loginreason", "AUTHENTICATED_FAILED") } else { reply }
}

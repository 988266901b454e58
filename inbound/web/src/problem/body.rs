//! What refusals look like to programs.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;

/// The media type of refusals.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// The words by which programs tell refusals apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    /// The request makes no sense; `details` names what to mend.
    Invalid,
    /// No credentials, or wrong ones.
    Unauthorized,
    /// Known, but not allowed.
    Forbidden,
    /// Not there, or not for the caller to see.
    Missing,
    /// Too many requests; `Retry-After` says when to come back.
    TooMany,
    /// Something that Daybook needs is away; trying again later can help.
    Unavailable,
    /// A fault of Daybook; the log has it under the request's id.
    Broken,
}

impl Code {
    fn word(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Missing => "missing",
            Self::TooMany => "too_many",
            Self::Unavailable => "unavailable",
            Self::Broken => "broken",
        }
    }

    pub(super) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 | 410 => Self::Missing,
            429 => Self::TooMany,
            503 => Self::Unavailable,
            400..=499 => Self::Invalid,
            _ => Self::Broken,
        }
    }
}

/// One thing to mend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Detail {
    /// The parameter.
    #[schema(example = "days")]
    pub(crate) field: String,
    /// What is wrong with it.
    #[schema(example = "days must be from 1 to 3650, and 9999 is not")]
    pub(crate) message: String,
}

impl Detail {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What every refusal looks like.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body {
    /// Where this sort of refusal is explained.
    #[serde(rename = "type")]
    #[schema(example = "/api/docs#invalid")]
    kind: String,
    /// The status in words.
    #[schema(example = "Bad Request")]
    title: String,
    /// The status.
    #[schema(example = 400, minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong, in a sentence for people.
    #[schema(example = "days must be from 1 to 3650, and 9999 is not")]
    detail: String,
    /// What is wrong, in a word for programs.
    code: Code,
    /// The id under which the logs know this request.
    request_id: String,
    /// What to mend, where it is the input.
    details: Vec<Detail>,
}

impl Body {
    /// What is told of a problem.
    pub(super) fn new(problem: &Problem, request_id: &str) -> Self {
        Self {
            kind: format!("/api/docs#{}", problem.code.word()),
            title: problem.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: problem.status.as_u16(),
            detail: problem.detail.to_string(),
            code: problem.code,
            request_id: request_id.to_owned(),
            details: problem.details.clone(),
        }
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        // Strings and numbers only: this cannot fail.
        let text = serde_json::to_vec(&self).unwrap_or_default();
        ([(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE))], text).into_response()
    }
}

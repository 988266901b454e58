//! Refusals in the vendor's words: one shape of JSON for all of them, with the number of the request.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// 400 `missing_version`.
    NoVersion,
    /// 400 `validation_error`: the request is well written and asks for something that there is not.
    Invalid(String),
    /// 400 `validation_error` for old versions: a database with these data sources has no single answer.
    ManySources { database: String, sources: Vec<String> },
    /// 400 `invalid_json`.
    NoJson,
    /// 400 `invalid_request_url`.
    NoRoute,
    /// 401.
    Unauthorized,
    /// 403: the connection lacks a capability.
    Restricted,
    /// 404: missing, purged or not shared, which nobody may tell apart.
    Missing { what: &'static str, id: String },
    /// 413, which the vendor calls a validation error as well.
    TooLarge,
    /// 429, with the seconds until the window ends.
    TooMany(i64),
    /// 504: too many rows at once.
    TooSlow,
}

impl Problem {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    pub(crate) fn missing(what: &'static str, id: &str) -> Self {
        Self::Missing { what, id: id.to_owned() }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::NoVersion | Self::Invalid(_) | Self::ManySources { .. } | Self::NoJson | Self::NoRoute => {
                StatusCode::BAD_REQUEST
            }
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Restricted => StatusCode::FORBIDDEN,
            Self::Missing { .. } => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// The body without the number of the request.
    pub(super) fn body(&self, integration: &str) -> Value {
        let (code, message) = match self {
            Self::NoVersion => (
                "missing_version",
                "Notion-Version header failed validation: Notion-Version header should be defined, instead was \
                 `undefined`."
                    .to_owned(),
            ),
            Self::Invalid(message) => ("validation_error", message.clone()),
            Self::ManySources { .. } => (
                "validation_error",
                "Databases with multiple data sources are not supported in this API version.".to_owned(),
            ),
            Self::NoJson => ("invalid_json", "Error parsing JSON body.".to_owned()),
            Self::NoRoute => ("invalid_request_url", "Invalid request URL.".to_owned()),
            Self::Missing { what: "user", id } => (
                "object_not_found",
                format!(
                    "Could not find user with ID: {id}. Make sure your integration has capabilities to read user \
                     information. With those capabilities, only members and guests in the integration's workspace \
                     are visible."
                ),
            ),
            Self::Missing { what, id } => (
                "object_not_found",
                format!(
                    "Could not find {what} with ID: {id}. Make sure the relevant pages and databases are shared \
                     with your integration \"Daybook\"."
                ),
            ),
            Self::TooLarge => ("validation_error", "Request body too large.".to_owned()),
            Self::Unauthorized | Self::Restricted | Self::TooMany(_) | Self::TooSlow => usual(self.status()),
        };
        let mut body =
            json!({"object": "error", "status": self.status().as_u16(), "code": code, "message": message});
        match self {
            Self::ManySources { database, sources } => {
                body["additional_data"] = json!({
                    "error_type": "multiple_data_sources_for_database", "database_id": database,
                    "child_data_source_ids": sources, "minimum_api_version": "2025-09-03",
                });
            }
            Self::Missing { .. } => body["additional_data"] = json!({ "integration_id": integration }),
            Self::TooMany(seconds) => {
                body["additional_data"] = json!({
                    "rate_limit_reason": "public_api_request_rate_limit", "retry_after": seconds.to_string(),
                });
            }
            _ => {}
        }
        body
    }
}

/// Code and message that a status has when there is nothing more to say.
pub(super) fn usual(status: StatusCode) -> (&'static str, String) {
    let (code, message) = match status.as_u16() {
        400 => ("validation_error", "body failed validation."),
        401 => ("unauthorized", "API token is invalid."),
        403 => ("restricted_resource", "Insufficient permissions for this endpoint."),
        404 => (
            "object_not_found",
            "Could not find block. Make sure the relevant pages and databases are shared with your integration \
             \"Daybook\".",
        ),
        409 => ("conflict_error", "Conflict occurred while saving. Please try again."),
        429 => ("rate_limited", "You have been rate limited. Please try again in a few minutes."),
        502 => ("bad_gateway", "Notion received an invalid answer from behind the gateway."),
        503 => ("service_unavailable", "Notion is temporarily unavailable."),
        504 => ("gateway_timeout", "Notion could not complete the request in time."),
        529 => ("service_overload", "The service is overloaded."),
        _ => ("internal_server_error", "Unexpected error occurred."),
    };
    (code, message.to_owned())
}

//! Refusals in the vendor's words: every error has a code, a status that need not be the one of the answer, and often
//! something that says more.

use async_graphql::{PathSegment, Pos, ServerError};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::reply::Reply;

const HELP: &str = "https://docs.fireflies.ai/miscellaneous/error-codes";

/// Why a request, or a field of it, is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// The key is missing or wrong.
    AuthFailed,
    Forbidden,
    /// The argument, what is wrong with it, and the word for that.
    Invalid {
        field: &'static str,
        message: String,
        constraint: &'static str,
    },
    /// The kind of object.
    Missing(&'static str),
    Paid,
    /// When to ask again.
    TooMany(DateTime<Utc>),
    Timeout,
    /// The request is no GraphQL over HTTP.
    BadRequest(String),
    TooLarge,
    NoRoute,
    Broken(StatusCode),
}

impl Problem {
    pub(super) fn invalid(field: &'static str, constraint: &'static str, rule: &str) -> Self {
        Self::Invalid { field, message: format!("{field} {rule}"), constraint }
    }

    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::AuthFailed => "auth_failed",
            Self::Forbidden => "forbidden",
            Self::Invalid { .. } => "invalid_arguments",
            Self::Missing(_) => "object_not_found",
            Self::Paid => "paid_required",
            Self::TooMany(_) => "too_many_requests",
            Self::Timeout => "request_timeout",
            Self::BadRequest(_) | Self::TooLarge => "BAD_REQUEST",
            Self::NoRoute => "NOT_FOUND",
            Self::Broken(_) => "invariant_violation",
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::AuthFailed => StatusCode::UNAUTHORIZED,
            Self::Forbidden | Self::Paid => StatusCode::FORBIDDEN,
            Self::Invalid { .. } | Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Missing(_) | Self::NoRoute => StatusCode::NOT_FOUND,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken(status) => *status,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::AuthFailed => "Invalid API key".to_owned(),
            Self::Forbidden => "You are not authorized to perform this action".to_owned(),
            Self::Invalid { .. } => "Invalid argument(s) were provided".to_owned(),
            Self::Missing(what) => format!("{what} not found"),
            Self::Paid => "You need to be subscribed to a paid plan to perform this action".to_owned(),
            // A wall clock without a day, which is why nobody should read it.
            Self::TooMany(at) => {
                format!("Too many requests. Please retry after {} (UTC)", at.format("%I:%M:%S %p"))
            }
            Self::Timeout => "The request took too long".to_owned(),
            Self::BadRequest(message) => message.clone(),
            Self::TooLarge => "request entity too large".to_owned(),
            Self::NoRoute => "Not found".to_owned(),
            Self::Broken(_) => "An unexpected error occurred".to_owned(),
        }
    }

    fn metadata(&self) -> Option<Value> {
        match self {
            Self::Invalid { field, message, constraint } => Some(json!({"fields": [{
                "name": field, "message": message, "constraints": [{"type": constraint, "message": message}],
            }]})),
            Self::Missing(what) => Some(json!({"objectType": what})),
            Self::Paid => Some(json!({"tier": "pro_or_higher"})),
            Self::TooMany(at) => Some(json!({"retryAfter": at.timestamp_millis()})),
            _ => None,
        }
    }

    /// What stands in `extensions`.
    fn extensions(&self) -> Value {
        let mut extensions =
            json!({"code": self.code(), "status": self.status().as_u16(), "helpUrls": [HELP]});
        if let Some(metadata) = self.metadata() {
            extensions["metadata"] = metadata;
        }
        extensions
    }

    /// For the engine, which adds where it happened.
    pub(super) fn at(&self, place: Option<Pos>) -> ServerError {
        let mut error = ServerError::new(self.message(), place);
        let mut values = async_graphql::ErrorExtensionValues::default();
        if let Value::Object(members) = self.extensions() {
            for (name, value) in members {
                values.set(name, async_graphql::Value::from_json(value).unwrap_or_default());
            }
        }
        error.extensions = Some(values);
        error
    }

    /// A whole answer that says nothing else.
    pub(super) fn reply(&self, root: Option<&str>, status: StatusCode) -> Reply {
        let mut error = self.at(Some(Pos { line: 1, column: 3 }));
        error.path = root.map(|root| PathSegment::Field(root.to_owned())).into_iter().collect();
        let body = json!({"errors": [written(&error)], "data": null});
        Reply::json(status, body.to_string())
    }
}

/// An error as it goes over the wire. What the engine itself found wrong with a query has no code yet.
pub(super) fn written(error: &ServerError) -> Value {
    let extensions = error.extensions.as_ref().and_then(|values| serde_json::to_value(values).ok());
    if error.message.starts_with("internal: ") {
        return written(
            &Problem::Broken(StatusCode::INTERNAL_SERVER_ERROR).at(error.locations.first().copied()),
        );
    }
    let Some(extensions) = extensions else {
        let code = if error.message.starts_with(" --> ") { "GRAPHQL_PARSE_FAILED" } else { INVALID };
        // Apollo and the engine say the same of a field that is not there, in other words.
        let message = match error.message.strip_prefix("Unknown field ") {
            Some(rest) => format!("Cannot query field {rest}"),
            None => error.message.clone(),
        };
        return json!({"message": message, "code": code, "locations": error.locations, "extensions": {"code": code}});
    };
    json!({
        "message": error.message, "friendly": true, "code": extensions["code"], "locations": error.locations,
        "path": error.path, "extensions": extensions,
    })
}

const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";

/// The status that an error carries; a query that the engine refused is a bad request whatever happens.
pub(super) fn status_of(error: &Value) -> StatusCode {
    let status = error["extensions"]["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::BAD_REQUEST)
}

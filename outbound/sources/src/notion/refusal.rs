//! What Notion means when it says no, and what a person can do about it.

use std::time::Duration;

use daybook_core::ports::source::SourceError;
use serde_json::Value;

use super::KIND;
use crate::http::{Failed, Limit, Rejection, beginning, scrubbed};

const TOKEN: &str = "check NOTION_API_KEY: copy the connection's token anew from its settings in Notion, and see that the connection was not removed from the workspace";
const CAPABILITY: &str = "give the connection the capability to read content, in its settings in Notion, and share the pages with it";

/// Why a call brought nothing.
#[derive(Debug)]
pub(super) enum No {
    /// Deleted for ever, or not shared with the connection: the same answer for both.
    Missing(String),
    /// The connection lacks a capability.
    Restricted(String),
    /// The place in a list is not known there any more; the list is.
    DeadCursor(String),
    /// This object cannot be had; others can.
    Object(String),
    /// The run cannot go on.
    Fatal(SourceError),
}

impl From<SourceError> for No {
    fn from(error: SourceError) -> Self {
        Self::Fatal(error)
    }
}

impl No {
    pub(super) fn of(doing: &'static str, failed: Failed) -> Self {
        match failed {
            Failed::Source(error) => Self::Fatal(error),
            Failed::TooLarge(said) => Self::Object(format!("too large: {said}")),
            Failed::Rejected(rejection) => Self::said(doing, &rejection),
        }
    }

    fn said(doing: &'static str, rejection: &Rejection) -> Self {
        let body: Value = serde_json::from_slice(&rejection.body).unwrap_or_default();
        let (code, message) =
            (body["code"].as_str().unwrap_or_default(), body["message"].as_str().unwrap_or_default());
        let said = said(rejection, code, message);
        let source_kind = KIND;
        match (rejection.status, code) {
            (401, _) => Self::Fatal(SourceError::Refused { source_kind, doing, said, cure: TOKEN }),
            (403, _) => Self::Restricted(said),
            (404, "object_not_found") => Self::Missing(said),
            (400, "validation_error") if message.contains("cursor") => Self::DeadCursor(said),
            (400, "validation_error" | "invalid_request") | (413, _) => Self::Object(said),
            (409, _) => Self::Fatal(SourceError::Unavailable { source_kind, doing, said, retry_after: None }),
            (404 | 410, _) => {
                let said = format!("the address for this is gone or was never there: {said}");
                Self::Fatal(SourceError::Broken { source_kind, doing, said })
            }
            _ => Self::Fatal(SourceError::Unacceptable { source_kind, doing, said }),
        }
    }

    /// Where nothing can be left out: what is asked for must be there.
    pub(super) fn fatal(self, doing: &'static str) -> SourceError {
        let source_kind = KIND;
        match self {
            Self::Fatal(error) => error,
            Self::Restricted(said) => SourceError::Refused { source_kind, doing, said, cure: CAPABILITY },
            Self::Missing(said) => SourceError::Broken {
                source_kind,
                doing,
                said: format!("the address for this is not known there: {said}"),
            },
            Self::DeadCursor(said) => SourceError::Broken {
                source_kind,
                doing,
                said: format!("it refuses the places that it gives itself, again and again: {said}"),
            },
            Self::Object(said) => SourceError::Unacceptable { source_kind, doing, said },
        }
    }
}

/// Notion's own words, or the beginning of whatever it sent.
fn said(rejection: &Rejection, code: &str, message: &str) -> String {
    let status = rejection.status;
    if code.is_empty() && message.is_empty() {
        return format!("it answered {status}; {}", beginning(&rejection.body));
    }
    format!("it answered {status} {}, \"{}\"", scrubbed(code), scrubbed(message))
}

/// What an answer 429 or 529 says in its body. The header says the same in whole seconds.
pub(super) fn limit(body: &[u8]) -> Limit {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let further = &body["additional_data"];
    let reason = further["rate_limit_reason"].as_str().or_else(|| body["code"].as_str());
    if reason == Some("public_api_request_blocked") {
        return Limit::Never(
            "Notion has blocked this connection (public_api_request_blocked); asking again does not help: contact \
             Notion's support"
                .to_owned(),
        );
    }
    let after = &further["retry_after"];
    let seconds = after.as_u64().or_else(|| after.as_str().and_then(|text| text.trim().parse().ok()));
    let asked = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    let words = |reason: &str| match reason {
        "public_api_request_rate_limit" => "the limit of this connection".to_owned(),
        "public_api_space_request_rate_limit" => {
            "the limit of the workspace, shared by all connections".to_owned()
        }
        "public_api_endpoint_rate_limit" => "a limit of its own for this question".to_owned(),
        other => other.replace('_', " "),
    };
    Limit::Wait { asked, reason: reason.map(words) }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn no(status: u16, code: &str, message: &str) -> No {
        let body = serde_json::json!({"object": "error", "status": status, "code": code, "message": message});
        No::said(
            "read a page",
            &Rejection { status, headers: HeaderMap::new(), body: body.to_string().into() },
        )
    }

    #[test]
    fn each_refusal_has_its_own_meaning() {
        assert!(matches!(no(404, "object_not_found", "x"), No::Missing(_)));
        assert!(matches!(no(403, "restricted_resource", "x"), No::Restricted(_)));
        assert!(matches!(
            no(400, "validation_error", "The start_cursor provided is invalid: x"),
            No::DeadCursor(_)
        ));
        assert!(matches!(no(400, "validation_error", "external objects are not supported"), No::Object(_)));
        assert!(matches!(no(400, "missing_version", "x"), No::Fatal(SourceError::Unacceptable { .. })));
        assert!(matches!(no(404, "", "x"), No::Fatal(SourceError::Broken { .. })));
        let No::Fatal(SourceError::Refused { said, cure, .. }) =
            no(401, "unauthorized", "API token is invalid.")
        else {
            panic!("no refusal")
        };
        assert!(said.contains("API token is invalid.") && cure == TOKEN, "{said}");
    }

    #[test]
    fn a_blocked_connection_never_asks_again_and_others_wait_as_long_as_they_are_told() {
        let body = |reason: &str, after: &str| {
            format!(
                r#"{{"code":"rate_limited","additional_data":{{"rate_limit_reason":"{reason}","retry_after":{after}}}}}"#
            )
        };
        let blocked = limit(body("public_api_request_blocked", "\"3\"").as_bytes());
        assert!(matches!(blocked, Limit::Never(said) if said.contains("support")));
        for after in ["\"12\"", "12"] {
            let Limit::Wait { asked, reason } =
                limit(body("public_api_endpoint_rate_limit", after).as_bytes())
            else {
                panic!("never")
            };
            assert_eq!(asked, Some(Duration::from_secs(12)));
            assert_eq!(reason.as_deref(), Some("a limit of its own for this question"));
        }
        assert!(matches!(limit(b"<html>"), Limit::Wait { asked: None, reason: None }));
    }
}

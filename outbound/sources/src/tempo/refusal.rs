//! What Tempo means when it says no, and what a person can do about it.

use std::time::Duration;

use daybook_core::ports::source::SourceError;
use serde_json::Value;

use super::KIND;
use crate::http::{Failed, Limit, Rejection, beginning, scrubbed};

const TOKEN: &str = "check TEMPO_API_TOKEN (a token ends on the day that was chosen when it was made) and TEMPO_API_URL: the host of another region (https://api.eu.tempo.io, https://api.us.tempo.io) refuses a good token with the same words";
const PERMISSION: &str = "let the token's user view worklogs in Tempo (a role with \"View worklogs\"), and check TEMPO_API_URL: the host of another region may refuse a good token like this too";

/// Tempo says nothing of how long to wait; its help page asks for a second at least.
pub(super) fn limit(body: &[u8]) -> Limit {
    Limit::Wait { asked: Some(Duration::from_secs(1)), reason: words(body) }
}

/// The error that a call to a path ended with.
pub(super) fn error(doing: &'static str, path: &str, failed: Failed) -> SourceError {
    match failed {
        Failed::Source(error) => error,
        Failed::Rejected(rejection) => refusal(doing, path, &rejection),
        Failed::TooLarge(said) => {
            SourceError::Broken { source_kind: KIND, doing, said: format!("too large: {said}") }
        }
    }
}

fn refusal(doing: &'static str, path: &str, rejection: &Rejection) -> SourceError {
    let source_kind = KIND;
    let said = said(rejection);
    match rejection.status {
        401 => SourceError::Refused { source_kind, doing, said, cure: TOKEN },
        403 => SourceError::Refused { source_kind, doing, said, cure: PERMISSION },
        404 | 405 | 410 => {
            let said = format!(
                "{said}, although `{path}` must be there: TEMPO_API_URL names no Tempo, the path is no more, or the token's user lacks a permission (Tempo says 404 for that too)"
            );
            SourceError::Broken { source_kind, doing, said }
        }
        _ => SourceError::Unacceptable { source_kind, doing, said },
    }
}

/// What it answered, in a few words.
pub(super) fn said(rejection: &Rejection) -> String {
    let status = rejection.status;
    match words(&rejection.body) {
        Some(words) => format!("it answered {status}, \"{}\"", scrubbed(&words)),
        None if rejection.body.trim_ascii_start().starts_with(b"<") => {
            format!("it answered {status} with a page of HTML")
        }
        None => format!("it answered {status}; {}", beginning(&rejection.body)),
    }
}

/// Tempo's own words. `errors` is an object by its documentation and a list on some of its routes.
fn words(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let errors = &body["errors"];
    let listed = errors.as_array().map(Vec::as_slice).unwrap_or_default();
    let messages = listed.iter().chain([errors, &body]).filter_map(|error| error["message"].as_str());
    let words = messages.collect::<Vec<_>>().join(" ");
    Some(words).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderMap;

    use super::*;

    fn refused(status: u16, body: &str) -> SourceError {
        let rejection = Rejection { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() };
        refusal("search for worklogs", "/4/worklogs/search", &rejection)
    }

    #[test]
    fn both_shapes_of_errors_are_read() {
        for body in [r#"{"errors":{"message":"Invalid date"}}"#, r#"{"errors":[{"message":"Invalid date"}]}"#]
        {
            let SourceError::Unacceptable { said, .. } = refused(400, body) else { panic!("{body}") };
            assert_eq!(said, "it answered 400, \"Invalid date\"");
        }
    }

    #[test]
    fn a_refused_token_may_be_one_of_another_region() {
        for (status, cure_names) in [(401, "TEMPO_API_TOKEN"), (403, "View worklogs")] {
            let SourceError::Refused { said, cure, .. } = refused(status, "<html>secret words") else {
                panic!("{status}")
            };
            assert!(cure.contains(cure_names) && cure.contains("region"), "{cure}");
            assert!(said.contains("HTML") && !said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn a_path_that_must_be_there_is_named() {
        let said = refused(404, r#"{"errors":[{"message":"HTTP 404 Not Found"}]}"#).to_string();
        assert!(said.contains("/4/worklogs/search") && said.contains("permission"), "{said}");
    }
}

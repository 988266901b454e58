//! What Jira means when it says no, and what a person can do about it.

use daybook_core::ports::source::SourceError;
use serde_json::Value;

use super::KIND;
use super::site::path_of;
use crate::http::{Failed, Rejection, beginning, scrubbed};

const EXPIRED: &str = "check JIRA_USERNAME and JIRA_API_TOKEN: a token lives for a year at most, and a scoped token or a service account works only through the gateway (set JIRA_CLOUD_ID)";
const SCOPE: &str = "give the token the scopes read:jira-work and read:jira-user; a fresh token with the same scopes does not help";
/// In the words of the gateway.
const OTHER_SCOPE: &str = "scope does not match";
const CAPTCHA: &str = "sign in to Jira in a browser as this account to answer its CAPTCHA, then try again";
pub(super) const PERMISSION: &str =
    "ask a Jira administrator to let this account use Jira and browse the projects that Daybook should keep";

/// The error that a call ended with.
pub(super) fn error(doing: &'static str, failed: Failed) -> SourceError {
    match failed {
        Failed::Source(error) => error,
        Failed::Rejected(rejection) => refusal(doing, &rejection),
        Failed::TooLarge(said) => {
            SourceError::Broken { source_kind: KIND, doing, said: format!("too large: {said}") }
        }
    }
}

/// Whether an answer refuses one part of what Daybook reads, without which the rest can be read all the same.
pub(super) fn refuses_a_part(rejection: &Rejection) -> bool {
    match rejection.status {
        403 | 404 | 405 | 410 => true,
        401 => said(rejection).contains(OTHER_SCOPE),
        _ => false,
    }
}

fn refusal(doing: &'static str, rejection: &Rejection) -> SourceError {
    let (source_kind, said) = (KIND, said(rejection));
    let captcha = rejection
        .headers
        .get("x-seraph-loginreason")
        .is_some_and(|reason| reason.as_bytes().starts_with(b"AUTHENTICATION_DENIED"));
    let cure = match rejection.status {
        401 | 403 if said.contains(OTHER_SCOPE) => SCOPE,
        401 | 403 if captcha => CAPTCHA,
        401 => EXPIRED,
        403 => PERMISSION,
        410 => {
            let said = format!("{said}; the address {} is gone, this release needs it", path_of(doing));
            return SourceError::Broken { source_kind, doing, said };
        }
        404 => {
            let path = path_of(doing);
            let said = format!(
                "{said}; if the address {path} itself is unknown there, JIRA_URL names no Jira Cloud site"
            );
            return SourceError::Unacceptable { source_kind, doing, said };
        }
        _ => return SourceError::Unacceptable { source_kind, doing, said },
    };
    SourceError::Refused { source_kind, doing, said, cure }
}

/// Jira's own words, or the beginning of whatever it sent.
fn said(rejection: &Rejection) -> String {
    let status = rejection.status;
    let Ok(body) = serde_json::from_slice::<Value>(&rejection.body) else {
        return format!("it answered {status}; {}", beginning(&rejection.body));
    };
    let messages = body["errorMessages"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let fields = body["errors"].as_object().into_iter().flatten();
    let mut words: Vec<String> = messages.map(str::to_owned).collect();
    words.extend(fields.filter_map(|(field, message)| Some(format!("{field}: {}", message.as_str()?))));
    words.extend(body["message"].as_str().map(str::to_owned));
    if words.is_empty() {
        return format!("it answered {status}; {}", beginning(&rejection.body));
    }
    format!("it answered {status}, \"{}\"", scrubbed(&words.join(" ")))
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;

    fn refused(status: u16, body: &str, reason: Option<&'static str>) -> SourceError {
        let mut headers = HeaderMap::new();
        if let Some(reason) = reason {
            headers.insert("x-seraph-loginreason", HeaderValue::from_static(reason));
        }
        refusal("search for issues", &Rejection { status, headers, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn each_refusal_names_its_own_cure() {
        let cure = |error| match error {
            SourceError::Refused { cure, .. } => cure,
            other => panic!("{other}"),
        };
        let gateway = r#"{"code":401,"message":"Unauthorized; scope does not match"}"#;
        assert_eq!(cure(refused(401, "Basic auth failed", None)), EXPIRED);
        assert_eq!(cure(refused(401, gateway, None)), SCOPE);
        assert_eq!(cure(refused(403, "", Some("AUTHENTICATION_DENIED"))), CAPTCHA);
        assert_eq!(cure(refused(401, "", Some("AUTHENTICATED_FAILED"))), EXPIRED);
        assert_eq!(cure(refused(403, "<html>", None)), PERMISSION);
    }

    #[test]
    fn jiras_own_words_reach_the_reader() {
        let body = r#"{"errorMessages":["The value 'NOPE' does not exist for the field 'project'."],"errors":{"jql":"bad"}}"#;
        let said = refused(400, body, None).to_string();
        assert!(said.contains("NOPE") && said.contains("jql: bad"), "{said}");
        let gone = refused(410, body, None);
        assert!(
            matches!(gone, SourceError::Broken { .. }) && gone.to_string().contains("/search/jql"),
            "{gone}"
        );
        assert!(matches!(refused(404, "", None), SourceError::Unacceptable { .. }));
    }
}

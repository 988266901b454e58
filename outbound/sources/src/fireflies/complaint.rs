//! What Fireflies complains of in its answers, whatever their status: a code, a place, and sometimes when to come again.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::http::{Again, scrubbed};
use crate::object::{Object, mended};
use crate::time;

/// A pause is at least so long and at most this long, whatever is asked for.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(24);
/// A number below this is one of seconds from now, since nobody waits for more than a day; one above it but far from
/// our time counts in milliseconds from now.
const SECONDS: f64 = 86_400.0;
const LONG_AGO: f64 = 1e9;

/// One of the `errors` of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Complaint {
    /// In small letters; empty if it has none.
    pub(super) code: String,
    pub(super) message: String,
    /// Where in the question it happened.
    pub(super) path: Vec<String>,
    pub(super) again: Option<Again>,
}

/// What a complaint means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The key is not accepted, or its account is closed.
    Credential,
    /// Too much was asked in too short a time.
    Busy,
    /// It took too long, or went wrong inside.
    Inside,
    /// A field that is asked for is not there.
    Validation,
    /// What was asked for is not there, or not shown any more.
    Missing,
    /// It is there, and not for this credential.
    Forbidden,
    /// A plan that costs more would show it.
    Paid,
    /// Something else about the question.
    Question,
}

/// How long that is from a moment on, within bounds.
pub(super) fn wait(again: Again, now: DateTime<Utc>) -> Duration {
    let wait = match again {
        Again::In(wait) => wait,
        Again::At(at) => (at - now).to_std().unwrap_or_default(),
    };
    wait.clamp(SHORTEST, LONGEST)
}

/// A moment in milliseconds or as text, or seconds (or many milliseconds) from now.
fn again(json: &str) -> Option<Again> {
    let text = crate::object::text(json);
    let number: Option<f64> = text.as_deref().unwrap_or(json).trim().parse().ok();
    match number {
        Some(number) if !number.is_finite() => None,
        Some(number) if number < 0.0 => Some(Again::In(Duration::ZERO)),
        Some(number) if number <= SECONDS => Some(Again::In(Duration::from_secs_f64(number))),
        Some(number) if number < LONG_AGO => Some(Again::In(Duration::from_secs_f64(number / 1000.0))),
        #[expect(clippy::cast_possible_truncation, reason = "what is beyond any moment is none")]
        Some(number) => time::moment(&(number as i64).to_string()).map(Again::At),
        None => time::moment(json).map(Again::At),
    }
}

impl Complaint {
    /// The complaints of an answer, also of one that was cut off: then what can still be told.
    pub(super) fn all(body: &[u8]) -> Vec<Self> {
        let text = String::from_utf8_lossy(body);
        let json = mended(&text);
        let Some(answer) = Object::read(&json) else { return Self::of_a_torso(&json).into_iter().collect() };
        let errors = answer.elements("errors");
        errors.iter().filter_map(|error| Self::read(error.get())).collect()
    }

    fn read(error: &str) -> Option<Self> {
        let error = Object::read(error)?;
        let extensions = error.object("extensions");
        let metadata = extensions.as_ref().and_then(|extensions| extensions.object("metadata"));
        let code = error.text("code").or_else(|| extensions.as_ref()?.text("code")).unwrap_or_default();
        let path = error.elements("path");
        let step = |step: &str| crate::object::text(step).map_or_else(|| step.to_owned(), Into::into);
        Some(Self {
            code: code.to_lowercase(),
            message: error.text("message").unwrap_or_default().into_owned(),
            path: path.iter().map(|json| step(json.get())).collect(),
            again: metadata.and_then(|metadata| metadata.json("retryAfter").and_then(again)),
        })
    }

    /// Of a refusal only its beginning is kept, which may end in the middle of its list.
    fn of_a_torso(json: &str) -> Option<Self> {
        json.contains("\"errors\"").then_some(())?;
        let after = |name: &str| {
            let (_, rest) = json.split_once(&format!("\"{name}\":"))?;
            let (value, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
            Some(value.to_owned())
        };
        let code = after("code")?.to_lowercase();
        Some(Self { code, message: after("message").unwrap_or_default(), ..Self::default() })
    }

    pub(super) fn meaning(&self) -> Meaning {
        match self.code.as_str() {
            "auth_failed" | "account_cancelled" | "unauthenticated" => Meaning::Credential,
            "too_many_requests" => Meaning::Busy,
            "graphql_validation_failed" | "graphql_parse_failed" => Meaning::Validation,
            "object_not_found" => Meaning::Missing,
            "forbidden" | "not_in_team" | "require_elevated_privilege" => Meaning::Forbidden,
            "paid_required" | "require_ai_credits" => Meaning::Paid,
            "invalid_arguments" | "args_required" | "bad_user_input" | "bad_request" => Meaning::Question,
            "" if self.message.contains("annot query field") => Meaning::Validation,
            // A code that nobody knows may be of one meeting, and of this moment.
            _ => Meaning::Inside,
        }
    }

    /// Whether a smaller question may be answered in time.
    pub(super) fn is_slow(&self) -> bool {
        self.code == "request_timeout"
    }

    /// In a few words, without anything secret.
    pub(super) fn said(&self) -> String {
        let code = if self.code.is_empty() { String::new() } else { format!("`{}`, ", scrubbed(&self.code)) };
        format!("it answered {code}\"{}\"", scrubbed(&self.message))
    }

    /// The field that a question names and the vendor does not know.
    pub(super) fn unknown_field(&self) -> Option<&str> {
        let quote = self.message.find(['"', '\'', '`'])?;
        let mark = self.message[quote..].chars().next()?;
        let rest = &self.message[quote + 1..];
        rest.find(mark).map(|end| &rest[..end])
    }

    /// Every word by which it may name a field.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        let is_part = |c: char| !c.is_alphanumeric() && c != '_';
        self.path.iter().map(String::as_str).chain(self.message.split(is_part))
    }
}

/// Of several complaints the one that says what to do.
pub(super) fn gravest(complaints: &[Complaint]) -> Option<&Complaint> {
    complaints.iter().min_by_key(|complaint| match complaint.meaning() {
        Meaning::Credential => 0,
        Meaning::Busy => 1,
        Meaning::Validation => 2,
        Meaning::Inside => 3,
        Meaning::Paid => 4,
        Meaning::Forbidden => 5,
        Meaning::Missing => 6,
        Meaning::Question => 7,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(json: &str) -> Option<u64> {
        let now = DateTime::from_timestamp_millis(1_795_170_600_000)?;
        again(json).map(|again| wait(again, now).as_secs())
    }

    #[test]
    fn when_to_come_again_is_read_in_every_spelling_and_kept_within_a_day() {
        for (json, expected) in [
            ("1795170660000", 60),
            ("1795170660000.0", 60),
            ("1795170660", 60),
            ("\"2026-11-20T10:31:00.000Z\"", 60),
            ("\"1795170660000\"", 60),
            ("60", 60),
            ("0.2", 1),
            ("0", 1),
            ("-5", 1),
            ("90000", 90),
            ("1795170000000", 1),
            ("1895170660000", 86_400),
        ] {
            assert_eq!(seconds(json), Some(expected), "{json}");
        }
        for junk in ["\"10:31:00 AM (UTC)\"", "{}", "true", "1e400", "\"\""] {
            assert_eq!(seconds(junk), None, "{junk}");
        }
    }

    #[test]
    fn a_code_is_read_in_both_places_and_from_a_torso() {
        for body in [
            r#"{"errors":[{"message":"no","code":"AUTH_FAILED"}],"data":null}"#,
            r#"{"errors":[{"message":"no","extensions":{"code":"auth_failed"}}]}"#,
            r#"{"errors":[{"message":"no","code":"auth_failed","extensions":{"helpUr"#,
        ] {
            let complaints = Complaint::all(body.as_bytes());
            assert_eq!((complaints[0].meaning(), complaints.len()), (Meaning::Credential, 1), "{body}");
        }
        assert!(Complaint::all(b"<html>").is_empty() && Complaint::all(b"{\"data\":{}}").is_empty());
    }

    #[test]
    fn the_field_that_is_not_known_is_named() {
        let body = r#"{"errors":[{"message":"Cannot query field \"summry\" on type \"Transcript\". Did you mean \"summary\"?","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#;
        let complaint = &Complaint::all(body.as_bytes())[0];
        assert_eq!((complaint.unknown_field(), complaint.meaning()), (Some("summry"), Meaning::Validation));
    }
}

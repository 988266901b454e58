//! A request to the simulated Notion, read: who asks, in which version, for what.

use std::ops::Deref;

use axum::http::header;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Notion;
use super::problem::Problem;
use super::version::Version;
use crate::faults::FaultKind;
use crate::settings::Settings;
use crate::vendor::Asked;

/// What is said: the body without the number of the request, and how many records are in it.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) body: Value,
    pub(crate) rows: usize,
}

/// An answer, or a refusal in the vendor's words.
pub(crate) type Answer = Result<Said, Problem>;

/// A request of somebody who may ask.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) notion: &'a Notion,
    /// Sees fewer pages, no comments and no addresses.
    pub(crate) limited: bool,
    pub(crate) version: Version,
    pub(crate) asked: &'a Asked,
}

impl Deref for Ask<'_> {
    type Target = Asked;

    fn deref(&self) -> &Asked {
        self.asked
    }
}

/// Whether the token is the one that sees less.
pub(super) fn caller(asked: &Asked, settings: &Settings) -> Result<bool, Problem> {
    let value = asked.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = value.and_then(|value| value.split_once(' ')).ok_or(Problem::Unauthorized)?;
    match token.trim() {
        _ if !scheme.eq_ignore_ascii_case("bearer") => Err(Problem::Unauthorized),
        token if token == settings.token => Ok(false),
        token if token == settings.limited_token => Ok(true),
        _ => Err(Problem::Unauthorized),
    }
}

/// The version that the request wants to be answered in.
pub(super) fn version(asked: &Asked) -> Result<Version, Problem> {
    let given = asked.headers.get("notion-version").ok_or(Problem::NoVersion)?;
    let given = given.to_str().unwrap_or_default();
    Version::called(given).ok_or_else(|| {
        Problem::invalid(format!(
            "Notion-Version header failed validation: Notion-Version header should be a known version, instead \
             was `\"{given}\"`."
        ))
    })
}

impl Ask<'_> {
    /// What a fault that only this vendor has says, if it hits this request.
    pub(crate) fn quirk(&self, name: &str) -> Option<&Value> {
        self.faults.iter().find_map(|fault| match fault {
            FaultKind::Quirk { name: given, value } if given == name => Some(value),
            _ => None,
        })
    }

    /// The body as an object; no body is an empty one.
    pub(crate) fn json(&self) -> Result<Value, Problem> {
        if self.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::default()));
        }
        let body: Value = serde_json::from_slice(&self.body).map_err(|_| Problem::NoJson)?;
        if body.is_object() {
            Ok(body)
        } else {
            Err(Problem::invalid("body failed validation: body should be an object."))
        }
    }
}

/// A moment as it stands in a question: a day is its beginning in UTC.
pub(super) fn moment(text: &str) -> Option<i64> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.timestamp_millis());
    }
    let day: chrono::NaiveDate = text.parse().ok()?;
    Some(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

/// `2026-11-20T09:15:00.000Z`: the vendor cuts its times to the minute.
pub(super) fn written(milliseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(minute(milliseconds))
        .map_or_else(String::new, |moment| moment.format("%Y-%m-%dT%H:%M:00.000Z").to_string())
}

pub(super) fn minute(milliseconds: i64) -> i64 {
    milliseconds - milliseconds.rem_euclid(60_000)
}

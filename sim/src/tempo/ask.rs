//! A request to the simulated Tempo, read: who asks for what.

use std::ops::Deref;

use axum::http::header;
use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;

use super::Tempo;
use super::problem::Problem;
use crate::faults::FaultKind;
use crate::reply::Reply;
use crate::settings::Settings;
use crate::vendor::Asked;

/// An answer, or a refusal in the vendor's words.
pub(crate) type Answer = Result<Reply, Problem>;

/// The vendor's public host, which links name that are no pages of this server.
pub(crate) const PUBLIC: &str = "https://api.tempo.io";

/// A request of somebody who may ask.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) tempo: &'a Tempo,
    /// Sees the worklogs of some teams only, and is told of no others.
    pub(crate) limited: bool,
    pub(crate) asked: &'a Asked,
}

impl Deref for Ask<'_> {
    type Target = Asked;

    fn deref(&self) -> &Asked {
        self.asked
    }
}

/// Whether the token is the one that sees less; it comes as Bearer and in no other way.
pub(crate) fn caller(asked: &Asked, settings: &Settings) -> Result<bool, Problem> {
    let value = asked.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = value.and_then(|value| value.split_once(' ')).ok_or(Problem::Unauthorized)?;
    // The host of another region knows the token as little as a wrong one.
    let elsewhere = asked.faults.iter().any(|fault| is_quirk(fault, super::bend::WRONG_REGION));
    match token.trim() {
        _ if elsewhere || !scheme.eq_ignore_ascii_case("bearer") => Err(Problem::Unauthorized),
        token if token == settings.token => Ok(false),
        token if token == settings.limited_token => Ok(true),
        _ => Err(Problem::Unauthorized),
    }
}

fn is_quirk(fault: &FaultKind, wanted: &str) -> bool {
    matches!(fault, FaultKind::Quirk { name, .. } if name == wanted)
}

impl Ask<'_> {
    pub(crate) fn has_quirk(&self, name: &str) -> bool {
        self.faults.iter().any(|fault| is_quirk(fault, name))
    }

    /// The address of this request as the caller wrote it, without its query.
    pub(crate) fn address(&self) -> String {
        let host = self.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        if self.has_quirk(super::bend::FOREIGN_NEXT) {
            format!("{PUBLIC}/{}", self.path)
        } else {
            format!("http://{host}/tempo/{}", self.path)
        }
    }

    /// All values of a parameter that can be given again and again, or with commas.
    pub(crate) fn ids(&self, name: &str) -> Result<Vec<u64>, Problem> {
        let given = self.query.iter().filter(|(given, _)| given == name);
        let values = given.flat_map(|(_, value)| value.split(',')).filter(|value| !value.is_empty());
        values.map(|value| value.parse().map_err(|_| Problem::invalid(format!("Invalid {name}")))).collect()
    }

    /// A day.
    pub(crate) fn day(&self, name: &str) -> Result<Option<NaiveDate>, Problem> {
        self.parameter(name).map(day).transpose()
    }

    /// A day that must be there.
    pub(crate) fn needed_day(&self, name: &str) -> Result<NaiveDate, Problem> {
        self.day(name)?.ok_or_else(|| Problem::invalid(format!("Parameter '{name}' is required")))
    }

    /// The body as JSON of the right shape; no body is an empty one.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        serde_json::from_slice(body)
            .map_err(|error| Problem::invalid(format!("Invalid request body: {error}")))
    }
}

pub(crate) fn day(text: &str) -> Result<NaiveDate, Problem> {
    text.parse().map_err(|_| Problem::invalid("Invalid date format"))
}

/// A moment, or the beginning of a day in UTC: milliseconds since 1970.
pub(crate) fn moment(text: &str) -> Result<i64, Problem> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.timestamp_millis());
    }
    Ok(day(text)?.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

/// `2026-11-19T07:40:02Z`.
pub(crate) fn written(milliseconds: i64) -> String {
    DateTime::<Utc>::from_timestamp_millis(milliseconds)
        .map_or_else(String::new, |moment| moment.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

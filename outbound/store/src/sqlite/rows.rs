//! How values stand in SQLite's columns: times as microseconds, ids as text, lists as JSON.

use chrono::{DateTime, Utc};
use daybook_core::ports::store::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub(super) fn time(micros: i64, doing: &'static str) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::Unreadable { doing, what: format!("the time {micros}") })
}

pub(super) fn json<T: DeserializeOwned>(text: &str, doing: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Unreadable { doing, what: format!("the JSON {text}: {error}") })
}

pub(super) fn to_json<T: Serialize + ?Sized>(value: &T, doing: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed { doing, source: Box::new(error) })
}

pub(super) fn uuid(text: &str, doing: &'static str) -> Result<Uuid, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable { doing, what: format!("the id {text}") })
}

pub(super) fn word<T>(found: Option<T>, text: &str, doing: &'static str) -> Result<T, StoreError> {
    found.ok_or_else(|| StoreError::Unreadable { doing, what: format!("the word `{text}`") })
}

/// A count column, which is never negative.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

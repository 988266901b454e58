//! What was served: by endpoint and status, with rows and bytes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Counts since the start, or since the ledger was reset.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Ledger {
    pub(crate) requests: u64,
    /// Method and route, then status (or `cut`), then how often.
    pub(crate) by_endpoint: BTreeMap<String, BTreeMap<String, u64>>,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) rate_limited: u64,
    pub(crate) first: Option<DateTime<Utc>>,
    pub(crate) last: Option<DateTime<Utc>>,
}

/// One line of the ledger.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) endpoint: String,
    pub(crate) outcome: String,
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
}

impl Ledger {
    pub(crate) fn enter(&mut self, entry: Entry, now: DateTime<Utc>) {
        self.requests += 1;
        self.rows += entry.rows;
        self.bytes += entry.bytes;
        self.rate_limited += u64::from(entry.outcome == "429");
        self.first.get_or_insert(now);
        self.last = Some(now);
        *self.by_endpoint.entry(entry.endpoint).or_default().entry(entry.outcome).or_default() += 1;
    }
}

//! What was served: by endpoint and status, with rows and bytes.

use std::collections::BTreeMap;

use serde::Serialize;

/// Counts since the start, or since it was reset.
#[derive(Debug, Default, Clone, Serialize)]
pub(crate) struct Ledger {
    pub(crate) requests: u64,
    pub(crate) rows: u64,
    pub(crate) by_endpoint: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Ledger {
    pub(crate) fn note(&mut self, endpoint: &str, outcome: &str) {
        self.requests += 1;
        *self.by_endpoint.entry(endpoint.to_owned()).or_default().entry(outcome.to_owned()).or_default() += 1;
    }
}

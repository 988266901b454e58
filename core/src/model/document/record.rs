//! What a source sent, and what could be made of it.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{Document, hex};

/// One record of a page of history: what the source sent, and what we could make of it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The id at the source. An unreadable record without one is named by its digest.
    pub external_id: String,
    /// What the source sent for it: the exact bytes where one answer holds a record; JSON lines where several do.
    pub raw: Vec<u8>,
    /// The documents read from it, or why it could not be read. The first is the record itself.
    pub reading: Result<Vec<Document>, Unreadable>,
    /// The source's own mark of this state of the record, by which a later list tells that it has not changed.
    pub version: Option<String>,
    /// What of it Daybook does not hold, in words: a block of an unknown type, comments beyond a bound.
    pub gaps: Vec<String>,
    /// Set while the source has not finished it: it is asked for again with every sync.
    pub open: Option<Open>,
}

/// Why a record is expected to change without its source telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// In words: `its transcript has not arrived`.
    pub reason: String,
    /// From then on it is no longer waited for.
    pub until: DateTime<Utc>,
}

impl Record {
    /// A record that is complete as it came.
    pub fn new(external_id: String, raw: Vec<u8>, reading: Result<Vec<Document>, Unreadable>) -> Self {
        Self { external_id, raw, reading, version: None, gaps: Vec::new(), open: None }
    }

    /// SHA-256 of the raw bytes, in hex.
    pub fn digest(&self) -> String {
        hex(&Sha256::digest(&self.raw))
    }
}

/// Why a record could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// In words, naming the field.
    pub reason: String,
}

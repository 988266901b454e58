//! A census: everything the source lists by id, compared with everything held, independently of how it was read.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::document::Tombstone;
use super::source::CensusSummary;

/// A record that one side has and the other has not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its id at the source.
    pub external_id: String,
    /// What people call it, if it is held.
    pub key: Option<String>,
    /// Its project, where it has one.
    pub project: Option<String>,
    /// The day it belongs to.
    pub day: Option<NaiveDate>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The source had it and Daybook had not; it was read now.
    Fetched,
    /// It had changed at the source without a sync noticing; it was read again now.
    Renewed,
    /// The source lists it, and it could not be had: it is gone by now, or unreadable.
    Unavailable,
    /// The source lists it and Daybook has it not, or not as it is: too many to read them one by one; a backfill is due.
    Missing,
    /// It left its source for this reason, and is no longer found.
    Tombstoned(Tombstone),
    /// The source does not list it, and shows it when asked for it: its list lags.
    Unlisted,
    /// More is gone than a census takes away without a person's word: it stays until somebody confirms.
    Kept,
}

/// How a project, or what has none, compares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The project's key; `None`: records without one.
    pub project: Option<String>,
    /// Records that the source lists.
    pub source: u64,
    /// Records held before the census changed anything.
    pub held: u64,
}

/// What a census found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// The beginning of the stretch that was compared: what is older was never read.
    pub from: Option<DateTime<Utc>>,
    /// When the comparison was made.
    pub compared_at: Option<DateTime<Utc>>,
    /// Records that the source lists.
    pub source: u64,
    /// Records held before the census changed anything.
    pub held: u64,
    /// By project.
    pub lines: Vec<Line>,
    /// The first of them, at most [`MOST_DIFFERENCES`].
    pub differences: Vec<Difference>,
    /// How many there are.
    pub differing: u64,
    /// Projects whose documents are held and that the credential no longer sees: nothing of theirs was compared.
    pub unseen_projects: Vec<String>,
    /// Records held from before the stretch: they were not compared.
    pub older: u64,
}

/// So many differences are listed one by one.
pub const MOST_DIFFERENCES: usize = 1_000;

impl Ledger {
    /// Whether both sides had exactly the same records, and all of them could be compared.
    pub fn is_equal(&self) -> bool {
        self.differing == 0 && self.unseen_projects.is_empty()
    }

    /// In short; `None`: nothing was compared yet.
    pub fn summary(&self) -> Option<CensusSummary> {
        let compared_at = self.compared_at?;
        Some(CensusSummary { source: self.source, held: self.held, differing: self.differing, compared_at })
    }
}

/// How much may leave at once without a person's word: a tenth, and a few in any case; never all there is.
pub fn needs_confirmation(gone: u64, held: u64) -> bool {
    gone > (held / 10).max(25) || (gone > 0 && gone >= held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_may_go_and_a_few_in_any_case() {
        assert!(!needs_confirmation(0, 0));
        assert!(needs_confirmation(3, 3), "a list without anything is no proof that everything is gone");
        assert!(!needs_confirmation(25, 30));
        assert!(needs_confirmation(26, 30));
        assert!(!needs_confirmation(100, 1_000));
        assert!(needs_confirmation(101, 1_000));
    }
}

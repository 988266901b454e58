//! Jobs and queues as people look at them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{JobId, Priority};
use crate::model::backfill::BackfillId;

/// How a job stands, in the words of queues everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobState {
    /// Its time has not come.
    Scheduled,
    /// It could be taken now.
    Available,
    /// In somebody's hands.
    Running,
    /// A try failed or was paused, and the next is due later.
    Retryable,
    /// Done.
    Completed,
    /// Given up: the reason is with it.
    Discarded,
    /// Ended on a person's word.
    Cancelled,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Scheduled,
        Self::Available,
        Self::Running,
        Self::Retryable,
        Self::Completed,
        Self::Discarded,
        Self::Cancelled,
    ];

    /// The word for URLs and people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Available => "available",
            Self::Running => "running",
            Self::Retryable => "retryable",
            Self::Completed => "completed",
            Self::Discarded => "discarded",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The same in the words of Celery, for whoever comes from there.
    pub fn celery(self) -> &'static str {
        match self {
            Self::Scheduled | Self::Available => "PENDING",
            Self::Running => "STARTED",
            Self::Retryable => "RETRY",
            Self::Completed => "SUCCESS",
            Self::Discarded => "FAILURE",
            Self::Cancelled => "REVOKED",
        }
    }

    /// Whether nothing more will happen on its own.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Discarded | Self::Cancelled)
    }
}

/// A try that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobError {
    /// When.
    pub at: DateTime<Utc>,
    /// Which try, counted since it last made progress.
    pub attempt: u32,
    /// Why.
    pub reason: String,
}

impl JobError {
    /// So many are kept of a job: the newest.
    pub const MOST_KEPT: u32 = 20;
}

/// A job with all that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    /// Its id.
    pub id: JobId,
    /// Its kind, which is its queue; also one that this release does not know.
    pub kind: String,
    /// How it stands.
    pub state: JobState,
    /// What goes first.
    pub priority: Priority,
    /// What it works on, if that is a run of a source.
    pub backfill: Option<BackfillId>,
    /// At most one job of a lane runs.
    pub lane: Option<String>,
    /// Tries since it last made progress.
    pub attempt: u32,
    /// Leases on it that ran out since then.
    pub losses: u32,
    /// When it is, or was, due.
    pub due_at: DateTime<Utc>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// When its newest try began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Who works on it, or did last.
    pub worker: Option<String>,
    /// Until when that holds without a sign of life.
    pub lease_until: Option<DateTime<Utc>>,
    /// The request that asked for it.
    pub request_id: Option<String>,
    /// Why it waits, or ended badly.
    pub error: Option<String>,
    /// The newest failed tries, oldest first.
    pub errors: Vec<JobError>,
    /// What came of it, while results are kept.
    pub result: Option<String>,
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueState {
    /// Its name: the kind of its jobs.
    pub name: String,
    /// Who paused it, and when.
    pub paused: Option<(String, DateTime<Utc>)>,
    /// Jobs that could be taken now.
    pub available: u64,
    /// Since when the oldest of them could be.
    pub oldest_at: Option<DateTime<Utc>>,
    /// Jobs whose time has not come, and failed ones that wait for their next try.
    pub waiting: u64,
    /// In somebody's hands.
    pub running: u64,
    /// Of those: with a lease that has run out.
    pub lost: u64,
    /// Ended badly, as far as they are kept.
    pub failed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_word_of_its_own() {
        for state in JobState::ALL {
            assert_eq!(JobState::from_word(state.word()), Some(state));
        }
        assert_eq!(JobState::from_word("pending"), None);
    }
}

//! Work that can wait: one enum, stored as JSON, claimed with a lease.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::backfill::BackfillId;
use super::source::SourceKind;

/// A job's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub Uuid);

/// What is to be done. Stored; old variants stay readable for a release. Every job can run twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Read a window of a source's history, from the checkpoint on.
    RunBackfill {
        /// Which.
        backfill: BackfillId,
        /// Of which source: one run of a source at a time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<SourceKind>,
    },
    /// Give a vector to every document that has none.
    IndexDocuments,
}

impl Job {
    /// The word of [`Job::RunBackfill`].
    pub const RUN_BACKFILL: &str = "run_backfill";
    /// The word of [`Job::IndexDocuments`].
    pub const INDEX_DOCUMENTS: &str = "index_documents";

    /// The word for logs and columns.
    pub fn word(&self) -> &'static str {
        match self {
            Self::RunBackfill { .. } => Self::RUN_BACKFILL,
            Self::IndexDocuments => Self::INDEX_DOCUMENTS,
        }
    }

    /// At most one job of a key waits, and at most one of a key runs.
    pub fn key(&self) -> String {
        match self {
            Self::RunBackfill { backfill, .. } => format!("run_backfill:{backfill}"),
            Self::IndexDocuments => Self::INDEX_DOCUMENTS.to_owned(),
        }
    }

    /// At most one job of a lane runs; the others wait for it.
    pub fn lane(&self) -> Option<String> {
        match self {
            Self::RunBackfill { source, .. } => source.map(|source| format!("source:{source}")),
            Self::IndexDocuments => None,
        }
    }
}

/// A job in somebody's hands. The token is new with every claim: writes under an old one are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub job: JobId,
    /// The fencing token.
    pub token: Uuid,
}

/// A job that was just claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The right to work on it.
    pub lease: Lease,
    /// What to do.
    pub job: Job,
    /// Claims since it last made progress, this one included.
    pub attempt: u32,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// How a claimed job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done.
    Done,
    /// Not now: again at this time, for this reason.
    Later {
        /// When to try again.
        at: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// Never: the reason.
    Failed {
        /// Why.
        reason: String,
    },
}

/// How the queue stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Waiting.
    pub pending: u64,
    /// In somebody's hands.
    pub running: u64,
    /// Ended badly.
    pub failed: u64,
}

/// Asks long work to stop at the next good moment.
#[derive(Debug, Clone, Default)]
pub struct StopSign(Arc<AtomicBool>);

impl StopSign {
    /// Puts the sign up.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it is up.
    pub fn is_up(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

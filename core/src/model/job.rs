//! Work that can wait: one enum, stored as JSON, claimed with a lease.

mod row;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::row::{JobError, JobRow, JobState, QueueState};
use super::backfill::BackfillId;
use super::source::SourceKind;

/// A job's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub Uuid);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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
    /// Nothing: shows that the queue goes round, and how fast.
    Ping {
        /// Which: each is a job of its own.
        number: Uuid,
    },
}

impl Job {
    /// The word of [`Job::RunBackfill`].
    pub const RUN_BACKFILL: &str = "run_backfill";
    /// The word of [`Job::IndexDocuments`].
    pub const INDEX_DOCUMENTS: &str = "index_documents";

    /// The word of [`Job::Ping`].
    pub const PING: &str = "ping";
    /// Every word. Each kind is a queue of its own, with its own slots: none waits for another's.
    pub const KINDS: [&str; 3] = [Self::RUN_BACKFILL, Self::INDEX_DOCUMENTS, Self::PING];

    /// The word for logs and columns.
    pub fn word(&self) -> &'static str {
        match self {
            Self::RunBackfill { .. } => Self::RUN_BACKFILL,
            Self::IndexDocuments => Self::INDEX_DOCUMENTS,
            Self::Ping { .. } => Self::PING,
        }
    }

    /// At most one job of a key waits, and at most one of a key runs.
    pub fn key(&self) -> String {
        match self {
            Self::RunBackfill { backfill, .. } => format!("run_backfill:{backfill}"),
            Self::IndexDocuments => Self::INDEX_DOCUMENTS.to_owned(),
            Self::Ping { number } => format!("ping:{number}"),
        }
    }

    /// At most one job of a lane runs; the others wait for it.
    pub fn lane(&self) -> Option<String> {
        match self {
            Self::RunBackfill { source, .. } => source.map(|source| format!("source:{source}")),
            Self::IndexDocuments | Self::Ping { .. } => None,
        }
    }

    /// Whether the job has a row beside its own that tells how it stands.
    pub fn has_row(&self) -> bool {
        matches!(self, Self::RunBackfill { .. })
    }
}

/// When a job is due, by the database's clock: whose own is wrong cannot hold up others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// At once.
    Now,
    /// After so long.
    In(Duration),
    /// At a time.
    At(DateTime<Utc>),
}

/// What goes first. Nothing waits for ever: each step back is worth [`Priority::STEP`] of waiting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody waits for it.
    Soon,
    /// As it comes.
    #[default]
    Normal,
    /// When nothing better is to be done.
    Late,
}

impl Priority {
    /// A job goes before another that is so much older and stands one step below it.
    pub const STEP: Duration = Duration::from_mins(5);

    /// How many steps behind the first: the number in the column.
    pub fn steps(self) -> u32 {
        match self {
            Self::Soon => 0,
            Self::Normal => 1,
            Self::Late => 2,
        }
    }

    /// The priority of that number; what is beyond the last is the last.
    pub fn from_steps(steps: u32) -> Self {
        match steps {
            0 => Self::Soon,
            1 => Self::Normal,
            _ => Self::Late,
        }
    }

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Normal => "normal",
            Self::Late => "late",
        }
    }
}

/// A job on its way into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its id, new.
    pub id: JobId,
    /// What is to be done.
    pub job: Job,
    /// When.
    pub due: Due,
    /// Before what.
    pub priority: Priority,
    /// The request that asks for it, for the logs.
    pub request_id: Option<String>,
}

impl NewJob {
    /// One that is due at once.
    pub fn now(job: Job, id: Uuid) -> Self {
        Self { id: JobId(id), job, due: Due::Now, priority: Priority::default(), request_id: None }
    }

    /// The same with another priority.
    #[must_use]
    pub fn with_priority(self, priority: Priority) -> Self {
        Self { priority, ..self }
    }

    /// The same at another time.
    #[must_use]
    pub fn due(self, due: Due) -> Self {
        Self { due, ..self }
    }

    /// The same for a request.
    #[must_use]
    pub fn asked_by(self, request_id: Option<&str>) -> Self {
        Self { request_id: request_id.map(str::to_owned), ..self }
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
    /// Claims since it last made progress, this one included; pauses that a source asked for are none.
    pub attempt: u32,
    /// How many leases on it ran out since it last made progress: workers that vanished with it.
    pub losses: u32,
    /// The request that asked for it.
    pub request_id: Option<String>,
}

/// How a claimed job ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Done, with something to tell.
    Done {
        /// What came of it, in words; kept for as long as results are.
        result: Option<String>,
    },
    /// It failed and may go better: again after so long.
    Again {
        /// How long to wait.
        after: Duration,
        /// Why.
        reason: String,
    },
    /// It was not its fault: again after so long, and this was no attempt. The vendor wants quiet, or the worker is going.
    Paused {
        /// How long to wait.
        after: Duration,
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

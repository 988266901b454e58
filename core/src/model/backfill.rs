//! Backfill: one run over a source's history. What it is for, how far it is, and its report.

mod window;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::window::{Asked, Days, Window, WindowError};
use super::source::SourceKind;

/// A backfill's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BackfillId(pub Uuid);

impl fmt::Display for BackfillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a backfill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// Accepted; no worker has begun.
    Queued,
    /// A worker is on it, or will go on after a pause.
    Running,
    /// Everything was read.
    Done,
    /// Ended with a reason; what was stored stays.
    Failed,
    /// Ended by a person; what was stored stays.
    Cancelled,
}

impl BackfillState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The word in columns and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Reads a window of history anew.
    Backfill,
    /// Reads what has changed since the last confirmed moment.
    Sync,
    /// Compares everything listed with everything held.
    Census,
}

impl RunKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Backfill, Self::Sync, Self::Census];

    /// The word in columns and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Backfill => "backfill",
            Self::Sync => "sync",
            Self::Census => "census",
        }
    }

    /// The kind a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What a run will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Requests.
    pub requests: u64,
    /// Seconds at the pace that the source allows, at least.
    pub seconds: u64,
    /// Whether parts of it are estimated: the source does not count them.
    pub estimated: bool,
}

/// What a backfill has done so far; at the end, its report. Advanced in the transaction of each page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Requests sent to the source.
    pub requests: u64,
    /// Pages stored.
    pub pages: u64,
    /// Records that came, repeats included.
    pub seen: u64,
    /// Different records that came.
    pub distinct: u64,
    /// Records that we did not hold.
    pub new: u64,
    /// Records that differed from what we held.
    pub changed: u64,
    /// Records that we held already, just so.
    pub unchanged: u64,
    /// Records that could not be read, kept aside with their reason.
    pub quarantined: u64,
    /// Records that the source said there are, before the first page. `None`: it would not say.
    pub expected: Option<u64>,
    /// Comments that the source counts but does not show to this credential.
    pub hidden_comments: u64,
    /// Comments that were left out because their issue has more than Daybook keeps; its document says so.
    pub unread_comments: u64,
    /// Records that came and were not asked for: of another project, or from outside the window.
    pub outside: u64,
    /// Times a rate limit or an outage made us wait.
    pub waits: u64,
    /// What the run was thought to take, before its first page.
    pub plan: Option<Plan>,
    /// Documents that became tombstones.
    pub gone: u64,
    /// Changes in the source's own time that came.
    pub changes: u64,
    /// Projects that a census has listed so far.
    pub projects: Vec<String>,
}

/// One run over a window of a source's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// Its id.
    pub id: BackfillId,
    /// What it is for.
    pub kind: RunKind,
    /// Where from.
    pub source: SourceKind,
    /// Which part of history.
    pub window: Window,
    /// Only this project, if said.
    pub project: Option<String>,
    /// Only this record, if said: its id at the source, or what people call it.
    pub item: Option<String>,
    /// Whether a person confirmed that much may be gone.
    pub accepts_losses: bool,
    /// Where it stands.
    pub state: BackfillState,
    /// What it has done.
    pub progress: Progress,
    /// What a reader of the report should know although the run ended well.
    pub warnings: Vec<String>,
    /// Why it failed, and what to do.
    pub error: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When a worker first began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Backfill {
    /// Share done, 0 to 1, if the source told how much there is. Never 1 before the end.
    pub fn share(&self) -> Option<f64> {
        if self.state == BackfillState::Done {
            return Some(1.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "a share for a progress bar")]
        self.progress
            .expected
            .filter(|expected| *expected > 0)
            .map(|expected| (self.progress.distinct as f64 / expected as f64).min(0.99))
    }

    /// Seconds until the end at the pace so far; `None` while that cannot be told.
    pub fn seconds_left(&self, now: DateTime<Utc>) -> Option<i64> {
        let share = self.share().filter(|share| *share > 0.02 && *share < 1.0)?;
        let spent = (now - self.started_at?).num_milliseconds();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an estimate")]
        Some((spent as f64 / 1000.0 * (1.0 - share) / share).ceil() as i64)
    }
}

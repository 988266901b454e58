//! Why a run could not go on, in words that say what to do.

use crate::model::backfill::BackfillId;
use crate::model::fault::{Fault, FaultKind};
use crate::model::source::SourceKind;
use crate::ports::source::SourceError;
use crate::ports::store::StoreError;

/// Why a run could not go on. What was stored before stays, with its checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum RunBackfillError {
    /// The row is gone.
    #[error("there is no backfill {0}")]
    Missing(BackfillId),
    /// The one record that was asked for is not there.
    #[error("{source_kind} has no record `{item}` that this credential may see")]
    NoSuchItem {
        /// Which source.
        source_kind: SourceKind,
        /// What was asked for.
        item: String,
    },
    /// The source lost its settings since the backfill was accepted.
    #[error(
        "{source_kind} is off: this Daybook has no settings for it, or its release cannot read it; `daybook config` shows what can be set"
    )]
    Off {
        /// Which.
        source_kind: SourceKind,
    },
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A page brought nothing that had not come before.
    #[error(
        "paging made no progress: page {page} held {records} records, all of which had come before; {source_kind} repeats itself, so Daybook stopped. Start the backfill again; if it recurs, the source's paging is broken"
    )]
    NoProgress {
        /// Which source.
        source_kind: SourceKind,
        /// The page's number, from 1.
        page: u64,
        /// How many it held.
        records: usize,
    },
    /// Much more is gone than goes by itself.
    #[error(
        "{gone} of {held} records of {source_kind} that Daybook holds are not there any more, and that is more than a tenth: nothing was taken away. If it is true (a project was deleted, a retention rule ran), confirm with `daybook prove {source_kind} --accept-losses`; if the credential lost rights, give them back and run `daybook prove {source_kind}` again"
    )]
    TooManyGone {
        /// Which source.
        source_kind: SourceKind,
        /// How many are gone.
        gone: u64,
        /// How many are held.
        held: u64,
    },
    /// It was asked about some records, and answered about more or fewer.
    #[error(
        "{source_kind} was asked what has become of {asked} records, and {answered} answers came: nothing was taken away"
    )]
    Fates {
        /// Which source.
        source_kind: SourceKind,
        /// How many were asked for.
        asked: usize,
        /// How many answers came.
        answered: usize,
    },
    /// So many records cannot be read that the reader or the source must be broken.
    #[error(
        "{source_kind} answers differently since {since}: {quarantined} of {seen} records could not be read ({reason}), so Daybook stopped. They are kept in quarantine with their reasons (`daybook sources --quarantine`)"
    )]
    Unreadable {
        /// Which source.
        source_kind: SourceKind,
        /// How many could not be read.
        quarantined: u64,
        /// How many came.
        seen: u64,
        /// When the first of them came.
        since: String,
        /// Why the newest could not be read.
        reason: String,
    },
    /// Far more came than the source said there was.
    #[error(
        "paging does not end: {seen} records came where {source_kind} had counted {expected}; Daybook stopped"
    )]
    Endless {
        /// Which source.
        source_kind: SourceKind,
        /// How many came.
        seen: u64,
        /// How many there should be.
        expected: u64,
    },
}

impl Fault for RunBackfillError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Missing(_) | Self::NoSuchItem { .. } => FaultKind::Missing,
            Self::Off { .. } => FaultKind::Forbidden,
            Self::Source(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::TooManyGone { .. } => FaultKind::Invalid,
            Self::NoProgress { .. } | Self::Endless { .. } | Self::Fates { .. } | Self::Unreadable { .. } => {
                FaultKind::Broken
            }
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Source(error) => error.retry_after(),
            _ => None,
        }
    }
}

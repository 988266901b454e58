//! Why a store did not do what it was asked.

use crate::model::fault::{Fault, FaultKind};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database failed.
    #[error("the store failed while it tried to {doing}")]
    Failed {
        /// What it was doing.
        doing: &'static str,
        /// What went wrong.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A row holds what this release does not understand.
    #[error("the store found what it does not understand while it tried to {doing}: {what}")]
    Unreadable {
        /// What it was doing.
        doing: &'static str,
        /// What it found.
        what: String,
    },
    /// There is no database, and whoever only looks makes none.
    #[error("there is no database at {path} yet")]
    Absent {
        /// Where it was looked for.
        path: String,
    },
    /// Somebody else works on this job by now.
    #[error("the lease on this job is lost: another worker has taken it over")]
    LeaseLost,
}

impl Fault for StoreError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Failed { .. } | Self::LeaseLost => FaultKind::Unavailable,
            Self::Unreadable { .. } => FaultKind::Broken,
            Self::Absent { .. } => FaultKind::Missing,
        }
    }
}

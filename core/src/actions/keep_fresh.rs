//! Reads sources again, when their time has come or on request: syncs of what has changed, and censuses of what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::account::Admin;
use crate::model::audience::Viewer;
use crate::model::backfill::{Backfill, BackfillId, BackfillState, Progress, RunKind, Window};
use crate::model::fault::{Fault, FaultKind};
use crate::model::job::{Job, NewJob, Priority};
use crate::model::schedule::Schedule;
use crate::model::source::{Confirmed, SourceKind};
use crate::ports::clock::Clock;
use crate::ports::source::Manners;
use crate::ports::store::{Store, StoreError, Transaction};

/// Keeps sources fresh.
pub struct KeepFresh {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    sources: BTreeMap<SourceKind, Upkeep>,
}

/// How one source is kept fresh.
#[derive(Debug, Clone, Copy)]
pub struct Upkeep {
    /// How it wants to be read again.
    pub manners: Manners,
    /// When its changes are read.
    pub sync: Schedule,
    /// When what it lists is compared with what is held.
    pub census: Schedule,
}

/// A run that was accepted, or that is under way already.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The run.
    pub run: Backfill,
    /// Whether it was accepted before.
    pub deduplicated: bool,
}

/// Why a source is not read again. Nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum KeepFreshError {
    /// It has no settings.
    #[error(
        "{source_kind} is off: this Daybook has no settings for it; `daybook config` shows what can be set"
    )]
    Off {
        /// Which.
        source_kind: SourceKind,
    },
    /// Nothing of it was ever confirmed, so there is nothing to go on from.
    #[error(
        "{source_kind} was never read to the end: `daybook backfill {source_kind}` reads its history first"
    )]
    NeverRead {
        /// Which.
        source_kind: SourceKind,
    },
    /// The store failed.
    #[error("nothing was started")]
    Store(#[from] StoreError),
}

impl Fault for KeepFreshError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Off { .. } | Self::NeverRead { .. } => FaultKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Off { .. } | Self::NeverRead { .. } => Some("source"),
            Self::Store(_) => None,
        }
    }
}

impl KeepFresh {
    /// Keeps these sources fresh.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, sources: BTreeMap<SourceKind, Upkeep>) -> Self {
        Self { store, clock, sources }
    }

    /// The sources that can be read again.
    pub fn sources(&self) -> impl Iterator<Item = SourceKind> {
        self.sources.keys().copied()
    }

    /// Reads what has changed in a source since it was last confirmed.
    pub async fn sync(&self, proof: &Admin, source: SourceKind) -> Result<Accepted, KeepFreshError> {
        self.start(source, RunKind::Sync, proof.who(), false).await
    }

    /// Compares what a source lists with what is held. `accepts_losses`: a person confirms that much may be gone.
    pub async fn census(
        &self,
        proof: &Admin,
        source: SourceKind,
        accepts_losses: bool,
    ) -> Result<Accepted, KeepFreshError> {
        self.start(source, RunKind::Census, proof.who(), accepts_losses).await
    }

    /// When this source is read so on its own.
    pub(super) fn schedule(&self, kind: RunKind, source: SourceKind) -> Schedule {
        match (self.sources.get(&source), kind) {
            (Some(upkeep), RunKind::Sync) => upkeep.sync,
            (Some(upkeep), RunKind::Census) => upkeep.census,
            (_, RunKind::Backfill) | (None, _) => Schedule::Off,
        }
    }

    /// When this last went well, if it ever did.
    pub(super) async fn last(
        &self,
        kind: RunKind,
        source: SourceKind,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let all = self.store.freshness(&Viewer::admin()).await?;
        Ok(all.into_iter().find(|one| one.source == source).and_then(|one| match kind {
            RunKind::Census => one.census.map(|census| census.compared_at),
            RunKind::Sync | RunKind::Backfill => one.last_success_at,
        }))
    }

    /// Starts a run because its time has come, in the transaction that takes the tick. `None`: one like it is under way
    /// already, or the source was never read to the end.
    pub(super) async fn start_due(
        &self,
        tx: &mut dyn Transaction,
        kind: RunKind,
        source: SourceKind,
        stretch: Option<Confirmed>,
    ) -> Result<Option<BackfillId>, StoreError> {
        let (Some(upkeep), Some(stretch)) = (self.sources.get(&source), stretch) else { return Ok(None) };
        if tx.active_backfills(source).await?.iter().any(|run| run.kind == kind) {
            return Ok(None);
        }
        let run = self.fresh(source, upkeep.manners, kind, stretch, "schedule", false);
        tx.add_backfill(&run).await?;
        tx.enqueue(&self.job(&run)).await?;
        tracing::info!(backfill.id = %run.id, source = %source, "a {} of {source} is due", kind.word());
        Ok(Some(run.id))
    }

    /// Syncs keep the present fresh; a census has the night.
    fn job(&self, run: &Backfill) -> NewJob {
        let priority = match run.kind {
            RunKind::Sync => Priority::Soon,
            RunKind::Backfill => Priority::Normal,
            RunKind::Census => Priority::Late,
        };
        let job = Job::RunBackfill { backfill: run.id, source: Some(run.source) };
        NewJob::now(job, self.clock.fresh_id()).with_priority(priority)
    }

    async fn start(
        &self,
        source: SourceKind,
        kind: RunKind,
        who: &str,
        accepts_losses: bool,
    ) -> Result<Accepted, KeepFreshError> {
        let upkeep = self.sources.get(&source).ok_or(KeepFreshError::Off { source_kind: source })?;
        let stretch =
            self.confirmed(source).await?.ok_or(KeepFreshError::NeverRead { source_kind: source })?;
        let mut tx = self.store.begin().await?;
        let is_same = |run: &Backfill| run.kind == kind && run.accepts_losses == accepts_losses;
        if let Some(run) = tx.active_backfills(source).await?.into_iter().find(is_same) {
            return Ok(Accepted { run, deduplicated: true });
        }
        let run = self.fresh(source, upkeep.manners, kind, stretch, who, accepts_losses);
        tx.add_backfill(&run).await?;
        tx.enqueue(&self.job(&run)).await?;
        tx.commit().await?;
        Ok(Accepted { run, deduplicated: false })
    }

    pub(super) async fn confirmed(&self, source: SourceKind) -> Result<Option<Confirmed>, StoreError> {
        let all = self.store.freshness(&Viewer::admin()).await?;
        Ok(all.into_iter().find(|one| one.source == source).and_then(|one| one.confirmed))
    }

    fn fresh(
        &self,
        source: SourceKind,
        manners: Manners,
        kind: RunKind,
        stretch: Confirmed,
        who: &str,
        accepts_losses: bool,
    ) -> Backfill {
        let now = self.clock.now();
        let window = match kind {
            RunKind::Sync => {
                // A moment that has not come yet was confirmed by a clock that was wrong; nobody knows since when.
                let until = if stretch.until > now { now - TimeDelta::days(1) } else { stretch.until };
                let from = until - manners.overlap();
                // A source that is late is not called read up to the last moment.
                Window { from, to: now.max(from), days: None }
            }
            RunKind::Backfill | RunKind::Census => Window { from: stretch.from, to: now, days: None },
        };
        Backfill {
            id: BackfillId(self.clock.fresh_id()),
            kind,
            source,
            window,
            project: None,
            item: None,
            accepts_losses,
            state: BackfillState::Queued,
            progress: Progress::default(),
            warnings: Vec::new(),
            error: None,
            requested_by: who.to_owned(),
            created_at: now,
            started_at: None,
            finished_at: None,
        }
    }
}

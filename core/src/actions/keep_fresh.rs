//! Reads sources again, on their own schedule or on request: syncs of what has changed, and censuses of what is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::account::Admin;
use crate::model::audience::Viewer;
use crate::model::backfill::{Backfill, BackfillId, BackfillState, Progress, RunKind, Window};
use crate::model::fault::{Fault, FaultKind};
use crate::model::job::{Job, JobId};
use crate::model::schedule::Schedule;
use crate::model::source::{Confirmed, SourceKind};
use crate::ports::clock::Clock;
use crate::ports::source::Manners;
use crate::ports::store::{Store, StoreError};

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

    /// Starts whatever is due, and gives how many runs it started. Of several processes that ask, one starts a tick; a
    /// tick that was missed while nobody ran is made up for once.
    pub async fn run_due(&self) -> Result<usize, KeepFreshError> {
        let (mut ticks, now) = (self.store.ticks().await?, self.clock.now());
        let mut started = 0;
        for (source, upkeep) in &self.sources {
            for (kind, schedule) in [(RunKind::Sync, upkeep.sync), (RunKind::Census, upkeep.census)] {
                let name = tick_name(kind, *source);
                let held = ticks.get(&name).copied();
                if held.is_some_and(|due| schedule.keeps(due, now)) {
                    ticks.remove(&name);
                    continue;
                }
                let Some(next) = schedule.next_after(now) else { continue };
                ticks.remove(&name);
                let next =
                    if held.is_none() { self.first(*source, kind, schedule, next).await? } else { next };
                started += usize::from(self.tick(&name, (*source, upkeep.manners), kind, now, next).await?);
            }
        }
        // What is left is due by settings that are no longer so. Other things may have ticks too.
        let kinds = [RunKind::Sync, RunKind::Census];
        let ours = |kind: RunKind| SourceKind::ALL.map(|source| tick_name(kind, source));
        for name in kinds.into_iter().flat_map(ours).filter(|name| ticks.contains_key(name)) {
            self.forget(&name).await?;
        }
        Ok(started)
    }

    /// When what was never due before is due first: at its time of day, or else so long after it last went well. Where
    /// two processes disagree about what is on, it is not started at every look.
    async fn first(
        &self,
        source: SourceKind,
        kind: RunKind,
        schedule: Schedule,
        next: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        let Schedule::Every(every) = schedule else { return Ok(next) };
        let all = self.store.freshness(&Viewer::admin()).await?;
        let last = all.into_iter().find(|one| one.source == source).and_then(|one| match kind {
            RunKind::Census => one.census.map(|census| census.compared_at),
            RunKind::Sync | RunKind::Backfill => one.last_success_at,
        });
        let now = self.clock.now();
        Ok(last.map_or(now, |last| last + every).clamp(now, next))
    }

    async fn forget(&self, name: &str) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.forget_tick(name).await?;
        tx.commit().await
    }

    /// Takes a tick and starts its run, together or not at all.
    async fn tick(
        &self,
        name: &str,
        (source, manners): (SourceKind, Manners),
        kind: RunKind,
        now: DateTime<Utc>,
        next: DateTime<Utc>,
    ) -> Result<bool, KeepFreshError> {
        let stretch = self.confirmed(source).await?;
        let mut tx = self.store.begin().await?;
        let is_ours = tx.take_tick(name, now, next).await?;
        let mut started = false;
        if let Some(stretch) = stretch.filter(|_| is_ours)
            && !tx.active_backfills(source).await?.iter().any(|run| run.kind == kind)
        {
            let run = self.fresh(source, manners, kind, stretch, "schedule", false);
            tx.add_backfill(&run).await?;
            let job = Job::RunBackfill { backfill: run.id, source: Some(source) };
            tx.enqueue(&job, JobId(self.clock.fresh_id()), now, None).await?;
            tracing::info!(backfill.id = %run.id, source = %source, "a {} of {source} is due", kind.word());
            started = true;
        }
        tx.commit().await?;
        Ok(started)
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
        let job = Job::RunBackfill { backfill: run.id, source: Some(source) };
        tx.enqueue(&job, JobId(self.clock.fresh_id()), self.clock.now(), None).await?;
        tx.commit().await?;
        Ok(Accepted { run, deduplicated: false })
    }

    async fn confirmed(&self, source: SourceKind) -> Result<Option<Confirmed>, StoreError> {
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

fn tick_name(kind: RunKind, source: SourceKind) -> String {
    format!("{}:{source}", kind.word())
}

//! Starts what runs on its own when its time has come. Every process may ask: each tick is one start.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::keep_fresh::KeepFresh;
use crate::model::backfill::RunKind;
use crate::model::schedule::{CatchUp, Schedule};
use crate::model::source::SourceKind;
use crate::ports::store::{Retention, Store, StoreError};

/// How often what has been kept long enough is forgotten.
const SWEEP: TimeDelta = TimeDelta::minutes(1);
/// A tick that is met later than this was missed: nobody looked when it was due.
const MISSED: TimeDelta = TimeDelta::minutes(1);

/// What runs on its own. All of it is named here, and its start has an arm for each of them: what is declared
/// without somebody to do it does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routine {
    /// Read what has changed in a source.
    Sync(SourceKind),
    /// Compare all that a source lists with all that is held.
    Census(SourceKind),
    /// Forget what has been kept long enough.
    Sweep,
}

impl Routine {
    /// Everything that can run on its own.
    pub fn all() -> impl Iterator<Item = Self> {
        let of_sources =
            SourceKind::ALL.into_iter().flat_map(|source| [Self::Sync(source), Self::Census(source)]);
        of_sources.chain([Self::Sweep])
    }

    /// The name of its ticks.
    pub fn name(self) -> String {
        match self {
            Self::Sync(source) => format!("{}:{source}", RunKind::Sync.word()),
            Self::Census(source) => format!("{}:{source}", RunKind::Census.word()),
            Self::Sweep => "sweep".to_owned(),
        }
    }

    /// What becomes of ticks that nobody was there for.
    pub fn catch_up(self) -> CatchUp {
        match self {
            Self::Sync(_) | Self::Census(_) => CatchUp::Once,
            Self::Sweep => CatchUp::Skip,
        }
    }
}

/// Keeps the schedule.
pub struct KeepSchedule {
    store: Arc<dyn Store>,
    keep_fresh: Arc<KeepFresh>,
    retention: Retention,
}

impl KeepSchedule {
    /// Keeps the schedule of these sources, and of this store.
    pub fn new(store: Arc<dyn Store>, keep_fresh: Arc<KeepFresh>, retention: Retention) -> Self {
        Self { store, keep_fresh, retention }
    }

    /// Starts whatever is due, and gives how many runs it started.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        // By the clock that all processes share: one whose own is wrong neither hurries nor holds up the others.
        let (mut ticks, now) = (self.store.ticks().await?, self.store.now().await?);
        let mut started = 0;
        for routine in Routine::all() {
            started += usize::from(self.look(routine, &mut ticks, now).await?);
        }
        Ok(started)
    }

    fn schedule(&self, routine: Routine) -> Schedule {
        match routine {
            Routine::Sync(source) => self.keep_fresh.schedule(RunKind::Sync, source),
            Routine::Census(source) => self.keep_fresh.schedule(RunKind::Census, source),
            Routine::Sweep => Schedule::Every(SWEEP),
        }
    }

    async fn look(
        &self,
        routine: Routine,
        ticks: &mut HashMap<String, DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (name, schedule) = (routine.name(), self.schedule(routine));
        let held = ticks.remove(&name);
        if held.is_some_and(|due| schedule.keeps(due, now)) {
            return Ok(false);
        }
        let Some(next) = schedule.next_after(now) else {
            // It was due by settings that are no longer so.
            if held.is_some() {
                self.forget(&name).await?;
            }
            return Ok(false);
        };
        let next = if held.is_none() { self.first(routine, schedule, now, next).await? } else { next };
        let is_missed = held.is_some_and(|due| due + MISSED < now);
        self.tick(routine, (now, next), is_missed && routine.catch_up() == CatchUp::Skip).await
    }

    /// When what was never due before is due first: at its time of day, or else so long after it last went well. Where
    /// two processes disagree about what is on, it is not started at every look.
    async fn first(
        &self,
        routine: Routine,
        schedule: Schedule,
        now: DateTime<Utc>,
        next: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, StoreError> {
        let Schedule::Every(every) = schedule else { return Ok(next) };
        let last = match routine {
            Routine::Sync(source) => self.keep_fresh.last(RunKind::Sync, source).await?,
            Routine::Census(source) => self.keep_fresh.last(RunKind::Census, source).await?,
            Routine::Sweep => None,
        };
        Ok(last.map_or(now, |last| last + every).clamp(now, next))
    }

    async fn forget(&self, name: &str) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        tx.forget_tick(name).await?;
        tx.commit().await
    }

    /// Takes a tick and starts what it is for, together or not at all.
    async fn tick(
        &self,
        routine: Routine,
        (now, next): (DateTime<Utc>, DateTime<Utc>),
        is_skipped: bool,
    ) -> Result<bool, StoreError> {
        let name = routine.name();
        match routine {
            Routine::Sync(source) => self.run_tick(&name, (now, next), RunKind::Sync, source).await,
            Routine::Census(source) => self.run_tick(&name, (now, next), RunKind::Census, source).await,
            Routine::Sweep => {
                let mut tx = self.store.begin().await?;
                let is_ours = tx.take_tick(&name, now, next).await?;
                tx.commit().await?;
                if is_ours && !is_skipped {
                    self.store.sweep(&self.retention).await?;
                }
                Ok(false)
            }
        }
    }

    async fn run_tick(
        &self,
        name: &str,
        (now, next): (DateTime<Utc>, DateTime<Utc>),
        kind: RunKind,
        source: SourceKind,
    ) -> Result<bool, StoreError> {
        let stretch = self.keep_fresh.confirmed(source).await?;
        let mut tx = self.store.begin().await?;
        let is_ours = tx.take_tick(name, now, next).await?;
        let mut started = None;
        if is_ours {
            started = self.keep_fresh.start_due(tx.as_mut(), kind, source, stretch).await?;
        }
        tx.commit().await?;
        Ok(started.is_some())
    }
}

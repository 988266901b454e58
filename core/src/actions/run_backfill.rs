//! Reads a window of history, page by page. Each page is stored with its checkpoint, its progress and its follow-up
//! work in one transaction; nothing else is remembered, so that any moment is a good one to be killed.

mod known;
mod numbers;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::known::StoreKnown;
use self::numbers::{ENOUGH, advanced, is_whole, refuse_standstill, refuse_unreadable, warnings};
use crate::model::backfill::{Backfill, BackfillId, BackfillState, Progress};
use crate::model::fault::{Fault, FaultKind};
use crate::model::job::{Job, JobId, Lease, StopSign};
use crate::model::source::{Confirmed, SourceKind};
use crate::ports::clock::Clock;
use crate::ports::source::{Page, Scope, Source, SourceError, Spent};
use crate::ports::store::{Store, StoreError};

/// Runs backfills.
pub struct RunBackfill {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    sources: BTreeMap<SourceKind, Arc<dyn Source>>,
    embeds: bool,
}

/// How a run ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// There is nothing left to do.
    Finished,
    /// It was asked to stop; the rest waits behind the checkpoint.
    Interrupted,
}

/// Why a run could not go on. What was stored before stays, with its checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum RunBackfillError {
    /// The row is gone.
    #[error("there is no backfill {0}")]
    Missing(BackfillId),
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
    /// So many records cannot be read that the reader or the source must be broken.
    #[error(
        "{quarantined} of {seen} records could not be read, so Daybook stopped: either {source_kind} sends something new, or Daybook reads it wrongly. They are kept in quarantine with their reasons (`daybook sources --quarantine`)"
    )]
    Unreadable {
        /// Which source.
        source_kind: SourceKind,
        /// How many could not be read.
        quarantined: u64,
        /// How many came.
        seen: u64,
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
            Self::Missing(_) => FaultKind::Missing,
            Self::Off { .. } => FaultKind::Forbidden,
            Self::Source(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::NoProgress { .. } | Self::Endless { .. } | Self::Unreadable { .. } => FaultKind::Broken,
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Source(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl RunBackfill {
    /// Runs backfills of these sources. `embeds`: whether stored pages are followed by [`Job::IndexDocuments`].
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        sources: BTreeMap<SourceKind, Arc<dyn Source>>,
        embeds: bool,
    ) -> Self {
        Self { store, clock, sources, embeds }
    }

    /// Goes on with a backfill from its checkpoint, to its end unless the sign goes up.
    pub async fn run(
        &self,
        id: BackfillId,
        lease: &Lease,
        stop: &StopSign,
    ) -> Result<Ended, RunBackfillError> {
        let backfill = self.store.backfill(id).await?.ok_or(RunBackfillError::Missing(id))?;
        if backfill.state.is_over() {
            return Ok(Ended::Finished);
        }
        let source_kind = backfill.source;
        let source = self.sources.get(&source_kind).ok_or(RunBackfillError::Off { source_kind })?;
        let scope = Scope { project: backfill.project.clone(), ..Scope::history(backfill.window) };
        if backfill.state == BackfillState::Queued {
            self.survey(&backfill, source.as_ref(), &scope, lease).await?;
        }
        let known = Arc::new(StoreKnown { store: Arc::clone(&self.store), source: source_kind });
        let mut walk = source.walk(&scope, self.store.checkpoint(id).await?, known).await?;
        loop {
            if stop.is_up() {
                return Ok(Ended::Interrupted);
            }
            // No transaction is open while we wait for another machine.
            let page = match walk.next_page().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(error) => {
                    self.count(id, walk.spent()).await?;
                    return Err(error.into());
                }
            };
            if !self.keep(id, &page, lease).await? {
                return Ok(Ended::Finished);
            }
        }
        self.close(id, lease).await?;
        Ok(Ended::Finished)
    }

    async fn survey(
        &self,
        backfill: &Backfill,
        source: &dyn Source,
        scope: &Scope,
        lease: &Lease,
    ) -> Result<(), RunBackfillError> {
        let mut spent = Spent::default();
        let survey = match source.surveyed(scope, &mut spent).await {
            Ok(survey) => survey,
            Err(error) => {
                self.count(backfill.id, spent).await?;
                return Err(error.into());
            }
        };
        let progress = Progress { expected: survey.expected, ..with(&backfill.progress, spent) };
        let mut tx = self.store.begin().await?;
        tx.hold(lease).await?;
        tx.advance(backfill.id, &progress, None).await?;
        let now = self.clock.now();
        tx.set_backfill_state(backfill.id, BackfillState::Running, &survey.warnings, None, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Adds what a failed call has cost. Not progress: the lease is not held for it, or attempts would begin anew.
    async fn count(&self, id: BackfillId, spent: Spent) -> Result<(), RunBackfillError> {
        let mut tx = self.store.begin().await?;
        if let Some(backfill) = tx.backfill(id).await? {
            tx.advance(id, &with(&backfill.progress, spent), None).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Stores a page; `false` if the backfill was cancelled meanwhile.
    async fn keep(&self, id: BackfillId, page: &Page, lease: &Lease) -> Result<bool, RunBackfillError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.hold(lease).await?;
        let backfill = tx.backfill(id).await?.ok_or(RunBackfillError::Missing(id))?;
        if backfill.state.is_over() {
            return Ok(false);
        }
        let saved = tx.save_records(backfill.source, &page.records, now).await?;
        let ids: Vec<&str> = page.records.iter().map(|record| record.external_id.as_str()).collect();
        let fresh = tx.note_seen(id, &ids).await?;
        let progress = advanced(&backfill.progress, page, saved, fresh);
        refuse_standstill(&backfill, &progress, page, fresh)?;
        tx.advance(id, &progress, Some(&page.cursor)).await?;
        if self.embeds && saved.new + saved.changed > 0 {
            tx.enqueue(&Job::IndexDocuments, JobId(self.clock.fresh_id()), now, None).await?;
        }
        tx.commit().await?;
        // The page is kept, and with it the reasons, before the run is given up.
        refuse_unreadable(&Backfill { progress: progress.clone(), ..backfill }, ENOUGH)?;
        tracing::debug!(backfill.id = %id, page = progress.pages, records.count = page.records.len(), "stored a page");
        Ok(true)
    }

    async fn close(&self, id: BackfillId, lease: &Lease) -> Result<(), RunBackfillError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.hold(lease).await?;
        let backfill = tx.backfill(id).await?.ok_or(RunBackfillError::Missing(id))?;
        if backfill.state.is_over() {
            return Ok(());
        }
        refuse_unreadable(&backfill, 1)?;
        let warnings = warnings(&backfill);
        tx.set_backfill_state(id, BackfillState::Done, &warnings, None, now).await?;
        tx.forget_seen(id).await?;
        if backfill.project.is_none() && is_whole(&backfill.progress) {
            let stretch = Confirmed { from: backfill.window.from, until: backfill.window.to };
            tx.confirm(backfill.source, stretch, now).await?;
        }
        tx.commit().await?;
        for warning in &warnings {
            tracing::warn!(backfill.id = %id, "{warning}");
        }
        tracing::info!(backfill.id = %id, progress = ?backfill.progress, "finished a backfill from {}", backfill.source);
        Ok(())
    }
}

fn with(progress: &Progress, spent: Spent) -> Progress {
    Progress {
        requests: progress.requests + u64::from(spent.requests),
        waits: progress.waits + u64::from(spent.waits),
        ..progress.clone()
    }
}

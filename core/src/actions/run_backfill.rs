//! Reads a window of history, page by page. Each page is stored with its checkpoint, its progress and its follow-up
//! work in one transaction; nothing else is remembered, so that any moment is a good one to be killed.

mod census;
mod error;
mod known;
mod names;
mod numbers;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::error::RunBackfillError;
use self::known::StoreKnown;
use self::numbers::{ENOUGH, advanced, is_whole, refuse_standstill, refuse_unreadable, warnings};
use crate::model::backfill::{Backfill, BackfillId, BackfillState, Progress, RunKind, Window};
use crate::model::document::Tombstone;
use crate::model::job::{Job, Lease, NewJob, StopSign};
use crate::model::source::{Confirmed, SourceKind};
use crate::model::worklog::HoursShown;
use crate::ports::clock::Clock;
use crate::ports::source::{Cursor, Page, Reach, Scope, Source, Spent, Survey};
use crate::ports::store::Store;

/// Runs backfills, syncs and censuses.
pub struct RunBackfill {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    sources: BTreeMap<SourceKind, Arc<dyn Source>>,
    settings: Settings,
}

/// How what comes is treated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Whether stored pages are followed by [`Job::IndexDocuments`].
    pub embeds: bool,
    /// Whom hours are shown to.
    pub hours_shown: HoursShown,
}

/// How a run ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// There is nothing left to do.
    Finished,
    /// It was asked to stop; the rest waits behind the checkpoint.
    Interrupted,
}

/// A run in a worker's hands.
struct Task<'a> {
    id: BackfillId,
    lease: &'a Lease,
    stop: &'a StopSign,
    source: &'a dyn Source,
}

/// How far a walk came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Walked {
    ToTheEnd,
    UntilToldToStop,
    /// Somebody has ended the run meanwhile.
    UntilItWasOver,
}

/// What a walk is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It is the run: its pages are the run's checkpoints.
    Run,
    /// It fetches what a census found missing.
    Mending,
}

impl RunBackfill {
    /// Runs of these sources.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        sources: BTreeMap<SourceKind, Arc<dyn Source>>,
        settings: Settings,
    ) -> Self {
        Self { store, clock, sources, settings }
    }

    /// Goes on with a run from its checkpoint, to its end unless the sign goes up.
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
        let task = Task { id, lease, stop, source: source.as_ref() };
        if backfill.kind == RunKind::Census {
            return self.census(&task, &backfill).await;
        }
        let scope = self.scope(&backfill).await?;
        if backfill.state == BackfillState::Queued {
            self.survey(&backfill, &task, &scope).await?;
        }
        let ended = self.walk(&task, &scope, self.store.checkpoint(id).await?, Purpose::Run).await?;
        if ended == Walked::ToTheEnd {
            self.close(&task).await?;
        }
        Ok(if ended == Walked::UntilToldToStop { Ended::Interrupted } else { Ended::Finished })
    }

    async fn scope(&self, backfill: &Backfill) -> Result<Scope, RunBackfillError> {
        let reach = match (&backfill.item, backfill.kind) {
            (Some(item), _) => Reach::Items(vec![item.clone()]),
            (None, RunKind::Sync) => Reach::Changes(backfill.window),
            (None, _) => Reach::History(backfill.window),
        };
        let also = if backfill.kind == RunKind::Sync {
            let open = self.store.open_records(backfill.source, self.clock.now()).await?;
            open.into_iter().map(|open| open.external_id).collect()
        } else {
            Vec::new()
        };
        Ok(Scope { reach, project: backfill.project.clone(), also })
    }

    /// Walks through a scope and stores it page by page.
    async fn walk(
        &self,
        task: &Task<'_>,
        scope: &Scope,
        after: Option<Cursor>,
        purpose: Purpose,
    ) -> Result<Walked, RunBackfillError> {
        let known = StoreKnown { store: Arc::clone(&self.store), source: task.source.kind() };
        let mut walk = task.source.walk(scope, after, Arc::new(known)).await?;
        loop {
            if task.stop.is_up() {
                return Ok(Walked::UntilToldToStop);
            }
            // No transaction is open while we wait for another machine.
            let page = match walk.next_page().await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(Walked::ToTheEnd),
                Err(error) => {
                    self.count(task.id, walk.spent()).await?;
                    return Err(error.into());
                }
            };
            if !self.keep(task, scope, page, purpose).await? {
                return Ok(Walked::UntilItWasOver);
            }
        }
    }

    async fn survey(
        &self,
        backfill: &Backfill,
        task: &Task<'_>,
        scope: &Scope,
    ) -> Result<(), RunBackfillError> {
        // A sync asks for nothing but what has changed: with nothing to count, it begins at once.
        if backfill.kind == RunKind::Sync {
            return self.begin(backfill, task, backfill.progress.clone(), None).await;
        }
        self.say_counting(backfill, task).await?;
        let mut spent = Spent::default();
        let survey = match task.source.surveyed(scope, &mut spent).await {
            Ok(survey) => survey,
            Err(error) => {
                self.count(backfill.id, spent).await?;
                return Err(error.into());
            }
        };
        let progress =
            Progress { expected: survey.expected, plan: survey.plan, ..with(&backfill.progress, spent) };
        self.begin(backfill, task, progress, Some(&survey)).await
    }

    /// Counting may take minutes at a vendor's pace; whoever watches should not think that nobody is on it.
    async fn say_counting(&self, backfill: &Backfill, task: &Task<'_>) -> Result<(), RunBackfillError> {
        let (now, said) = (self.clock.now(), format!("counting what {} holds", backfill.source));
        let mut tx = self.store.begin().await?;
        tx.hold(task.lease).await?;
        if tx.backfill(task.id).await?.is_some_and(|run| run.state == BackfillState::Queued) {
            tx.set_backfill_state(task.id, BackfillState::Queued, &[], Some(&said), now).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn begin(
        &self,
        backfill: &Backfill,
        task: &Task<'_>,
        progress: Progress,
        survey: Option<&Survey>,
    ) -> Result<(), RunBackfillError> {
        let warnings = survey.map(|survey| survey.warnings.as_slice()).unwrap_or_default();
        let mut tx = self.store.begin().await?;
        tx.hold(task.lease).await?;
        tx.advance(backfill.id, &progress, None).await?;
        let now = self.clock.now();
        tx.set_backfill_state(backfill.id, BackfillState::Running, warnings, None, now).await?;
        if let Some(survey) = survey {
            tx.note_unseen(backfill.source, &survey.unseen).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Adds what a failed call has cost. Not progress: the lease is not held for it, or attempts would begin anew.
    async fn count(&self, id: BackfillId, spent: Spent) -> Result<(), RunBackfillError> {
        let mut tx = self.store.begin().await?;
        // What is over keeps the reason for which it ended.
        if let Some(backfill) = tx.backfill(id).await?.filter(|backfill| !backfill.state.is_over()) {
            tx.advance(id, &with(&backfill.progress, spent), None).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Stores a page; `false` if the run was cancelled meanwhile.
    async fn keep(
        &self,
        task: &Task<'_>,
        scope: &Scope,
        mut page: Page,
        purpose: Purpose,
    ) -> Result<bool, RunBackfillError> {
        let (id, now) = (task.id, self.clock.now());
        let mut tx = self.store.begin().await?;
        tx.hold(task.lease).await?;
        let backfill = tx.backfill(id).await?.ok_or(RunBackfillError::Missing(id))?;
        if backfill.state.is_over() {
            return Ok(false);
        }
        let source = backfill.source;
        let shown = self.settings.hours_shown;
        let saved = names::save(tx.as_mut(), source, &mut page.records, shown, now).await?;
        let gone: Vec<(&str, Tombstone)> = page.gone.iter().map(|(id, why)| (id.as_str(), *why)).collect();
        let buried = names::bury(tx.as_mut(), source, &gone, shown, now).await?;
        let changes = tx.save_changes(source, &page.changes).await?;
        let came = page.records.iter().map(|record| &record.external_id).chain(&page.unchanged);
        let ids: Vec<&str> = came.map(String::as_str).collect();
        let fresh = tx.note_seen(id, &ids).await?;
        let progress = advanced(&backfill.progress, &page, saved, fresh);
        let progress =
            Progress { gone: progress.gone + buried, changes: progress.changes + changes, ..progress };
        if purpose == Purpose::Run {
            let came = ids.iter().filter(|id| !scope.also.iter().any(|also| also == *id)).count();
            refuse_standstill(&backfill, &progress, &page, fresh, came)?;
            tx.advance(id, &progress, Some(&page.cursor)).await?;
        } else {
            tx.advance(id, &progress, None).await?;
        }
        if self.settings.embeds && saved.new + saved.changed > 0 {
            tx.enqueue(&NewJob::now(Job::IndexDocuments, self.clock.fresh_id())).await?;
        }
        tx.commit().await?;
        // The page is kept, and with it the reasons, before the run is given up.
        refuse_unreadable(self.store.as_ref(), &Backfill { progress: progress.clone(), ..backfill }, ENOUGH)
            .await?;
        tracing::debug!(backfill.id = %id, page = progress.pages, records.count = page.records.len(), "stored a page");
        Ok(true)
    }

    async fn close(&self, task: &Task<'_>) -> Result<(), RunBackfillError> {
        let (id, lease, now) = (task.id, task.lease, self.clock.now());
        let backfill = self.store.backfill(id).await?.ok_or(RunBackfillError::Missing(id))?;
        refuse_unreadable(self.store.as_ref(), &backfill, 1).await?;
        let nothing_came = backfill.progress.distinct == 0 && backfill.progress.gone == 0;
        if let Some(item) = backfill.item.clone().filter(|_| nothing_came) {
            return Err(RunBackfillError::NoSuchItem { source_kind: backfill.source, item });
        }
        let mut tx = self.store.begin().await?;
        tx.hold(lease).await?;
        let backfill = tx.backfill(id).await?.ok_or(RunBackfillError::Missing(id))?;
        if backfill.state.is_over() {
            return Ok(());
        }
        let warnings = warnings(&backfill);
        tx.set_backfill_state(id, BackfillState::Done, &warnings, None, now).await?;
        tx.forget_seen(id).await?;
        if backfill.project.is_none() && backfill.item.is_none() && is_whole(&backfill.progress) {
            let Window { from, mut to, .. } = backfill.window;
            // A source that is late is read up to the last moment, and not believed that far: whoever reads next begins
            // there.
            if backfill.kind == RunKind::Sync {
                to = (to - task.source.manners().settle()).max(from);
            }
            let stretch = Confirmed { from, until: to };
            tx.confirm(backfill.source, stretch, now).await?;
        }
        tx.commit().await?;
        for warning in &warnings {
            tracing::warn!(backfill.id = %id, "{warning}");
        }
        tracing::info!(backfill.id = %id, progress = ?backfill.progress, "finished a {} of {}", backfill.kind.word(), backfill.source);
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

//! Compares everything a source lists with everything held. What is missing is read; what is gone becomes a tombstone,
//! after the source was asked for each record, and never much of it without a person's word.

use std::collections::BTreeSet;

use super::{Ended, Purpose, RunBackfill, RunBackfillError, Task, Walked, names};
use crate::model::backfill::{Backfill, BackfillState, Progress};
use crate::model::census::{Difference, Ledger, MOST_DIFFERENCES, Outcome, needs_confirmation};
use crate::model::document::Tombstone;
use crate::ports::source::{CensusPage, Fate, Listed, Reach, Scope, SourceError, Spent};
use crate::ports::store::Comparison;

/// Records that are asked for together.
const TOGETHER: usize = 100;
/// More missing records than this are a backfill's work.
const MOST_MENDED: usize = 1_000;

impl RunBackfill {
    /// Takes a census, or goes on with one.
    pub(super) async fn census(
        &self,
        task: &Task<'_>,
        backfill: &Backfill,
    ) -> Result<Ended, RunBackfillError> {
        if backfill.state == BackfillState::Queued {
            self.begin(backfill, task, backfill.progress.clone(), None).await?;
        }
        let mut census =
            task.source.census(backfill.window.from, self.store.checkpoint(task.id).await?).await?;
        loop {
            if task.stop.is_up() {
                return Ok(Ended::Interrupted);
            }
            match census.next_page().await {
                Ok(Some(page)) => {
                    if !self.note(task, &page).await? {
                        return Ok(Ended::Finished);
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    self.count(task.id, census.spent()).await?;
                    return Err(error.into());
                }
            }
        }
        self.settle(task).await
    }

    /// Keeps a page of the list; `false` if the run was ended meanwhile.
    async fn note(&self, task: &Task<'_>, page: &CensusPage) -> Result<bool, RunBackfillError> {
        let mut tx = self.store.begin().await?;
        tx.hold(task.lease).await?;
        let backfill = tx.backfill(task.id).await?.ok_or(RunBackfillError::Missing(task.id))?;
        if backfill.state.is_over() {
            return Ok(false);
        }
        let fresh = tx.note_listed(task.id, &page.listed).await?;
        let before = &backfill.progress;
        let (seen, distinct) = (before.seen + page.listed.len() as u64, before.distinct + fresh);
        // A list may begin anew when its token dies; one that gives everything thrice does not end.
        if seen > distinct * 2 + 10_000 {
            return Err(RunBackfillError::Endless { source_kind: backfill.source, seen, expected: distinct });
        }
        let progress = Progress {
            requests: before.requests + u64::from(page.spent.requests),
            waits: before.waits + u64::from(page.spent.waits),
            pages: before.pages + 1,
            seen,
            distinct,
            projects: before
                .projects
                .iter()
                .chain(&page.projects)
                .cloned()
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            ..before.clone()
        };
        tx.advance(task.id, &progress, Some(&page.cursor)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Compares, mends, takes away, and writes down what was found.
    async fn settle(&self, task: &Task<'_>) -> Result<Ended, RunBackfillError> {
        let (backfill, found) = self.compared(task).await?;
        if backfill.state.is_over() {
            return Ok(Ended::Finished);
        }
        let gone = found.gone();
        let is_too_much = needs_confirmation(gone, found.held) && !backfill.accepts_losses;
        let mut differences = Vec::new();
        match self.mend(task, &found).await? {
            Some(mended) => differences.extend(mended),
            None => return Ok(Ended::Interrupted),
        }
        match self.renew(task, &found).await? {
            Some(renewed) => differences.extend(renewed),
            None => return Ok(Ended::Interrupted),
        }
        if is_too_much {
            let kept = found.surplus.iter().map(|(listed, key)| difference(listed, Some(key), Outcome::Kept));
            differences.extend(kept);
        } else {
            match self.take_away(task, &found.surplus).await? {
                Some(taken) => differences.extend(taken),
                None => return Ok(Ended::Interrupted),
            }
        }
        let ledger = Ledger {
            from: Some(backfill.window.from),
            compared_at: Some(self.clock.now()),
            source: found.source,
            held: found.held,
            lines: found.lines,
            // What is beyond the lists is counted all the same.
            differing: differences.len() as u64
                + found.missing_beyond
                + found.surplus_beyond
                + found.stale_beyond,
            differences: differences.into_iter().take(MOST_DIFFERENCES).collect(),
            unseen_projects: found.unseen_projects,
            older: found.older,
        };
        self.end_census(task, &ledger, !is_too_much).await?;
        if is_too_much {
            let source_kind = backfill.source;
            return Err(RunBackfillError::TooManyGone { source_kind, gone, held: found.held });
        }
        Ok(Ended::Finished)
    }

    /// The comparison is kept: whoever goes on with a census mends what it found, not what is left of it by now.
    async fn compared(&self, task: &Task<'_>) -> Result<(Backfill, Comparison), RunBackfillError> {
        let mut tx = self.store.begin().await?;
        tx.hold(task.lease).await?;
        let backfill = tx.backfill(task.id).await?.ok_or(RunBackfillError::Missing(task.id))?;
        // Whoever accepts losses says that also projects which are listed no more are gone.
        let projects: &[String] = if backfill.accepts_losses { &[] } else { &backfill.progress.projects };
        let found = tx.compare(task.id, backfill.source, backfill.window.from, projects).await?;
        tx.commit().await?;
        Ok((backfill, found))
    }

    /// Reads what is missing; `None`: told to stop.
    async fn mend(
        &self,
        task: &Task<'_>,
        found: &Comparison,
    ) -> Result<Option<Vec<Difference>>, RunBackfillError> {
        let missing = &found.missing;
        if missing.len() > MOST_MENDED || found.missing_beyond > 0 {
            return Ok(Some(
                missing.iter().map(|listed| difference(listed, None, Outcome::Missing)).collect(),
            ));
        }
        let mut mended = Vec::new();
        for some in missing.chunks(TOGETHER) {
            let ids: Vec<&str> = some.iter().map(|listed| listed.external_id.as_str()).collect();
            // Some were read already if this census was interrupted here.
            let held = self.store.held_records(task.source.kind(), &ids).await?;
            let still = ids.iter().filter(|id| !held.contains_key(**id));
            let still: Vec<String> = still.map(|id| (*id).to_owned()).collect();
            if !self.fetch(task, still).await? {
                return Ok(None);
            }
            let held = self.store.held_records(task.source.kind(), &ids).await?;
            mended.extend(some.iter().map(|listed| {
                let is_held = held.contains_key(&listed.external_id);
                difference(listed, None, if is_held { Outcome::Fetched } else { Outcome::Unavailable })
            }));
        }
        Ok(Some(mended))
    }

    /// Reads records by their ids; `false`: told to stop. One that the source does not accept keeps nobody from the
    /// others: it stays what it is.
    async fn fetch(&self, task: &Task<'_>, ids: Vec<String>) -> Result<bool, RunBackfillError> {
        let scope = |ids| Scope { reach: Reach::Items(ids), project: None, also: Vec::new() };
        if ids.is_empty() {
            return Ok(true);
        }
        match self.walk(task, &scope(ids.clone()), None, Purpose::Mending).await {
            Err(RunBackfillError::Source(SourceError::Unacceptable { .. })) => {}
            walked => return Ok(walked? == Walked::ToTheEnd),
        }
        for id in ids {
            match self.walk(task, &scope(vec![id]), None, Purpose::Mending).await {
                Ok(Walked::ToTheEnd) | Err(RunBackfillError::Source(SourceError::Unacceptable { .. })) => {}
                Ok(_) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Reads again what has changed without a sync noticing; `None`: told to stop.
    async fn renew(
        &self,
        task: &Task<'_>,
        found: &Comparison,
    ) -> Result<Option<Vec<Difference>>, RunBackfillError> {
        let is_too_much = found.stale.len() > MOST_MENDED || found.stale_beyond > 0;
        let outcome = if is_too_much { Outcome::Missing } else { Outcome::Renewed };
        for some in found.stale.chunks(TOGETHER).filter(|_| !is_too_much) {
            let ids = some.iter().map(|(listed, _)| listed.external_id.clone()).collect();
            if !self.fetch(task, ids).await? {
                return Ok(None);
            }
        }
        let stale = found.stale.iter();
        Ok(Some(stale.map(|(listed, key)| difference(listed, Some(key), outcome)).collect()))
    }

    /// Asks what became of records that were not listed, and takes those away that left; `None`: told to stop.
    async fn take_away(
        &self,
        task: &Task<'_>,
        surplus: &[(Listed, String)],
    ) -> Result<Option<Vec<Difference>>, RunBackfillError> {
        let mut taken = Vec::new();
        for some in surplus.chunks(TOGETHER) {
            if task.stop.is_up() {
                return Ok(None);
            }
            let ids: Vec<&str> = some.iter().map(|(listed, _)| listed.external_id.as_str()).collect();
            let mut spent = Spent::default();
            let records: Vec<Listed> = some.iter().map(|(listed, _)| listed.clone()).collect();
            let fates = task.source.fates_of(&records, &mut spent).await;
            self.count(task.id, spent).await?;
            let fates = fates?;
            if fates.len() != ids.len() {
                return Err(RunBackfillError::Fates {
                    source_kind: task.source.kind(),
                    asked: ids.len(),
                    answered: fates.len(),
                });
            }
            let gone: Vec<(&str, Tombstone)> = ids
                .iter()
                .zip(&fates)
                .filter_map(|(id, fate)| match fate {
                    Fate::Left(reason) => Some((*id, *reason)),
                    Fate::There | Fate::Unclear => None,
                })
                .collect();
            let mut tx = self.store.begin().await?;
            tx.hold(task.lease).await?;
            let (source, shown) = (task.source.kind(), self.settings.hours_shown);
            let buried = names::bury(tx.as_mut(), source, &gone, shown, self.clock.now()).await?;
            if let Some(backfill) = tx.backfill(task.id).await? {
                let progress = Progress { gone: backfill.progress.gone + buried, ..backfill.progress };
                tx.advance(task.id, &progress, None).await?;
            }
            tx.commit().await?;
            taken.extend(some.iter().zip(&fates).map(|((listed, key), fate)| {
                let outcome = match fate {
                    Fate::Left(reason) => Outcome::Tombstoned(*reason),
                    Fate::There => Outcome::Unlisted,
                    Fate::Unclear => Outcome::Kept,
                };
                difference(listed, Some(key), outcome)
            }));
        }
        Ok(Some(taken))
    }

    async fn end_census(
        &self,
        task: &Task<'_>,
        ledger: &Ledger,
        ends_well: bool,
    ) -> Result<(), RunBackfillError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.hold(task.lease).await?;
        tx.save_ledger(task.source.kind(), ledger).await?;
        if ends_well {
            tx.set_backfill_state(task.id, BackfillState::Done, &warnings(ledger), None, now).await?;
            tx.forget_seen(task.id).await?;
        }
        tx.commit().await?;
        tracing::info!(backfill.id = %task.id, source.listed = ledger.source, held = ledger.held,
            differing = ledger.differing, "took a census of {}", task.source.kind());
        Ok(())
    }
}

fn difference(listed: &Listed, key: Option<&String>, outcome: Outcome) -> Difference {
    Difference {
        external_id: listed.external_id.clone(),
        key: key.cloned(),
        project: listed.project.clone(),
        day: listed.day,
        outcome,
    }
}

fn warnings(ledger: &Ledger) -> Vec<String> {
    let mut warnings = Vec::new();
    if !ledger.unseen_projects.is_empty() {
        warnings.push(format!(
            "the credential no longer sees {}: what is held of them was neither compared nor taken away",
            ledger.unseen_projects.join(", ")
        ));
    }
    if ledger.older > 0 {
        warnings.push(format!(
            "{} records are held from before the stretch that is kept complete, and were not compared: a backfill that reaches back to them brings them in",
            ledger.older
        ));
    }
    let outcomes: BTreeSet<_> = ledger.differences.iter().map(|one| format!("{:?}", one.outcome)).collect();
    if outcomes.contains("Missing") {
        warnings.push("many records are missing: start a backfill".to_owned());
    }
    warnings
}

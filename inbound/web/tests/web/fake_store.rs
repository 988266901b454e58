//! A store in memory, with as much of it as the routes use.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::{Backfill, BackfillId, BackfillState, Progress};
use daybook_core::model::census::Ledger;
use daybook_core::model::document::{
    Change, Document, DocumentId, Record, Revision, StoredDocument, Tombstone,
};
use daybook_core::model::job::{Claimed, JobId, JobRow, Lease, NewJob, Outcome, QueueCounts, QueueState};
use daybook_core::model::passage::PassageVector;
use daybook_core::model::source::{Confirmed, Freshness, SourceKind};
use daybook_core::model::worklog::IssueOutline;
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::source::{Cursor, HeldRecord, Listed};
use daybook_core::ports::store::{
    Announcements, Comparison, DocumentCounts, Embedded, Gap, JobFilter, OpenRecord, Quarantined, Retention,
    Saved, Store, StoreError, Transaction, Unembedded, Wish,
};

/// What is in it.
#[derive(Default)]
pub(crate) struct FakeStore {
    pub(crate) documents: Vec<StoredDocument>,
    pub(crate) freshness: Vec<Freshness>,
    pub(crate) backfills: Arc<Mutex<Vec<Backfill>>>,
    /// The changes of the first document.
    pub(crate) changes: Vec<Change>,
    /// What Jira's newest census found.
    pub(crate) ledger: Mutex<Option<Ledger>>,
    pub(crate) gaps: Vec<Gap>,
    pub(crate) open: Vec<OpenRecord>,
    pub(crate) quarantined: Vec<Quarantined>,
    /// When what runs on its own is due.
    pub(crate) ticks: HashMap<String, DateTime<Utc>>,
    /// Whether the database is away.
    pub(crate) is_away: AtomicBool,
    /// Whether somebody works.
    pub(crate) has_worker: AtomicBool,
    /// Whether reading a document panics.
    pub(crate) panics: AtomicBool,
}

impl FakeStore {
    fn check(&self) -> Result<(), StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            let source = Box::new(std::io::Error::other("password=hunter2 at 10.0.0.1"));
            return Err(StoreError::Failed { doing: "look", source });
        }
        Ok(())
    }

    fn rows(&self) -> Vec<Backfill> {
        self.backfills.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Store for FakeStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        self.check()?;
        Ok(Box::new(FakeTransaction { rows: self.rows(), backfills: Arc::clone(&self.backfills) }))
    }

    async fn backfill(&self, id: BackfillId) -> Result<Option<Backfill>, StoreError> {
        self.check()?;
        Ok(self.rows().into_iter().find(|one| one.id == id))
    }

    async fn backfills(&self, _: u32) -> Result<Vec<Backfill>, StoreError> {
        self.check()?;
        Ok(self.rows().into_iter().rev().collect())
    }

    async fn documents(
        &self,
        ids: &[DocumentId],
        viewer: &Viewer,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        self.check()?;
        assert!(!self.panics.load(Ordering::Relaxed), "the store panics, secret=hunter2");
        let mine = |one: &&StoredDocument| ids.contains(&one.id) && viewer.may_see(&one.document.audience);
        Ok(self.documents.iter().filter(mine).cloned().collect())
    }

    async fn document_beginnings(
        &self,
        ids: &[DocumentId],
        viewer: &Viewer,
        _: u32,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        self.documents(ids, viewer).await
    }

    async fn document_counts(
        &self,
        _: Option<&ModelId>,
        viewer: &Viewer,
    ) -> Result<DocumentCounts, StoreError> {
        self.check()?;
        let seen = |one: &&StoredDocument| one.tombstone.is_none() && viewer.may_see(&one.document.audience);
        let held = self.documents.iter().filter(seen).count() as u64;
        let is_worklog = |one: &&StoredDocument| !one.document.kind.has_meaning();
        let without_meaning = self.documents.iter().filter(seen).filter(is_worklog).count() as u64;
        Ok(DocumentCounts { held, with_vectors: 0, without_meaning })
    }

    async fn freshness(&self, _: &Viewer) -> Result<Vec<Freshness>, StoreError> {
        self.check()?;
        Ok(self.freshness.clone())
    }

    async fn queue_counts(&self) -> Result<QueueCounts, StoreError> {
        self.check()?;
        Ok(QueueCounts { pending: 2, running: 1, failed: 0 })
    }

    async fn worker_seen_within(&self, _: Duration) -> Result<bool, StoreError> {
        Ok(self.has_worker.load(Ordering::Relaxed))
    }

    async fn checkpoint(&self, _: BackfillId) -> Result<Option<Cursor>, StoreError> {
        unasked()
    }
    async fn document_changes(&self, _: Revision, _: u32, _: u64) -> Result<Vec<StoredDocument>, StoreError> {
        unasked()
    }
    async fn document_outlines(&self, _: Revision, _: u32) -> Result<Vec<StoredDocument>, StoreError> {
        unasked()
    }
    async fn vector_changes(
        &self,
        _: &ModelId,
        _: Revision,
        _: u32,
    ) -> Result<Vec<PassageVector>, StoreError> {
        unasked()
    }
    async fn without_vectors(&self, _: &ModelId, _: u32) -> Result<Vec<Unembedded>, StoreError> {
        unasked()
    }
    async fn revision(&self) -> Result<Revision, StoreError> {
        self.check()?;
        Ok(Revision(1))
    }
    async fn raw_digests(&self, _: SourceKind, _: &str, _: u32) -> Result<Vec<(String, String)>, StoreError> {
        unasked()
    }
    async fn quarantined(&self, _: SourceKind, _: u32) -> Result<Vec<Quarantined>, StoreError> {
        Ok(self.quarantined.clone())
    }
    async fn raw_record(&self, _: SourceKind, _: &str) -> Result<Option<Vec<u8>>, StoreError> {
        unasked()
    }
    async fn held_records(
        &self,
        _: SourceKind,
        _: &[&str],
    ) -> Result<HashMap<String, HeldRecord>, StoreError> {
        unasked()
    }
    async fn gaps(&self, _: SourceKind, _: u32) -> Result<Vec<Gap>, StoreError> {
        Ok(self.gaps.clone())
    }
    async fn open_records(&self, _: SourceKind, _: DateTime<Utc>) -> Result<Vec<OpenRecord>, StoreError> {
        Ok(self.open.clone())
    }
    async fn changes(&self, id: DocumentId, _: &Viewer) -> Result<Vec<Change>, StoreError> {
        let is_first = self.documents.first().is_some_and(|first| first.id == id);
        Ok(if is_first { self.changes.clone() } else { Vec::new() })
    }
    async fn ledger(&self, _: SourceKind) -> Result<Option<Ledger>, StoreError> {
        Ok(self.ledger.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
    async fn ticks(&self) -> Result<HashMap<String, DateTime<Utc>>, StoreError> {
        self.check()?;
        Ok(self.ticks.clone())
    }
    async fn now(&self) -> Result<DateTime<Utc>, StoreError> {
        self.check()?;
        Ok("2026-11-24T15:00:00Z".parse().unwrap_or_default())
    }
    async fn submit(&self, _: NewJob) -> Result<bool, StoreError> {
        unasked()
    }
    async fn claim(&self, _: &Wish<'_>) -> Result<Vec<Claimed>, StoreError> {
        unasked()
    }
    async fn extend(&self, _: &[Lease], _: Duration) -> Result<Vec<Lease>, StoreError> {
        unasked()
    }
    async fn complete(&self, _: &[Lease]) -> Result<u64, StoreError> {
        unasked()
    }
    async fn next_due(&self, _: &str) -> Result<Option<TimeDelta>, StoreError> {
        unasked()
    }
    fn announcements(&self) -> Box<dyn Announcements> {
        unreachable!("no way in waits for jobs")
    }
    async fn queues(&self, _: &[&str]) -> Result<Vec<QueueState>, StoreError> {
        unasked()
    }
    async fn pause_queue(&self, _: &str, _: &str) -> Result<(), StoreError> {
        unasked()
    }
    async fn resume_queue(&self, _: &str) -> Result<(), StoreError> {
        unasked()
    }
    async fn jobs(&self, _: &JobFilter, _: Duration) -> Result<Vec<JobRow>, StoreError> {
        unasked()
    }
    async fn job(&self, _: JobId, _: Duration) -> Result<Option<JobRow>, StoreError> {
        unasked()
    }
    async fn sweep(&self, _: &Retention) -> Result<(), StoreError> {
        unasked()
    }
    async fn lead(&self, _: &str, _: &str, _: Duration) -> Result<Option<i64>, StoreError> {
        unasked()
    }
    async fn resign(&self, _: &str, _: &str) -> Result<(), StoreError> {
        unasked()
    }
    async fn writable(&self) -> Result<(), StoreError> {
        self.check()
    }
    async fn worker_beat(&self, _: &str) -> Result<(), StoreError> {
        unasked()
    }
}

struct FakeTransaction {
    rows: Vec<Backfill>,
    backfills: Arc<Mutex<Vec<Backfill>>>,
}

#[async_trait]
impl Transaction for FakeTransaction {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        *self.backfills.lock().unwrap_or_else(PoisonError::into_inner) = self.rows;
        Ok(())
    }

    async fn enqueue(&mut self, _: &NewJob) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn end_jobs(&mut self, _: &str, _: &str) -> Result<u64, StoreError> {
        Ok(1)
    }
    async fn job(&mut self, _: JobId) -> Result<Option<JobRow>, StoreError> {
        unasked()
    }
    async fn end_job(&mut self, _: JobId, _: &str) -> Result<bool, StoreError> {
        unasked()
    }
    async fn requeue(&mut self, _: JobId) -> Result<bool, StoreError> {
        unasked()
    }
    async fn restart_backfill(&mut self, _: BackfillId) -> Result<(), StoreError> {
        unasked()
    }

    async fn add_backfill(&mut self, backfill: &Backfill) -> Result<(), StoreError> {
        self.rows.push(backfill.clone());
        Ok(())
    }

    async fn active_backfills(&mut self, source: SourceKind) -> Result<Vec<Backfill>, StoreError> {
        let active = |one: &&Backfill| one.source == source && !one.state.is_over();
        Ok(self.rows.iter().filter(active).cloned().collect())
    }

    async fn backfill(&mut self, id: BackfillId) -> Result<Option<Backfill>, StoreError> {
        Ok(self.rows.iter().find(|one| one.id == id).cloned())
    }

    async fn set_backfill_state(
        &mut self,
        id: BackfillId,
        state: BackfillState,
        warnings: &[String],
        error: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        for one in self.rows.iter_mut().filter(|one| one.id == id) {
            one.state = state;
            one.warnings = warnings.to_vec();
            one.error = error.map(str::to_owned);
            one.finished_at = state.is_over().then_some(now);
        }
        Ok(())
    }

    async fn forget_seen(&mut self, _: BackfillId) -> Result<(), StoreError> {
        Ok(())
    }

    async fn hold(&mut self, _: &Lease) -> Result<(), StoreError> {
        unasked()
    }
    async fn finish(&mut self, _: &Lease, _: &Outcome) -> Result<(), StoreError> {
        unasked()
    }
    async fn advance(&mut self, _: BackfillId, _: &Progress, _: Option<&Cursor>) -> Result<(), StoreError> {
        unasked()
    }
    async fn note_seen(&mut self, _: BackfillId, _: &[&str]) -> Result<u64, StoreError> {
        unasked()
    }
    async fn save_records(
        &mut self,
        _: SourceKind,
        _: &[Record],
        _: DateTime<Utc>,
    ) -> Result<Saved, StoreError> {
        unasked()
    }
    async fn confirm(&mut self, _: SourceKind, _: Confirmed, _: DateTime<Utc>) -> Result<(), StoreError> {
        unasked()
    }
    async fn note_failure(&mut self, _: SourceKind, _: &str, _: DateTime<Utc>) -> Result<(), StoreError> {
        unasked()
    }
    async fn save_documents(
        &mut self,
        _: &[(String, Document)],
        _: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        unasked()
    }
    async fn save_changes(&mut self, _: SourceKind, _: &[Change]) -> Result<u64, StoreError> {
        unasked()
    }
    async fn bury(
        &mut self,
        _: SourceKind,
        _: &[(&str, Tombstone)],
        _: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        unasked()
    }
    async fn issues(&mut self, _: &[&str]) -> Result<Vec<IssueOutline>, StoreError> {
        unasked()
    }
    async fn account_names(&mut self, _: &[&str]) -> Result<HashMap<String, String>, StoreError> {
        unasked()
    }
    async fn worklogs_on(&mut self, _: &[&str]) -> Result<Vec<(String, Document)>, StoreError> {
        unasked()
    }
    async fn note_listed(&mut self, _: BackfillId, _: &[Listed]) -> Result<u64, StoreError> {
        unasked()
    }
    async fn compare(
        &mut self,
        _: BackfillId,
        _: SourceKind,
        _: DateTime<Utc>,
        _: &[String],
    ) -> Result<Comparison, StoreError> {
        unasked()
    }
    async fn save_ledger(&mut self, _: SourceKind, _: &Ledger) -> Result<(), StoreError> {
        unasked()
    }
    async fn note_unseen(&mut self, _: SourceKind, _: &[String]) -> Result<(), StoreError> {
        unasked()
    }
    async fn take_tick(&mut self, _: &str, _: DateTime<Utc>, _: DateTime<Utc>) -> Result<bool, StoreError> {
        unasked()
    }
    async fn forget_tick(&mut self, _: &str) -> Result<(), StoreError> {
        unasked()
    }
    async fn save_vectors(&mut self, _: &ModelId, _: &[Embedded]) -> Result<(), StoreError> {
        unasked()
    }
}

fn unasked<T>() -> T {
    unreachable!("no route asks the store for this")
}

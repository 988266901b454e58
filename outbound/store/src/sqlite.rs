//! The store on SQLite: one writing connection, several reading ones, write-ahead log, every commit synced.

mod backfills;
mod budgets;
mod censuses;
mod changes;
mod documents;
mod file;
mod jobs;
mod leftovers;
mod moment;
mod opening;
mod passages;
mod quarantine;
mod queues;
mod raw_records;
mod records;
mod rows;
mod sources;
mod ticks;
mod transaction;
mod worklogs;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::{Backfill, BackfillId};
use daybook_core::model::census::Ledger;
use daybook_core::model::document::{Change, DocumentId, Revision, StoredDocument};
use daybook_core::model::job::{Claimed, JobId, JobRow, Lease, NewJob, QueueCounts, QueueState};
use daybook_core::model::passage::PassageVector;
use daybook_core::model::source::{Freshness, SourceKind};
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::source::{Cursor, HeldRecord};
use daybook_core::ports::store::{
    Announcements, DocumentCounts, Gap, JobFilter, OpenRecord, Quarantined, Retention, Store, StoreError,
    Transaction, Unembedded, Wish,
};
use sqlx::SqlitePool;
use tokio::sync::{Mutex, watch};

pub use self::budgets::SqliteBudget;
use self::file::DatabaseFile;
use self::moment::Moment;
pub use self::opening::Settings;
use self::transaction::SqliteTransaction;
use crate::announced::{Announced, announce};
use crate::crash::Crash;
use crate::grouped::Grouped;

/// How long a trial write speaks for those after it: whoever asks often makes no writes by it.
const TRIAL_HOLDS: Duration = Duration::from_secs(5);
/// How long a trial waits for its turn; somebody who writes at length shows that writing works.
const TRIAL_WAITS: Duration = Duration::from_secs(1);

/// The store on SQLite.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    file: Arc<DatabaseFile>,
    crash: Option<Arc<Crash>>,
    /// When a trial write last succeeded.
    tried: Arc<Mutex<Option<Instant>>>,
    moment: Moment,
    grouped: Arc<Grouped>,
    announced: watch::Sender<()>,
}

type Result<T> = std::result::Result<T, StoreError>;

/// Names what was being tried when the database failed.
fn failed(doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Failed { doing, source: Box::new(source) }
}

#[async_trait]
impl Store for SqliteStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>> {
        // Immediate: the right to write is taken at the beginning, so that no transaction fails half-way for it.
        let doing = "begin a transaction";
        self.file.check(doing)?;
        let tx = self.writer.begin_with("begin immediate").await.map_err(failed(doing))?;
        Ok(Box::new(SqliteTransaction {
            tx,
            file: Arc::clone(&self.file),
            crash: self.crash.clone(),
            moment: self.moment.clone(),
            announced: self.announced.clone(),
            has_news: false,
        }))
    }

    async fn backfill(&self, id: BackfillId) -> Result<Option<Backfill>> {
        backfills::backfill(&self.readers, id).await
    }

    async fn backfills(&self, limit: u32) -> Result<Vec<Backfill>> {
        backfills::backfills(&self.readers, limit).await
    }

    async fn checkpoint(&self, id: BackfillId) -> Result<Option<Cursor>> {
        backfills::checkpoint(&self.readers, id).await
    }

    async fn documents(&self, ids: &[DocumentId], viewer: &Viewer) -> Result<Vec<StoredDocument>> {
        documents::documents(&self.readers, ids, viewer).await
    }

    async fn document_beginnings(
        &self,
        ids: &[DocumentId],
        viewer: &Viewer,
        characters: u32,
    ) -> Result<Vec<StoredDocument>> {
        documents::document_beginnings(&self.readers, ids, viewer, characters).await
    }

    async fn document_changes(&self, since: Revision, limit: u32, bytes: u64) -> Result<Vec<StoredDocument>> {
        documents::document_changes(&self.readers, since, limit, bytes).await
    }

    async fn document_outlines(&self, since: Revision, limit: u32) -> Result<Vec<StoredDocument>> {
        documents::document_outlines(&self.readers, since, limit).await
    }

    async fn vector_changes(
        &self,
        model: &ModelId,
        since: Revision,
        limit: u32,
    ) -> Result<Vec<PassageVector>> {
        passages::vector_changes(&self.readers, model, since, limit).await
    }

    async fn without_vectors(&self, model: &ModelId, limit: u32) -> Result<Vec<Unembedded>> {
        passages::without_vectors(&self.readers, model, limit).await
    }

    async fn revision(&self) -> Result<Revision> {
        documents::revision(&self.readers).await
    }

    async fn document_counts(&self, model: Option<&ModelId>, viewer: &Viewer) -> Result<DocumentCounts> {
        documents::document_counts(&self.readers, model, viewer).await
    }

    async fn freshness(&self, viewer: &Viewer) -> Result<Vec<Freshness>> {
        sources::freshness(&self.readers, viewer).await
    }

    async fn raw_digests(
        &self,
        source: SourceKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, String)>> {
        raw_records::raw_digests(&self.readers, source, after, limit).await
    }

    async fn quarantined(&self, source: SourceKind, limit: u32) -> Result<Vec<Quarantined>> {
        quarantine::quarantined(&self.readers, source, limit).await
    }

    async fn raw_record(&self, source: SourceKind, external_id: &str) -> Result<Option<Vec<u8>>> {
        raw_records::raw_record(&self.readers, source, external_id).await
    }

    async fn held_records(
        &self,
        source: SourceKind,
        external_ids: &[&str],
    ) -> Result<HashMap<String, HeldRecord>> {
        raw_records::held_records(&self.readers, source, external_ids).await
    }

    async fn gaps(&self, source: SourceKind, limit: u32) -> Result<Vec<Gap>> {
        leftovers::gaps(&self.readers, source, limit).await
    }

    async fn open_records(&self, source: SourceKind, now: DateTime<Utc>) -> Result<Vec<OpenRecord>> {
        leftovers::open_records(&self.readers, source, now).await
    }

    async fn changes(&self, id: DocumentId, viewer: &Viewer) -> Result<Vec<Change>> {
        changes::changes(&self.readers, id, viewer).await
    }

    async fn ledger(&self, source: SourceKind) -> Result<Option<Ledger>> {
        censuses::ledger(&self.readers, source).await
    }

    async fn ticks(&self) -> Result<HashMap<String, DateTime<Utc>>> {
        ticks::ticks(&mut *self.reader("read what is due when").await?).await
    }

    async fn now(&self) -> Result<DateTime<Utc>> {
        let doing = "ask the database what time it is";
        rows::time(self.moment.now(&mut *self.reader(doing).await?).await?, doing)
    }

    async fn submit(&self, job: NewJob) -> Result<bool> {
        let write = async |jobs: Vec<NewJob>| {
            let doing = "put jobs into the queue";
            self.file.check(doing)?;
            let mut tx = self.writer.begin_with("begin immediate").await.map_err(failed(doing))?;
            let fresh = jobs::enqueue(&mut tx, &self.moment, &jobs).await?;
            if let Some(crash) = &self.crash {
                crash.before();
            }
            tx.commit().await.map_err(failed(doing))?;
            if let Some(crash) = &self.crash {
                crash.after();
            }
            announce(&self.announced);
            self.file.check(doing).map(|()| fresh)
        };
        self.grouped.submit(job, write).await
    }

    async fn claim(&self, wish: &Wish<'_>) -> Result<Vec<Claimed>> {
        if let Some(crash) = &self.crash {
            crash.before();
        }
        let claimed = jobs::claim(&mut *self.writer("claim jobs").await?, &self.moment, wish).await;
        if let Some(crash) = &self.crash {
            crash.after();
        }
        claimed
    }

    async fn extend(&self, leases: &[Lease], length: Duration) -> Result<Vec<Lease>> {
        jobs::extend(&mut *self.writer("keep leases alive").await?, &self.moment, leases, length).await
    }

    async fn complete(&self, leases: &[Lease]) -> Result<u64> {
        let done =
            jobs::complete(&mut *self.writer("end jobs that are done").await?, &self.moment, leases).await?;
        // A lane or a key may be free now.
        announce(&self.announced);
        Ok(done)
    }

    async fn next_due(&self, kind: &str) -> Result<Option<TimeDelta>> {
        jobs::next_due(&mut *self.reader("look when the next job is due").await?, &self.moment, kind).await
    }

    fn announcements(&self) -> Box<dyn Announcements> {
        Box::new(Announced(self.announced.subscribe()))
    }

    async fn queue_counts(&self) -> Result<QueueCounts> {
        queues::queue_counts(&mut *self.reader("count the jobs").await?).await
    }

    async fn queues(&self, kinds: &[&str]) -> Result<Vec<QueueState>> {
        queues::queues(&mut *self.reader("look at the queues").await?, &self.moment, kinds).await
    }

    async fn pause_queue(&self, kind: &str, who: &str) -> Result<()> {
        queues::pause_queue(&mut *self.writer("pause a queue").await?, &self.moment, kind, who).await
    }

    async fn resume_queue(&self, kind: &str) -> Result<()> {
        queues::resume_queue(&mut *self.writer("resume a queue").await?, kind).await?;
        announce(&self.announced);
        Ok(())
    }

    async fn jobs(&self, filter: &JobFilter, results: Duration) -> Result<Vec<JobRow>> {
        queues::jobs(&mut *self.reader("list the jobs").await?, &self.moment, filter, results).await
    }

    async fn job(&self, id: JobId, results: Duration) -> Result<Option<JobRow>> {
        queues::job(&mut *self.reader("read a job").await?, &self.moment, id, results).await
    }

    async fn sweep(&self, keep: &Retention) -> Result<()> {
        let doing = "forget what was kept long enough";
        queues::sweep(&mut *self.writer(doing).await?, &self.moment, keep).await
    }

    async fn lead(&self, what: &str, who: &str, length: Duration) -> Result<Option<i64>> {
        ticks::lead(&mut *self.writer("ask to lead").await?, &self.moment, what, who, length).await
    }

    async fn resign(&self, what: &str, who: &str) -> Result<()> {
        ticks::resign(&mut *self.writer("lead no longer").await?, what, who).await
    }

    async fn worker_seen_within(&self, within: Duration) -> Result<bool> {
        queues::worker_seen_within(&mut *self.reader("look for a worker").await?, &self.moment, within).await
    }

    async fn worker_beat(&self, worker: &str) -> Result<()> {
        queues::worker_beat(&mut *self.writer("show a worker's life").await?, &self.moment, worker).await
    }

    async fn writable(&self) -> Result<()> {
        let doing = "try whether it can write";
        self.file.check(doing)?;
        let mut tried = self.tried.lock().await;
        if tried.is_some_and(|at| at.elapsed() < TRIAL_HOLDS) {
            return Ok(());
        }
        self.file.room(doing).await?;
        let trial = async { jobs::trial(&mut *self.writer(doing).await?, doing).await };
        if let Ok(result) = tokio::time::timeout(TRIAL_WAITS, trial).await {
            result?;
            *tried = Some(Instant::now());
        }
        Ok(())
    }
}

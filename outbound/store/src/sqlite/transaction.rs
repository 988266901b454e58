//! One transaction on SQLite: the right to write is taken at its beginning.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::model::backfill::{Backfill, BackfillId, BackfillState, Progress};
use daybook_core::model::census::Ledger;
use daybook_core::model::document::{Change, Document, Record, Tombstone};
use daybook_core::model::job::{JobId, JobRow, Lease, NewJob, Outcome};
use daybook_core::model::source::{Confirmed, SourceKind};
use daybook_core::model::worklog::IssueOutline;
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::source::{Cursor, Listed};
use daybook_core::ports::store::{Comparison, Embedded, Saved, Transaction};
use sqlx::Sqlite;
use tokio::sync::watch;

use super::file::DatabaseFile;
use super::moment::Moment;
use super::{
    Result, backfills, censuses, changes, failed, jobs, passages, queues, records, sources, ticks, worklogs,
};
use crate::announced::announce;
use crate::crash::Crash;

/// Writes that happen together or not at all.
pub(super) struct SqliteTransaction {
    pub(super) tx: sqlx::Transaction<'static, Sqlite>,
    pub(super) file: Arc<DatabaseFile>,
    pub(super) crash: Option<Arc<Crash>>,
    pub(super) moment: Moment,
    pub(super) announced: watch::Sender<()>,
    /// Whether the end of this makes work that somebody may wait for.
    pub(super) has_news: bool,
}

#[async_trait]
impl Transaction for SqliteTransaction {
    async fn commit(self: Box<Self>) -> Result<()> {
        let doing = "commit a transaction";
        if let Some(crash) = &self.crash {
            crash.before();
        }
        self.tx.commit().await.map_err(failed(doing))?;
        if let Some(crash) = &self.crash {
            crash.after();
        }
        if self.has_news {
            announce(&self.announced);
        }
        // Afterwards: only then is it sure that what was committed has gone where it will be found again.
        self.file.check(doing)
    }

    async fn hold(&mut self, lease: &Lease) -> Result<()> {
        jobs::hold(&mut self.tx, lease).await
    }

    async fn enqueue(&mut self, job: &NewJob) -> Result<bool> {
        self.has_news = true;
        let fresh = jobs::enqueue(&mut self.tx, &self.moment, std::slice::from_ref(job)).await?;
        Ok(fresh.first().copied().unwrap_or(false))
    }

    async fn finish(&mut self, lease: &Lease, outcome: &Outcome) -> Result<()> {
        self.has_news = true;
        jobs::finish(&mut self.tx, &self.moment, lease, outcome).await
    }

    async fn job(&mut self, id: JobId) -> Result<Option<JobRow>> {
        queues::job(&mut self.tx, &self.moment, id, Duration::ZERO).await
    }

    async fn end_jobs(&mut self, key: &str, who: &str) -> Result<u64> {
        self.has_news = true;
        queues::end_jobs(&mut self.tx, &self.moment, key, who).await
    }

    async fn end_job(&mut self, id: JobId, who: &str) -> Result<bool> {
        self.has_news = true;
        queues::end_job(&mut self.tx, &self.moment, id, who).await
    }

    async fn requeue(&mut self, id: JobId) -> Result<bool> {
        self.has_news = true;
        queues::requeue(&mut self.tx, &self.moment, id).await
    }

    async fn restart_backfill(&mut self, id: BackfillId) -> Result<()> {
        backfills::restart_backfill(&mut self.tx, id).await
    }

    async fn add_backfill(&mut self, backfill: &Backfill) -> Result<()> {
        backfills::add_backfill(&mut self.tx, backfill).await
    }

    async fn active_backfills(&mut self, source: SourceKind) -> Result<Vec<Backfill>> {
        backfills::active_backfills(&mut self.tx, source).await
    }

    async fn backfill(&mut self, id: BackfillId) -> Result<Option<Backfill>> {
        backfills::backfill(&mut *self.tx, id).await
    }

    async fn advance(&mut self, id: BackfillId, progress: &Progress, cursor: Option<&Cursor>) -> Result<()> {
        backfills::advance(&mut self.tx, id, progress, cursor).await
    }

    async fn set_backfill_state(
        &mut self,
        id: BackfillId,
        state: BackfillState,
        warnings: &[String],
        error: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        backfills::set_backfill_state(&mut self.tx, id, state, warnings, error, now).await
    }

    async fn note_seen(&mut self, id: BackfillId, external_ids: &[&str]) -> Result<u64> {
        backfills::note_seen(&mut self.tx, id, external_ids).await
    }

    async fn forget_seen(&mut self, id: BackfillId) -> Result<()> {
        backfills::forget_seen(&mut self.tx, id).await
    }

    async fn save_records(
        &mut self,
        source: SourceKind,
        records: &[Record],
        now: DateTime<Utc>,
    ) -> Result<Saved> {
        records::save_records(&mut self.tx, source, records, now).await
    }

    async fn save_documents(&mut self, documents: &[(String, Document)], now: DateTime<Utc>) -> Result<u64> {
        records::save_again(&mut self.tx, documents, now).await
    }

    async fn save_changes(&mut self, source: SourceKind, changes: &[Change]) -> Result<u64> {
        changes::save_changes(&mut self.tx, source, changes).await
    }

    async fn bury(
        &mut self,
        source: SourceKind,
        records: &[(&str, Tombstone)],
        now: DateTime<Utc>,
    ) -> Result<u64> {
        records::bury_records(&mut self.tx, source, records, now).await
    }

    async fn issues(&mut self, ids: &[&str]) -> Result<Vec<IssueOutline>> {
        worklogs::issues(&mut self.tx, ids).await
    }

    async fn account_names(&mut self, ids: &[&str]) -> Result<HashMap<String, String>> {
        worklogs::account_names(&mut self.tx, ids).await
    }

    async fn worklogs_on(&mut self, issue_ids: &[&str]) -> Result<Vec<(String, Document)>> {
        worklogs::worklogs_on(&mut self.tx, issue_ids).await
    }

    async fn note_listed(&mut self, id: BackfillId, listed: &[Listed]) -> Result<u64> {
        censuses::note_listed(&mut self.tx, id, listed).await
    }

    async fn compare(
        &mut self,
        id: BackfillId,
        source: SourceKind,
        from: DateTime<Utc>,
        projects: &[String],
    ) -> Result<Comparison> {
        censuses::compare(&mut self.tx, id, source, from, projects).await
    }

    async fn save_ledger(&mut self, source: SourceKind, ledger: &Ledger) -> Result<()> {
        censuses::save_ledger(&mut self.tx, source, ledger).await
    }

    async fn note_unseen(&mut self, source: SourceKind, unseen: &[String]) -> Result<()> {
        sources::note_unseen(&mut self.tx, source, unseen).await
    }

    async fn take_tick(&mut self, name: &str, now: DateTime<Utc>, next: DateTime<Utc>) -> Result<bool> {
        ticks::take_tick(&mut self.tx, name, now, next).await
    }

    async fn forget_tick(&mut self, name: &str) -> Result<()> {
        ticks::forget_tick(&mut self.tx, name).await
    }

    async fn confirm(&mut self, source: SourceKind, stretch: Confirmed, now: DateTime<Utc>) -> Result<()> {
        sources::confirm(&mut self.tx, source, stretch, now).await
    }

    async fn note_failure(&mut self, source: SourceKind, reason: &str, now: DateTime<Utc>) -> Result<()> {
        sources::note_failure(&mut self.tx, source, reason, now).await
    }

    async fn save_vectors(&mut self, model: &ModelId, documents: &[Embedded]) -> Result<()> {
        passages::save_vectors(&mut self.tx, model, documents).await
    }
}

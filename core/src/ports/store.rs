//! Rows, and one transaction around them. The store is the truth; every other copy is derived.

mod answers;
mod error;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

pub use self::answers::{
    Announcements, Comparison, DocumentCounts, Embedded, EmbeddedPiece, Gap, JobFilter, OpenRecord,
    Quarantined, Retention, Saved, Unembedded, Wish,
};
pub use self::error::StoreError;
use super::embedder::ModelId;
use super::source::{Cursor, HeldRecord, Listed};
use crate::model::audience::Viewer;
use crate::model::backfill::{Backfill, BackfillId, BackfillState, Progress};
use crate::model::census::Ledger;
use crate::model::document::{Change, Document, DocumentId, Record, Revision, StoredDocument, Tombstone};
use crate::model::job::{Claimed, JobId, JobRow, Lease, NewJob, Outcome, QueueCounts, QueueState};
use crate::model::passage::PassageVector;
use crate::model::source::{Confirmed, Freshness, SourceKind};
use crate::model::worklog::IssueOutline;

/// Reads, the queue, and the door to a transaction.
#[async_trait]
pub trait Store: Send + Sync {
    /// Opens a transaction; dropping it undoes it.
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError>;

    /// A backfill.
    async fn backfill(&self, id: BackfillId) -> Result<Option<Backfill>, StoreError>;
    /// The newest backfills, newest first.
    async fn backfills(&self, limit: u32) -> Result<Vec<Backfill>, StoreError>;
    /// Where a backfill goes on; `None`: at the beginning.
    async fn checkpoint(&self, id: BackfillId) -> Result<Option<Cursor>, StoreError>;

    /// Documents by id that the viewer may see, in any order; ids that are gone or hidden are left out.
    async fn documents(&self, ids: &[DocumentId], viewer: &Viewer)
    -> Result<Vec<StoredDocument>, StoreError>;
    /// The same documents with at most so many characters of body and of comments.
    async fn document_beginnings(
        &self,
        ids: &[DocumentId],
        viewer: &Viewer,
        characters: u32,
    ) -> Result<Vec<StoredDocument>, StoreError>;
    /// Documents, tombstones included, whose content was written after `since`, oldest write first: at most `limit`,
    /// and no more than about `bytes` of text (but always at least one, if there is one).
    async fn document_changes(
        &self,
        since: Revision,
        limit: u32,
        bytes: u64,
    ) -> Result<Vec<StoredDocument>, StoreError>;
    /// The same documents with their texts, labels and people left empty: what filters need to know, at a fraction of
    /// the cost.
    async fn document_outlines(&self, since: Revision, limit: u32)
    -> Result<Vec<StoredDocument>, StoreError>;
    /// Vectors of a model that were written after `since`, oldest first, at most `limit`.
    async fn vector_changes(
        &self,
        model: &ModelId,
        since: Revision,
        limit: u32,
    ) -> Result<Vec<PassageVector>, StoreError>;
    /// Documents without vectors of that model for their present content, newest by the source's clock first. Of their
    /// texts no more comes than models read.
    async fn without_vectors(&self, model: &ModelId, limit: u32) -> Result<Vec<Unembedded>, StoreError>;
    /// The newest revision written.
    async fn revision(&self) -> Result<Revision, StoreError>;
    /// How many documents the viewer may see (tombstones left out), and how many of them have vectors of that model.
    async fn document_counts(
        &self,
        model: Option<&ModelId>,
        viewer: &Viewer,
    ) -> Result<DocumentCounts, StoreError>;
    /// How fresh each source is that has documents or backfills; documents counted as far as the viewer may see them.
    async fn freshness(&self, viewer: &Viewer) -> Result<Vec<Freshness>, StoreError>;
    /// The digests of the raw records held of what has not left its source, by external id in ascending order, a page at
    /// a time.
    async fn raw_digests(
        &self,
        source: SourceKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, String)>, StoreError>;
    /// What a source sent for a record when it was last read; `None`: it is not held.
    async fn raw_record(&self, source: SourceKind, external_id: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// How records are held, by id; those that are not, that left their source, or that could not be read, are left out.
    async fn held_records(
        &self,
        source: SourceKind,
        external_ids: &[&str],
    ) -> Result<HashMap<String, HeldRecord>, StoreError>;
    /// Records that could not be read, newest first.
    async fn quarantined(&self, source: SourceKind, limit: u32) -> Result<Vec<Quarantined>, StoreError>;
    /// What of its records Daybook does not hold, newest first.
    async fn gaps(&self, source: SourceKind, limit: u32) -> Result<Vec<Gap>, StoreError>;
    /// Records that their source had not finished when they were read, and that are still waited for.
    async fn open_records(
        &self,
        source: SourceKind,
        now: DateTime<Utc>,
    ) -> Result<Vec<OpenRecord>, StoreError>;
    /// The changes of a document's record in the source's own time, oldest first; empty if the viewer may not see it.
    async fn changes(&self, id: DocumentId, viewer: &Viewer) -> Result<Vec<Change>, StoreError>;
    /// What the newest census of a source found.
    async fn ledger(&self, source: SourceKind) -> Result<Option<Ledger>, StoreError>;
    /// When what runs on its own is next due, by name.
    async fn ticks(&self) -> Result<HashMap<String, DateTime<Utc>>, StoreError>;

    /// The time by the database's clock: what all processes agree on.
    async fn now(&self) -> Result<DateTime<Utc>, StoreError>;

    /// Puts a job into the queue, in a transaction of its own; `false` if one of its key waits already. Those that come
    /// together share one commit.
    async fn submit(&self, job: NewJob) -> Result<bool, StoreError>;
    /// Takes due jobs of one kind that nobody holds, under a fresh token; also those whose lease ran out. At most one of
    /// a key, and one of a lane, runs at a time. None of a queue that is paused. What this release cannot read is put
    /// aside, to be looked at again later.
    async fn claim(&self, wish: &Wish<'_>) -> Result<Vec<Claimed>, StoreError>;
    /// Keeps leases alive for so long from now on; gives those that are somebody else's by now.
    async fn extend(&self, leases: &[Lease], length: Duration) -> Result<Vec<Lease>, StoreError>;
    /// Ends claimed jobs that have nothing to tell; gives how many were still held under these leases.
    async fn complete(&self, leases: &[Lease]) -> Result<u64, StoreError>;
    /// How long until there is something to claim of this kind: a job that becomes due, or a lease that runs out. Zero
    /// or less: now.
    async fn next_due(&self, kind: &str) -> Result<Option<TimeDelta>, StoreError>;
    /// Tells when jobs are put into the queue. A courtesy: whoever waits looks for himself now and then too.
    fn announcements(&self) -> Box<dyn Announcements>;
    /// How the queue stands.
    async fn queue_counts(&self) -> Result<QueueCounts, StoreError>;
    /// Every queue of these kinds, and of kinds of which jobs are there; by name.
    async fn queues(&self, kinds: &[&str]) -> Result<Vec<QueueState>, StoreError>;
    /// Pauses a queue: nothing of it is claimed until it is resumed. What runs goes on.
    async fn pause_queue(&self, kind: &str, who: &str) -> Result<(), StoreError>;
    /// Ends the pause of a queue.
    async fn resume_queue(&self, kind: &str) -> Result<(), StoreError>;
    /// Jobs, newest first. Results that are older than `results` are not shown.
    async fn jobs(&self, filter: &JobFilter, results: Duration) -> Result<Vec<JobRow>, StoreError>;
    /// One job, likewise.
    async fn job(&self, id: JobId, results: Duration) -> Result<Option<JobRow>, StoreError>;
    /// Forgets what has been kept long enough: results, jobs and their errors, runs of the schedule, workers that are
    /// gone. A bounded piece of it at a time.
    async fn sweep(&self, keep: &Retention) -> Result<(), StoreError>;
    /// Leads for so long, unless somebody else does; gives the term, a number that is new with every change of leaders.
    async fn lead(&self, what: &str, who: &str, length: Duration) -> Result<Option<i64>, StoreError>;
    /// Leads no longer.
    async fn resign(&self, what: &str, who: &str) -> Result<(), StoreError>;
    /// Whether any worker has shown life within so long.
    async fn worker_seen_within(&self, within: Duration) -> Result<bool, StoreError>;
    /// A worker shows life.
    async fn worker_beat(&self, worker: &str) -> Result<(), StoreError>;
    /// Whether what is written would be kept: tried, though not at every call, and never by waiting long for a turn.
    async fn writable(&self) -> Result<(), StoreError>;
}

/// Writes that happen together or not at all.
#[async_trait]
pub trait Transaction: Send {
    /// Makes it so.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;

    /// Refuses to go on under a lease that is no longer ours, and counts as progress: attempts start again at 0.
    async fn hold(&mut self, lease: &Lease) -> Result<(), StoreError>;
    /// Puts a job into the queue; `false` if one of its key waits already. Nobody takes that one before this transaction
    /// ends, so it sees all that is written here.
    async fn enqueue(&mut self, job: &NewJob) -> Result<bool, StoreError>;
    /// Ends a try of a claimed job.
    async fn finish(&mut self, lease: &Lease, outcome: &Outcome) -> Result<(), StoreError>;
    /// A job, read inside this transaction; nobody changes it before the end.
    async fn job(&mut self, id: JobId) -> Result<Option<JobRow>, StoreError>;
    /// Ends whatever waits or runs under the key of a job, on a person's word: who runs it loses its lease. Gives how
    /// many there were.
    async fn end_jobs(&mut self, key: &str, who: &str) -> Result<u64, StoreError>;
    /// Ends one job likewise; `false` if it was over.
    async fn end_job(&mut self, id: JobId, who: &str) -> Result<bool, StoreError>;
    /// Puts a job that is over back into the queue, as if it had never been tried; `false` if it is not over, or one of
    /// its key waits already.
    async fn requeue(&mut self, id: JobId) -> Result<bool, StoreError>;

    /// Adds a backfill.
    async fn add_backfill(&mut self, backfill: &Backfill) -> Result<(), StoreError>;
    /// Runs of that source that are not over, oldest first. Nobody else adds one before this transaction ends.
    async fn active_backfills(&mut self, source: SourceKind) -> Result<Vec<Backfill>, StoreError>;
    /// Puts a run that is over back to its beginning: no checkpoint, no progress.
    async fn restart_backfill(&mut self, id: BackfillId) -> Result<(), StoreError>;
    /// A backfill, read inside this transaction.
    async fn backfill(&mut self, id: BackfillId) -> Result<Option<Backfill>, StoreError>;
    /// Saves progress and where to go on.
    async fn advance(
        &mut self,
        id: BackfillId,
        progress: &Progress,
        cursor: Option<&Cursor>,
    ) -> Result<(), StoreError>;
    /// Moves a backfill to a state, with its warnings and error. Sets when it began or ended. A run over a whole source
    /// that ends well takes back why an earlier one failed.
    async fn set_backfill_state(
        &mut self,
        id: BackfillId,
        state: BackfillState,
        warnings: &[String],
        error: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Notes ids as seen by a backfill; gives how many it had not seen before.
    async fn note_seen(&mut self, id: BackfillId, external_ids: &[&str]) -> Result<u64, StoreError>;
    /// Forgets what [`Transaction::note_seen`], [`Transaction::note_listed`] and [`Transaction::compare`] noted.
    async fn forget_seen(&mut self, id: BackfillId) -> Result<(), StoreError>;

    /// Saves a page: raw records, their documents, the unreadable ones into quarantine. Equal content is not written.
    /// What is held of a record that cannot be read any more is for admins only, until it can be read again.
    async fn save_records(
        &mut self,
        source: SourceKind,
        records: &[Record],
        now: DateTime<Utc>,
    ) -> Result<Saved, StoreError>;
    /// Saves documents of records that are held and readable, if they differ; gives how many did.
    async fn save_documents(
        &mut self,
        documents: &[(String, Document)],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
    /// Saves changes in the source's own time; those that are held already stay.
    async fn save_changes(&mut self, source: SourceKind, changes: &[Change]) -> Result<u64, StoreError>;
    /// Takes records away: their documents become tombstones, which no search and no sum finds, and what was missing of
    /// them is forgotten. Gives how many documents did; a record that is read again comes back.
    async fn bury(
        &mut self,
        source: SourceKind,
        records: &[(&str, Tombstone)],
        now: DateTime<Utc>,
    ) -> Result<u64, StoreError>;
    /// Issues by their ids in Jira; those that are not held are left out.
    async fn issues(&mut self, ids: &[&str]) -> Result<Vec<IssueOutline>, StoreError>;
    /// The names of Atlassian accounts, as far as documents have told them.
    async fn account_names(&mut self, ids: &[&str]) -> Result<HashMap<String, String>, StoreError>;
    /// The worklogs on issues, each with the id of its record.
    async fn worklogs_on(&mut self, issue_ids: &[&str]) -> Result<Vec<(String, Document)>, StoreError>;

    /// Notes what a census has listed; gives how many it had not listed before.
    async fn note_listed(&mut self, id: BackfillId, listed: &[Listed]) -> Result<u64, StoreError>;
    /// Compares what a census has listed with what is held of its source from a moment on: of these projects, or of all
    /// if none is named. The first comparison of a census is kept, and given again until [`Transaction::forget_seen`].
    async fn compare(
        &mut self,
        id: BackfillId,
        source: SourceKind,
        from: DateTime<Utc>,
        projects: &[String],
    ) -> Result<Comparison, StoreError>;
    /// Keeps what a census found.
    async fn save_ledger(&mut self, source: SourceKind, ledger: &Ledger) -> Result<(), StoreError>;
    /// Keeps what the credential is not shown.
    async fn note_unseen(&mut self, source: SourceKind, unseen: &[String]) -> Result<(), StoreError>;

    /// Takes a tick: `true` for exactly one of those who ask for what is due at that time, and it is next due at `next`.
    /// What was never due is due first at `next`, and `false`. A tick that was taken once is never taken again, whatever
    /// clocks do.
    async fn take_tick(
        &mut self,
        name: &str,
        now: DateTime<Utc>,
        next: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Forgets when something is due: it does not run on its own.
    async fn forget_tick(&mut self, name: &str) -> Result<(), StoreError>;

    /// Every change of a source in that stretch has been read; joined with what was confirmed before.
    async fn confirm(
        &mut self,
        source: SourceKind,
        stretch: Confirmed,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// A run of a source failed.
    async fn note_failure(
        &mut self,
        source: SourceKind,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Saves the vectors of documents as they are at `content_hash`; a document that has changed since is skipped.
    async fn save_vectors(&mut self, model: &ModelId, documents: &[Embedded]) -> Result<(), StoreError>;
}

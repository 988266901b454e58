//! Shows jobs and queues; ends a job, tries one again, pauses a queue: on an administrator's word.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::account::Admin;
use crate::model::backfill::{Backfill, BackfillState};
use crate::model::fault::{Fault, FaultKind};
use crate::model::job::{Job, JobId, JobRow, JobState, QueueState};
use crate::ports::clock::Clock;
use crate::ports::store::{JobFilter, Store, StoreError};

/// The most jobs shown at once.
pub const MOST_SHOWN: u32 = 500;

/// Watches jobs.
pub struct WatchJobs {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    results: Duration,
}

/// A job, and what it works on.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The job.
    pub job: JobRow,
    /// The run of a source that it does, with its progress.
    pub run: Option<Backfill>,
    /// When that is expected to end, if it goes on as it did.
    pub expected_end: Option<DateTime<Utc>>,
}

/// Why a job or a queue stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum WatchJobsError {
    /// There is no such job.
    #[error("there is no job {0}: jobs that are over are forgotten after a week")]
    NoSuchJob(JobId),
    /// It is not over, so it needs no second try.
    #[error("job {0} is {state}: only what is over can be tried again", state = .1.word())]
    NotOver(JobId, JobState),
    /// Another of its key waits already.
    #[error("a job like {0} waits already, and does what it would do")]
    WaitsAlready(JobId),
    /// No queue has that name.
    #[error("there is no queue `{0}`: {list}", list = Job::KINDS.join(", "))]
    NoSuchQueue(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for WatchJobsError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::NoSuchJob(_) | Self::NoSuchQueue(_) => FaultKind::Missing,
            Self::NotOver(..) | Self::WaitsAlready(_) => FaultKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::NoSuchJob(_) | Self::NotOver(..) | Self::WaitsAlready(_) => Some("id"),
            Self::NoSuchQueue(_) => Some("queue"),
            Self::Store(_) => None,
        }
    }
}

impl WatchJobs {
    /// Watches this store's jobs, whose results are kept for so long.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, results: Duration) -> Self {
        Self { store, clock, results }
    }

    /// Jobs, newest first.
    pub async fn list(&self, _proof: &Admin, filter: &JobFilter) -> Result<Vec<JobRow>, WatchJobsError> {
        if let Some(kind) = &filter.kind {
            self.known(kind).await?;
        }
        let filter = JobFilter { limit: filter.limit.min(MOST_SHOWN), ..filter.clone() };
        Ok(self.store.jobs(&filter, self.results).await?)
    }

    /// One job with what it works on.
    pub async fn one(&self, _proof: &Admin, id: JobId) -> Result<Watched, WatchJobsError> {
        let job = self.store.job(id, self.results).await?.ok_or(WatchJobsError::NoSuchJob(id))?;
        let run = match job.backfill {
            Some(backfill) => self.store.backfill(backfill).await?,
            None => None,
        };
        let expected_end = run.as_ref().and_then(|run| expected_end(run, self.clock.now()));
        Ok(Watched { job, run, expected_end })
    }

    /// Every queue.
    pub async fn queues(&self, _proof: &Admin) -> Result<Vec<QueueState>, WatchJobsError> {
        Ok(self.store.queues(&Job::KINDS).await?)
    }

    /// Ends a job; what it has stored stays. One that is over stays as it is.
    pub async fn cancel(&self, proof: &Admin, id: JobId) -> Result<Watched, WatchJobsError> {
        let mut tx = self.store.begin().await?;
        let job = tx.job(id).await?.ok_or(WatchJobsError::NoSuchJob(id))?;
        if tx.end_job(id, proof.who()).await?
            && let Some(backfill) = job.backfill
            && let Some(run) = tx.backfill(backfill).await?.filter(|run| !run.state.is_over())
        {
            let reason = format!("cancelled ({})", proof.who());
            let (cancelled, now) = (BackfillState::Cancelled, self.clock.now());
            tx.set_backfill_state(backfill, cancelled, &run.warnings, Some(&reason), now).await?;
            tx.forget_seen(backfill).await?;
        }
        tx.commit().await?;
        self.one(proof, id).await
    }

    /// Tries a job that is over again, as if it never had been. A run of a source begins at its beginning: what it had
    /// listed is forgotten, and what it stored is found unchanged.
    pub async fn retry(&self, proof: &Admin, id: JobId) -> Result<Watched, WatchJobsError> {
        let mut tx = self.store.begin().await?;
        let job = tx.job(id).await?.ok_or(WatchJobsError::NoSuchJob(id))?;
        if !job.state.is_over() {
            return Err(WatchJobsError::NotOver(id, job.state));
        }
        if !tx.requeue(id).await? {
            return Err(WatchJobsError::WaitsAlready(id));
        }
        if let Some(backfill) = job.backfill
            && tx.backfill(backfill).await?.is_some_and(|run| run.state.is_over())
        {
            tx.forget_seen(backfill).await?;
            tx.restart_backfill(backfill).await?;
        }
        tx.commit().await?;
        self.one(proof, id).await
    }

    /// Pauses a queue; what runs goes on.
    pub async fn pause(&self, proof: &Admin, queue: &str) -> Result<(), WatchJobsError> {
        self.known(queue).await?;
        Ok(self.store.pause_queue(queue, proof.who()).await?)
    }

    /// Ends a queue's pause.
    pub async fn resume(&self, _proof: &Admin, queue: &str) -> Result<(), WatchJobsError> {
        self.known(queue).await?;
        Ok(self.store.resume_queue(queue).await?)
    }

    /// A queue of this release, or one of which jobs are there.
    async fn known(&self, queue: &str) -> Result<(), WatchJobsError> {
        if Job::KINDS.contains(&queue) || self.store.queues(&[]).await?.iter().any(|one| one.name == queue) {
            return Ok(());
        }
        Err(WatchJobsError::NoSuchQueue(queue.to_owned()))
    }
}

/// From how much of what is expected has come since it began.
fn expected_end(run: &Backfill, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (begun, expected) = (run.started_at?, run.progress.expected?);
    let done = run.progress.distinct;
    if run.state != BackfillState::Running || done == 0 || expected <= done {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let seconds = (now - begun).as_seconds_f64() * (expected - done) as f64 / done as f64;
    TimeDelta::try_milliseconds(
        std::time::Duration::try_from_secs_f64(seconds).ok()?.as_millis().try_into().ok()?,
    )
    .and_then(|left| now.checked_add_signed(left))
}

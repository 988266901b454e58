//! Wait, claim, run, settle: the life of a worker's slot.

use std::sync::Arc;
use std::time::Duration;

use daybook_core::model::fault::chain;
use daybook_core::model::job::{Claimed, Outcome, StopSign};
use daybook_core::ports::clock::Clock;
use daybook_core::ports::store::{Store, StoreError, Wish};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::execute::{Actions, Verdict};
use crate::heartbeat;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The worker's name, new with every process.
    pub name: String,
    /// The kinds of job it is able to do.
    pub kinds: Vec<&'static str>,
    /// Jobs at once.
    pub slots: usize,
    /// How long a job stays ours after the last sign of life (`DAYBOOK_LEASE_SECONDS`).
    pub lease: Duration,
    /// How often to look for work that nobody announced.
    pub poll: Duration,
    /// How long a job may take to stop when the process is going.
    pub grace: Duration,
}

impl Settings {
    /// Defaults under a name, for these kinds of job.
    pub fn named(name: impl Into<String>, kinds: &[&'static str]) -> Self {
        Self {
            name: name.into(),
            kinds: kinds.to_vec(),
            slots: 3,
            lease: Duration::from_secs(15),
            poll: Duration::from_millis(250),
            grace: Duration::from_secs(10),
        }
    }
}

/// Works on the queue.
pub struct Worker {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    actions: Arc<Actions>,
    settings: Settings,
}

impl Worker {
    /// A worker on this store's queue.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, actions: Actions, settings: Settings) -> Self {
        Self { store, clock, actions: Arc::new(actions), settings }
    }

    /// Works until told to stop; then lets running jobs come to a good moment and puts them back.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        let slots = TaskTracker::new();
        for _ in 0..worker.settings.slots {
            let (worker, stop) = (Arc::clone(&worker), stop.clone());
            slots.spawn(async move { worker.slot(&stop).await });
        }
        slots.spawn(heartbeat::show_life(
            Arc::clone(&worker.store),
            Arc::clone(&worker.clock),
            worker.settings.name.clone(),
            stop,
        ));
        slots.close();
        slots.wait().await;
    }

    /// Runs what is due now, one job after the other, and gives how many there were. For tests and one-off commands.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let mut count = 0;
        while let Some(claimed) = self.claim().await? {
            self.work(claimed, &CancellationToken::new()).await;
            count += 1;
        }
        Ok(count)
    }

    async fn slot(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            match self.claim().await {
                Ok(Some(claimed)) => self.work(claimed, stop).await,
                Ok(None) => pause(self.settings.poll, stop).await,
                Err(error) => {
                    tracing::error!(error = chain(&error), "could not look for work");
                    pause(self.settings.poll.saturating_mul(8), stop).await;
                }
            }
        }
    }

    async fn claim(&self) -> Result<Option<Claimed>, StoreError> {
        // Looking takes no lock; claiming does.
        let now = self.clock.now();
        if self.store.next_due(&self.settings.kinds).await?.is_none_or(|due| due > now) {
            return Ok(None);
        }
        let Settings { name, kinds, lease, .. } = &self.settings;
        self.store
            .claim(&Wish { worker: name, kinds, token: self.clock.fresh_id(), now, lease: *lease })
            .await
    }

    async fn work(&self, claimed: Claimed, stop: &CancellationToken) {
        let span = tracing::info_span!("job", job.id = %claimed.lease.job.0, job.kind = claimed.job.word(),
            job.attempt = claimed.attempt, request.id = claimed.request_id.as_deref());
        let result = self.try_once(&claimed, stop).instrument(span.clone()).await;
        let _entered = span.enter();
        match result {
            Ok(None) => tracing::debug!("settled a job"),
            Ok(Some(Outcome::Later { at, reason })) => {
                tracing::warn!(due.at = %at, reason, "a job waits and is tried again");
            }
            Ok(Some(outcome)) => tracing::error!(outcome = ?outcome, "a job failed"),
            Err(StoreError::LeaseLost) => {
                tracing::warn!("another worker has taken over this job; what we did since is undone");
            }
            Err(error) => tracing::error!(
                error = chain(&error),
                "could not settle a job; it is tried again when its lease runs out"
            ),
        }
    }

    async fn try_once(
        &self,
        claimed: &Claimed,
        stop: &CancellationToken,
    ) -> Result<Option<Outcome>, StoreError> {
        let settle = &self.actions.settle_job;
        if settle.refuse_crash_loop(claimed).await? {
            return Ok(Some(Outcome::Failed { reason: "its workers vanish".to_owned() }));
        }
        let sign = StopSign::default();
        let running = TaskTracker::new();
        let job = {
            let (actions, claimed, sign) = (Arc::clone(&self.actions), claimed.clone(), sign.clone());
            running.spawn(async move { actions.execute(&claimed, &sign).await }.in_current_span())
        };
        let abort = job.abort_handle();
        let watch = async {
            tokio::select! {
                () = heartbeat::keep_lease(self.store.as_ref(), self.clock.as_ref(), &claimed.lease, self.settings.lease) => {}
                () = async { stop.cancelled().await; sign.raise(); tokio::time::sleep(self.settings.grace).await } => {}
            }
            abort.abort();
            std::future::pending::<()>().await;
        };
        let verdict = tokio::select! {
            verdict = job => verdict,
            () = watch => unreachable!("the watch never ends by itself"),
        };
        match verdict {
            Ok(Verdict::Done) => settle.done(claimed).await.map(|()| None),
            Ok(Verdict::Interrupted) => settle.put_back(claimed).await.map(|()| None),
            Ok(Verdict::Failed(fault)) => settle.failed(claimed, fault.as_ref()).await.map(Some),
            // Aborted: the lease is somebody else's, or the process is going.
            Err(gone) if gone.is_cancelled() => settle.put_back(claimed).await.map(|()| None),
            Err(_) => settle.failed(claimed, &Panicked).await.map(Some),
        }
    }
}

async fn pause(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
    }
}

/// A job that panicked: a fault of ours.
#[derive(Debug)]
struct Panicked;

impl std::fmt::Display for Panicked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the job panicked: a fault in Daybook; the log has the place")
    }
}

impl std::error::Error for Panicked {}

impl daybook_core::model::fault::Fault for Panicked {
    fn kind(&self) -> daybook_core::model::fault::FaultKind {
        daybook_core::model::fault::FaultKind::Broken
    }
}

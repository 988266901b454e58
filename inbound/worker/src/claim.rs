//! Wait, claim, run, settle: the life of a worker. Every kind of job has slots of its own, so none waits for another's.

use std::sync::Arc;
use std::time::Duration;

use daybook_core::model::fault::chain;
use daybook_core::model::job::{Claimed, Outcome, StopSign};
use daybook_core::ports::clock::Clock;
use daybook_core::ports::store::{Store, StoreError, Wish};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::execute::{Actions, Verdict};
use crate::heartbeat;
use crate::leases::Leases;
use crate::settle::Settle;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The worker's name, new with every process.
    pub name: String,
    /// The kinds of job it is able to do, and how many of each at once.
    pub slots: Vec<(&'static str, usize)>,
    /// How long a job stays ours after the last sign of life (`DAYBOOK_LEASE_SECONDS`).
    pub lease: Duration,
    /// How often to look for work that nobody announced, give or take.
    pub poll: Duration,
    /// How long a job may take to stop when the process is going.
    pub grace: Duration,
}

impl Settings {
    /// Defaults under a name, for these kinds of job.
    pub fn named(name: impl Into<String>, slots: &[(&'static str, usize)]) -> Self {
        Self {
            name: name.into(),
            slots: slots.to_vec(),
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
    leases: Arc<Leases>,
    settle: Settle,
}

impl Worker {
    /// A worker on this store's queue.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, actions: Actions, settings: Settings) -> Self {
        let actions = Arc::new(actions);
        let settle = Settle::new(Arc::clone(&actions));
        Self { store, clock, actions, settings, leases: Arc::default(), settle }
    }

    /// Works until told to stop; then lets running jobs come to a good moment and puts them back.
    pub async fn run(self, stop: CancellationToken) {
        let worker = Arc::new(self);
        let queues = TaskTracker::new();
        for (kind, slots) in worker.settings.slots.clone() {
            let (worker, stop) = (Arc::clone(&worker), stop.clone());
            queues.spawn(async move { worker.queue(kind, slots, &stop).await });
        }
        // Leases are kept until the last job is put back.
        let (around, done) = (TaskTracker::new(), CancellationToken::new());
        let (store, name) = (Arc::clone(&worker.store), worker.settings.name.clone());
        around.spawn(heartbeat::show_life(store, name, stop));
        let (store, leases) = (Arc::clone(&worker.store), Arc::clone(&worker.leases));
        around.spawn(heartbeat::keep_leases(store, leases, worker.settings.lease, done.clone()));
        queues.close();
        queues.wait().await;
        done.cancel();
        around.close();
        around.wait().await;
    }

    /// Runs what is due now, one job after the other, and gives how many there were. For tests and one-off commands.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let mut count = 0;
        for (kind, _) in &self.settings.slots {
            while let Some(claimed) = self.claim(kind, 1).await?.pop() {
                self.work(claimed, &CancellationToken::new()).await;
                count += 1;
            }
        }
        Ok(count)
    }

    /// One kind of job, in its own slots.
    async fn queue(self: &Arc<Self>, kind: &'static str, slots: usize, stop: &CancellationToken) {
        let (room, running) = (Arc::new(Semaphore::new(slots)), TaskTracker::new());
        let mut announced = self.store.announcements();
        while !stop.is_cancelled() {
            // At least one slot, and all others that are free.
            let Some(slot) = free(&room, stop).await else { break };
            let mut free_slots = vec![slot];
            free_slots.extend(std::iter::from_fn(|| Arc::clone(&room).try_acquire_owned().ok()));
            let pause = match self.claim(kind, free_slots.len()).await {
                Ok(claimed) if claimed.is_empty() => self.settings.poll,
                Ok(claimed) => {
                    for (claimed, slot) in claimed.into_iter().zip(free_slots) {
                        let (worker, stop) = (Arc::clone(self), stop.clone());
                        running.spawn(async move {
                            worker.work(claimed, &stop).await;
                            drop(slot);
                        });
                    }
                    continue;
                }
                Err(error) => {
                    tracing::error!(error = chain(&error), job.kind = kind, "could not look for work");
                    tokio::select! {
                        () = tokio::time::sleep(self.settings.poll.saturating_mul(8)) => {}
                        () = stop.cancelled() => {}
                    }
                    continue;
                }
            };
            drop(free_slots);
            tokio::select! {
                () = announced.next() => {}
                () = tokio::time::sleep(jittered(pause, self.clock.as_ref())) => {}
                () = stop.cancelled() => {}
            }
        }
        running.close();
        running.wait().await;
    }

    async fn claim(&self, kind: &str, most: usize) -> Result<Vec<Claimed>, StoreError> {
        // Looking takes no lock; claiming does.
        if self.store.next_due(kind).await?.is_none_or(|due| due > chrono::TimeDelta::zero()) {
            return Ok(Vec::new());
        }
        let Settings { name, lease, .. } = &self.settings;
        let most = u32::try_from(most).unwrap_or(u32::MAX);
        self.store
            .claim(&Wish { worker: name, kind, most, token: self.clock.fresh_id(), lease: *lease })
            .await
    }

    async fn work(&self, claimed: Claimed, stop: &CancellationToken) {
        let span = tracing::info_span!("job", job.id = %claimed.lease.job, job.kind = claimed.job.word(),
            job.attempt = claimed.attempt, request.id = claimed.request_id.as_deref());
        let result = self.try_once(&claimed, stop).instrument(span.clone()).await;
        let _entered = span.enter();
        match result {
            Ok(None) => tracing::debug!("settled a job"),
            Ok(Some(Outcome::Again { after, reason } | Outcome::Paused { after, reason })) => {
                tracing::warn!(pause.seconds = after.as_secs(), reason, "a job waits and is tried again");
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
        if let Some(refused) = settle.refuse_poison(claimed).await? {
            return Ok(Some(refused));
        }
        let (sign, running) = (StopSign::default(), TaskTracker::new());
        let job = {
            let (actions, claimed, sign) = (Arc::clone(&self.actions), claimed.clone(), sign.clone());
            running.spawn(async move { actions.execute(&claimed, &sign).await }.in_current_span())
        };
        let abort = job.abort_handle();
        let _held = self.leases.hold(&claimed.lease, abort.clone());
        let watch = async {
            stop.cancelled().await;
            sign.raise();
            tokio::time::sleep(self.settings.grace).await;
            abort.abort();
            std::future::pending::<()>().await;
        };
        let verdict = tokio::select! {
            verdict = job => verdict,
            () = watch => unreachable!("the watch never ends by itself"),
        };
        match verdict {
            Ok(Verdict::Done(result)) => self.settle.done(claimed, result).await.map(|()| None),
            Ok(Verdict::Interrupted) => settle.put_back(claimed).await.map(|()| None),
            Ok(Verdict::Failed(fault)) => settle.failed(claimed, fault.as_ref()).await.map(Some),
            // Aborted: the lease is somebody else's, or the process is going.
            Err(gone) if gone.is_cancelled() => settle.put_back(claimed).await.map(|()| None),
            Err(_) => settle.failed(claimed, &Panicked).await.map(Some),
        }
    }
}

async fn free(room: &Arc<Semaphore>, stop: &CancellationToken) -> Option<OwnedSemaphorePermit> {
    tokio::select! {
        slot = Arc::clone(room).acquire_owned() => slot.ok(),
        () = stop.cancelled() => None,
    }
}

/// A quarter more or less: workers that fell asleep together do not wake together.
fn jittered(pause: Duration, clock: &dyn Clock) -> Duration {
    let (_, low) = clock.fresh_id().as_u64_pair();
    pause.mul_f64(0.75 + 0.5 * f64::from(u16::try_from(low % 1_000).unwrap_or(0)) / 1_000.0)
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

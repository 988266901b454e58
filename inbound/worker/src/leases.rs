//! The jobs in this worker's hands: what is kept alive, and what is let go when its lease is lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daybook_core::model::job::{JobId, Lease};
use tokio::task::AbortHandle;

/// Every lease that is held, and how to stop the work under it.
#[derive(Debug, Default)]
pub(crate) struct Leases(Mutex<HashMap<JobId, (Lease, AbortHandle)>>);

impl Leases {
    /// Holds a lease until the guard is dropped.
    pub(crate) fn hold(self: &Arc<Self>, lease: &Lease, abort: AbortHandle) -> Held {
        self.lock().insert(lease.job, (lease.clone(), abort));
        Held { leases: Arc::clone(self), lease: lease.clone() }
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Lease> {
        self.lock().values().map(|(lease, _)| lease.clone()).collect()
    }

    /// Stops the work under leases that are somebody else's by now.
    pub(crate) fn let_go(&self, lost: &[Lease]) {
        let held = self.lock();
        for lease in lost {
            if let Some((_, abort)) = held.get(&lease.job).filter(|(ours, _)| ours == lease) {
                abort.abort();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, (Lease, AbortHandle)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lease that is kept alive as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    leases: Arc<Leases>,
    lease: Lease,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.leases.lock();
        // The same job may have come back under a new lease meanwhile.
        if held.get(&self.lease.job).is_some_and(|(lease, _)| *lease == self.lease) {
            held.remove(&self.lease.job);
        }
    }
}

//! Signs of life: of a worker, and of a job in its hands.

use std::sync::Arc;
use std::time::Duration;

use daybook_core::model::fault::chain;
use daybook_core::model::job::Lease;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::store::{Store, StoreError};
use tokio_util::sync::CancellationToken;

/// How often a worker shows life.
const BEAT: Duration = Duration::from_secs(5);

/// A job that was ended on request is noticed within this.
const NOTICE: Duration = Duration::from_secs(1);

/// Shows life until told to stop.
pub(crate) async fn show_life(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    name: String,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        if let Err(error) = store.worker_beat(&name, clock.now()).await {
            tracing::error!(error = chain(&error), "could not show this worker's life");
        }
        tokio::select! {
            () = tokio::time::sleep(BEAT) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Keeps a lease alive. Ends when it is lost.
pub(crate) async fn keep_lease(store: &dyn Store, clock: &dyn Clock, lease: &Lease, length: Duration) {
    loop {
        tokio::time::sleep((length / 3).min(NOTICE)).await;
        match store.extend(lease, clock.now() + length).await {
            Ok(()) => {}
            Err(StoreError::LeaseLost) => return,
            // Writes under a lost lease are refused anyway, so a failed heartbeat alone need not stop the work.
            Err(error) => tracing::warn!(error = chain(&error), "could not keep a lease alive"),
        }
    }
}

//! Signs of life: of a worker, and of the jobs in its hands.

use std::sync::Arc;
use std::time::Duration;

use daybook_core::model::fault::chain;
use daybook_core::ports::store::Store;
use tokio_util::sync::CancellationToken;

use crate::leases::Leases;

/// How often a worker shows life.
const BEAT: Duration = Duration::from_secs(5);

/// A job that was ended on request is noticed within this.
const NOTICE: Duration = Duration::from_secs(1);

/// Shows life until told to stop.
pub(crate) async fn show_life(store: Arc<dyn Store>, name: String, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = store.worker_beat(&name).await {
            tracing::error!(error = chain(&error), "could not show this worker's life");
        }
        tokio::select! {
            () = tokio::time::sleep(BEAT) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Keeps all leases alive, and lets go of the work under those that are lost, until the worker is done.
pub(crate) async fn keep_leases(
    store: Arc<dyn Store>,
    leases: Arc<Leases>,
    length: Duration,
    done: CancellationToken,
) {
    loop {
        tokio::select! {
            () = tokio::time::sleep((length / 3).min(NOTICE)) => {}
            () = done.cancelled() => return,
        }
        let held = leases.all();
        if held.is_empty() {
            continue;
        }
        match store.extend(&held, length).await {
            Ok(lost) => leases.let_go(&lost),
            // Writes under a lost lease are refused anyway, so a failed heartbeat alone need not stop the work.
            Err(error) => tracing::warn!(error = chain(&error), "could not keep leases alive"),
        }
    }
}

//! Starts what is due on its own. Every process may run this: each tick is taken by one of them.

use std::time::Duration;

use daybook_core::actions::keep_fresh::KeepFresh;
use daybook_core::model::fault::chain;
use tokio_util::sync::CancellationToken;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);
const AFTER_A_FAULT: Duration = Duration::from_secs(10);

/// Looks until told to stop.
pub async fn schedule(keep_fresh: std::sync::Arc<KeepFresh>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match keep_fresh.run_due().await {
            Ok(_) => LOOK,
            Err(error) => {
                tracing::error!(error = chain(&error), "could not look for what is due");
                AFTER_A_FAULT
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}

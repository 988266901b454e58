//! Keeps this process's search indexes up with the store.

use std::time::Duration;

use daybook_core::actions::follow_store::FollowStore;
use daybook_core::model::fault::chain;
use tokio_util::sync::CancellationToken;

const IDLE: Duration = Duration::from_millis(200);
const AFTER_A_FAULT: Duration = Duration::from_secs(5);

/// Follows until told to stop.
pub async fn follow(action: FollowStore, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let pause = match action.run_once().await {
            Ok(0) => IDLE,
            Ok(_) => continue,
            Err(error) => {
                tracing::error!(error = chain(&error), "a search index could not follow the store");
                AFTER_A_FAULT
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}

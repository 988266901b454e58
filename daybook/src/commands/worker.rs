//! `daybook worker`: the queue's work, without answering over HTTP.

use std::sync::Arc;

use daybook_core::ports::clock::Clock;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::assemble::assemble_worker;
use crate::config::Config;
use crate::ended::Ended;
use crate::telemetry;

pub(super) async fn run(config: &Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    telemetry::begin(config, false).map_err(Ended::Misconfigured)?;
    let name = format!("schedule-{}", clock.fresh_id());
    let (store, worker, keep_schedule) = assemble_worker(config, clock).await?;
    let stop = CancellationToken::new();
    let signals = super::signals::stop_on_signal(stop.clone(), || ())?;
    tracing::info!("working");
    let tasks = TaskTracker::new();
    tasks.spawn(daybook_worker::schedule(Arc::clone(&store) as _, name, keep_schedule, stop.clone()));
    tasks.close();
    worker.run(stop).await;
    tasks.wait().await;
    store.close().await;
    signals.abort();
    tracing::info!("stopped");
    Ok(())
}

//! Starts what is due on its own. Every process may run this: one of them leads and looks, another takes over when it is
//! gone. Should two believe they lead, each tick is still taken by one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use daybook_core::actions::keep_schedule::KeepSchedule;
use daybook_core::model::fault::chain;
use daybook_core::ports::store::Store;
use tokio_util::sync::CancellationToken;

/// How often the leader looks.
const LOOK: Duration = Duration::from_secs(1);
/// How often whoever does not lead asks to, and the leader renews: well within a term, so that no leader loses office
/// in normal operation.
const RENEW: Duration = Duration::from_secs(5);
/// How long a leader leads without a sign of life.
const TERM: Duration = Duration::from_secs(20);
/// A leader with more of its term left than this need not renew.
const KEPT: Duration = Duration::from_secs(15);
const AFTER_A_FAULT: Duration = Duration::from_secs(10);

/// What is led.
const SCHEDULE: &str = "schedule";

/// Looks until told to stop.
pub async fn schedule(store: Arc<dyn Store>, name: String, keep: Arc<KeepSchedule>, stop: CancellationToken) {
    // Until when we may believe that we lead: by our own clock, from before we asked.
    let mut leads: Option<Instant> = None;
    while !stop.is_cancelled() {
        let pause = match look(store.as_ref(), &name, &keep, &mut leads).await {
            Ok(true) => LOOK,
            Ok(false) => RENEW,
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
    if leads.is_some()
        && let Err(error) = store.resign(SCHEDULE, &name).await
    {
        tracing::warn!(error = chain(&error), "could not hand on the schedule; another takes it in {TERM:?}");
    }
}

/// Gives whether this process leads.
async fn look(
    store: &dyn Store,
    name: &str,
    keep: &KeepSchedule,
    leads: &mut Option<Instant>,
) -> Result<bool, daybook_core::ports::store::StoreError> {
    let asked = Instant::now();
    if leads.is_none_or(|until| until < asked + KEPT) {
        let was = leads.is_some();
        *leads = None;
        *leads = store.lead(SCHEDULE, name, TERM).await?.map(|term| {
            if !was {
                tracing::info!(schedule.term = term, "this process keeps the schedule");
            }
            asked + TERM
        });
    }
    if leads.is_none() {
        return Ok(false);
    }
    keep.run_due().await?;
    Ok(true)
}

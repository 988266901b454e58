//! Ends jobs that went well. Those that have nothing to tell are ended together: what ends while one commit is under way
//! shares the next.

use std::sync::{Arc, Mutex, PoisonError};

use daybook_core::model::job::{Claimed, Lease};
use daybook_core::ports::store::StoreError;

use crate::execute::Actions;

/// Ends jobs.
pub(crate) struct Settle {
    actions: Arc<Actions>,
    ended: Mutex<Vec<Lease>>,
    turn: tokio::sync::Mutex<()>,
}

impl Settle {
    pub(crate) fn new(actions: Arc<Actions>) -> Self {
        Self { actions, ended: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// A job went well, and this came of it.
    pub(crate) async fn done(&self, claimed: &Claimed, result: Option<String>) -> Result<(), StoreError> {
        if claimed.job.has_row() || result.is_some() {
            return self.actions.settle_job.done(claimed, result).await;
        }
        self.lock().push(claimed.lease.clone());
        let _turn = self.turn.lock().await;
        let ended = std::mem::take(&mut *self.lock());
        if ended.is_empty() {
            // Somebody else has taken this one along, and says so if that fails; it is done again then when its lease ends.
            return Ok(());
        }
        let held = self.actions.settle_job.all_done(&ended).await?;
        let lost = (ended.len() as u64).saturating_sub(held);
        if lost > 0 {
            tracing::warn!(jobs.count = lost, "jobs were done whose leases were lost: others do them again");
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Lease>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

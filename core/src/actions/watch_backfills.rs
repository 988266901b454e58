//! Shows backfills, and ends one on request.

use std::sync::Arc;

use crate::model::account::Admin;
use crate::model::audience::Viewer;
use crate::model::backfill::{Backfill, BackfillId, BackfillState};
use crate::model::job::Job;
use crate::model::source::Freshness;
use crate::ports::clock::Clock;
use crate::ports::store::{Store, StoreError};

/// The most backfills shown at once.
pub const MOST_SHOWN: u32 = 100;

/// Shows and cancels backfills.
pub struct WatchBackfills {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl WatchBackfills {
    /// Watches this store's backfills.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// One; `None` if there is no such backfill.
    pub async fn one(&self, _proof: &Admin, id: BackfillId) -> Result<Option<Backfill>, StoreError> {
        self.store.backfill(id).await
    }

    /// The newest, newest first.
    pub async fn newest(&self, _proof: &Admin) -> Result<Vec<Backfill>, StoreError> {
        self.store.backfills(MOST_SHOWN).await
    }

    /// How fresh each source is.
    pub async fn freshness(&self, viewer: &Viewer) -> Result<Vec<Freshness>, StoreError> {
        let freshness = self.store.freshness(viewer).await?;
        Ok(freshness.into_iter().map(|one| one.told_to(viewer)).collect())
    }

    /// Ends a backfill; what was stored stays. `None` if there is none; one that is over stays as it is.
    pub async fn cancel(&self, proof: &Admin, id: BackfillId) -> Result<Option<Backfill>, StoreError> {
        let mut tx = self.store.begin().await?;
        let Some(backfill) = tx.backfill(id).await? else { return Ok(None) };
        if backfill.state.is_over() {
            return Ok(Some(backfill));
        }
        let reason = format!("cancelled ({})", proof.who());
        let now = self.clock.now();
        tx.set_backfill_state(id, BackfillState::Cancelled, &backfill.warnings, Some(&reason), now).await?;
        tx.forget_seen(id).await?;
        tx.end_jobs(&Job::RunBackfill { backfill: id, source: None }.key(), proof.who()).await?;
        tx.commit().await?;
        self.store.backfill(id).await
    }
}

//! Shows what is known to be missing of a source, and how its own list compared with what is held.

use std::sync::Arc;

use crate::model::account::Admin;
use crate::model::census::Ledger;
use crate::model::source::SourceKind;
use crate::ports::clock::Clock;
use crate::ports::store::{Gap, OpenRecord, Quarantined, Store, StoreError};

/// The most of one sort shown at once.
pub const MOST_SHOWN: u32 = 100;

/// Shows what of sources is not, or not yet, held.
pub struct WatchSources {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// What of a source is not held as it should be, at most [`MOST_SHOWN`] of each sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaws {
    /// Parts of records that Daybook does not hold, newest first.
    pub gaps: Vec<Gap>,
    /// Records that their source has not finished, oldest first.
    pub open: Vec<OpenRecord>,
    /// Records that could not be read, newest first.
    pub quarantined: Vec<Quarantined>,
}

impl WatchSources {
    /// Watches this store's sources.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// What the newest census found; `None`: there was none.
    pub async fn ledger(&self, _proof: &Admin, source: SourceKind) -> Result<Option<Ledger>, StoreError> {
        let ledger = self.store.ledger(source).await?;
        // One that was begun and has compared nothing yet says nothing.
        Ok(ledger.filter(|ledger| ledger.compared_at.is_some()))
    }

    /// What is missing, waited for or unreadable.
    pub async fn flaws(&self, _proof: &Admin, source: SourceKind) -> Result<Flaws, StoreError> {
        let mut open = self.store.open_records(source, self.clock.now()).await?;
        open.truncate(MOST_SHOWN as usize);
        Ok(Flaws {
            gaps: self.store.gaps(source, MOST_SHOWN).await?,
            open,
            quarantined: self.store.quarantined(source, MOST_SHOWN).await?,
        })
    }
}

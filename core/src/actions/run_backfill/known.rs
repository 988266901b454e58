//! What a walk may ask the store: how records are held.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::model::source::SourceKind;
use crate::ports::source::{HeldRecord, Known};
use crate::ports::store::{Store, StoreError};

/// The records of one source, as the store holds them.
pub(super) struct StoreKnown {
    pub(super) store: Arc<dyn Store>,
    pub(super) source: SourceKind,
}

#[async_trait]
impl Known for StoreKnown {
    async fn held(&self, external_ids: &[&str]) -> Result<HashMap<String, HeldRecord>, StoreError> {
        self.store.held_records(self.source, external_ids).await
    }
}

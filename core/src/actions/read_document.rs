//! Shows one document to whoever may see it.

use std::sync::Arc;

use crate::model::audience::Viewer;
use crate::model::document::{Change, DocumentId, StoredDocument};
use crate::ports::store::{Store, StoreError};

/// Reads single documents.
pub struct ReadDocument {
    store: Arc<dyn Store>,
}

impl ReadDocument {
    /// Reads from this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// The document; `None` alike if there is none, if it has left its source, or if it is not for this viewer: which of
    /// the three it is, only those who may see it could be told.
    pub async fn run(&self, viewer: &Viewer, id: DocumentId) -> Result<Option<StoredDocument>, StoreError> {
        let documents = self.store.documents(&[id], viewer).await?;
        Ok(documents.into_iter().find(|stored| {
            stored.id == id && stored.tombstone.is_none() && viewer.may_see(&stored.document.audience)
        }))
    }

    /// What changed in it in its source's own time, oldest first; nothing if it is not for this viewer.
    pub async fn history(&self, viewer: &Viewer, id: DocumentId) -> Result<Vec<Change>, StoreError> {
        self.store.changes(id, viewer).await
    }
}

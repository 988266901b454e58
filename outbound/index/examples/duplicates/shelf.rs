//! Documents in memory with the reading half of a store: what a search asks for, and no more.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::{Backfill, BackfillId};
use daybook_core::model::document::{DocumentId, Revision, StoredDocument};
use daybook_core::model::job::{Claimed, Lease, QueueCounts};
use daybook_core::model::passage::PassageVector;
use daybook_core::model::source::{Freshness, SourceKind};
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::source::Cursor;
use daybook_core::ports::store::{
    DocumentCounts, Quarantined, Store, StoreError, Transaction, Unembedded, Wish,
};

/// The documents.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    documents: Mutex<HashMap<DocumentId, StoredDocument>>,
}

impl Shelf {
    /// Puts documents on the shelf.
    pub(crate) fn put(&self, documents: &[StoredDocument]) {
        if let Ok(mut held) = self.documents.lock() {
            held.extend(documents.iter().map(|stored| (stored.id, stored.clone())));
        }
    }
}

fn refused<T>() -> Result<T, StoreError> {
    Err(StoreError::Failed { doing: "do more than read documents", source: "this is only a shelf".into() })
}

#[async_trait]
impl Store for Shelf {
    async fn documents(
        &self,
        ids: &[DocumentId],
        viewer: &Viewer,
    ) -> Result<Vec<StoredDocument>, StoreError> {
        let Ok(held) = self.documents.lock() else { return refused() };
        let found = ids.iter().filter_map(|id| held.get(id));
        Ok(found.filter(|stored| viewer.may_see(&stored.document.audience)).cloned().collect())
    }

    async fn document_counts(&self, _: Option<&ModelId>) -> Result<DocumentCounts, StoreError> {
        let Ok(held) = self.documents.lock() else { return refused() };
        Ok(DocumentCounts { held: held.len() as u64, with_vectors: 0 })
    }

    async fn freshness(&self) -> Result<Vec<Freshness>, StoreError> {
        Ok(Vec::new())
    }

    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        refused()
    }

    async fn backfill(&self, _: BackfillId) -> Result<Option<Backfill>, StoreError> {
        refused()
    }

    async fn backfills(&self, _: u32) -> Result<Vec<Backfill>, StoreError> {
        refused()
    }

    async fn checkpoint(&self, _: BackfillId) -> Result<Option<Cursor>, StoreError> {
        refused()
    }

    async fn document_changes(&self, _: Revision, _: u32, _: u64) -> Result<Vec<StoredDocument>, StoreError> {
        refused()
    }

    async fn document_outlines(&self, _: Revision, _: u32) -> Result<Vec<StoredDocument>, StoreError> {
        refused()
    }

    async fn vector_changes(
        &self,
        _: &ModelId,
        _: Revision,
        _: u32,
    ) -> Result<Vec<PassageVector>, StoreError> {
        refused()
    }

    async fn without_vectors(&self, _: &ModelId, _: u32) -> Result<Vec<Unembedded>, StoreError> {
        refused()
    }

    async fn revision(&self) -> Result<Revision, StoreError> {
        refused()
    }

    async fn raw_digests(&self, _: SourceKind, _: &str, _: u32) -> Result<Vec<(String, String)>, StoreError> {
        refused()
    }

    async fn quarantined(&self, _: SourceKind, _: u32) -> Result<Vec<Quarantined>, StoreError> {
        refused()
    }

    async fn claim(&self, _: &Wish<'_>) -> Result<Option<Claimed>, StoreError> {
        refused()
    }

    async fn extend(&self, _: &Lease, _: DateTime<Utc>) -> Result<(), StoreError> {
        refused()
    }

    async fn next_due(&self, _: &[&str]) -> Result<Option<DateTime<Utc>>, StoreError> {
        refused()
    }

    async fn queue_counts(&self) -> Result<QueueCounts, StoreError> {
        refused()
    }

    async fn worker_seen_since(&self, _: DateTime<Utc>) -> Result<bool, StoreError> {
        refused()
    }

    async fn worker_beat(&self, _: &str, _: DateTime<Utc>) -> Result<(), StoreError> {
        refused()
    }
}

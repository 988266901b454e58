//! Brings the search indexes of this process up to what the store holds. They are derived data: from nothing, this
//! rebuilds them.

use std::sync::Arc;

use crate::model::fault::{Fault, FaultKind};
use crate::ports::embedder::{Embedder, ModelId};
use crate::ports::keywords::{IndexError, KeywordIndex};
use crate::ports::store::{Store, StoreError};
use crate::ports::vectors::VectorIndex;

/// Documents taken at once, and about how many bytes of their text: bounds what is held in memory.
const BATCH: u32 = 500;
const BATCH_BYTES: u64 = 6 * 1024 * 1024;
const OUTLINES: u32 = 500;
const VECTORS: u32 = 2_000;

/// Follows the store.
pub struct FollowStore {
    store: Arc<dyn Store>,
    keywords: Arc<dyn KeywordIndex>,
    vectors: Arc<dyn VectorIndex>,
    model: Option<ModelId>,
}

/// Why an index did not follow.
#[derive(Debug, thiserror::Error)]
pub enum FollowStoreError {
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for FollowStoreError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Index(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }
}

impl FollowStore {
    /// Keeps these indexes up with that store; vectors of the embedder's model only.
    pub fn new(
        store: Arc<dyn Store>,
        keywords: Arc<dyn KeywordIndex>,
        vectors: Arc<dyn VectorIndex>,
        embedder: Option<&dyn Embedder>,
    ) -> Self {
        Self { store, keywords, vectors, model: embedder.map(|embedder| embedder.model().clone()) }
    }

    /// Takes one batch of each kind; gives how many rows there were. 0: the indexes are up to date.
    pub async fn run_once(&self) -> Result<usize, FollowStoreError> {
        Ok(self.follow_words().await? + self.follow_outlines().await? + self.follow_vectors().await?)
    }

    async fn follow_words(&self) -> Result<usize, FollowStoreError> {
        if !self.keywords.is_keeper() {
            return Ok(0);
        }
        let since = self.keywords.position().await?;
        let documents = self.store.document_changes(since, BATCH, BATCH_BYTES).await?;
        if let Some(last) = documents.last() {
            self.keywords.apply(&documents, last.revision).await?;
        }
        Ok(documents.len())
    }

    async fn follow_outlines(&self) -> Result<usize, FollowStoreError> {
        if self.model.is_none() {
            return Ok(0);
        }
        let (since, _) = self.vectors.position().await?;
        let documents = self.store.document_outlines(since, OUTLINES).await?;
        if let Some(last) = documents.last() {
            self.vectors.apply_documents(&documents, last.revision).await?;
        }
        Ok(documents.len())
    }

    async fn follow_vectors(&self) -> Result<usize, FollowStoreError> {
        let Some(model) = &self.model else { return Ok(0) };
        let (_, since) = self.vectors.position().await?;
        let vectors = self.store.vector_changes(model, since, VECTORS).await?;
        if let Some(last) = vectors.last() {
            self.vectors.apply_vectors(&vectors, last.revision).await?;
        }
        Ok(vectors.len())
    }
}

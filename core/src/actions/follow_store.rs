//! Brings the search indexes of this process up to what the store holds. They are derived data: from nothing, this
//! rebuilds them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::model::document::{DocumentId, Revision};
use crate::model::fault::{Fault, FaultKind};
use crate::ports::embedder::{Embedder, ModelId};
use crate::ports::keywords::{IndexError, KeywordIndex, Landmark};
use crate::ports::store::{Store, StoreError};
use crate::ports::vectors::VectorIndex;

/// Documents taken at once, and about how many bytes of their text: bounds what is held in memory.
const BATCH: u32 = 500;
const BATCH_BYTES: u64 = 6 * 1024 * 1024;
/// Changes behind the index that are looked through for what it knows; beyond them it is in doubt.
const LATER: u32 = 20_000;
const OUTLINES: u32 = 500;
const VECTORS: u32 = 2_000;
/// Every revision comes before it: stands for a store that has not been looked at.
const UNKNOWN: i64 = i64::MAX;

/// Follows the store.
pub struct FollowStore {
    store: Arc<dyn Store>,
    keywords: Arc<dyn KeywordIndex>,
    vectors: Arc<dyn VectorIndex>,
    model: Option<ModelId>,
    /// The store's newest revision when the words last followed; a smaller one later means that a copy was restored.
    words_saw: AtomicI64,
    /// The same for vectors.
    vectors_saw: AtomicI64,
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
        Self {
            store,
            keywords,
            vectors,
            model: embedder.map(|embedder| embedder.model().clone()),
            words_saw: AtomicI64::new(UNKNOWN),
            vectors_saw: AtomicI64::new(0),
        }
    }

    /// Takes one batch of each kind; gives how many rows there were. 0: the indexes are up to date.
    pub async fn run_once(&self) -> Result<usize, FollowStoreError> {
        let words = self.follow_words().await;
        // A folder that cannot be written to keeps nobody from searching by meaning.
        self.check_vectors().await?;
        let meanings = self.follow_outlines().await? + self.follow_vectors().await?;
        Ok(words? + meanings)
    }

    async fn follow_words(&self) -> Result<usize, FollowStoreError> {
        if !self.keywords.keep().await? {
            // What another process does to the index meanwhile is not known here.
            self.words_saw.store(UNKNOWN, Ordering::Relaxed);
            return Ok(0);
        }
        let since = self.words_position().await?;
        let documents = self.store.document_changes(since, BATCH, BATCH_BYTES).await?;
        if let Some(last) = documents.last() {
            self.keywords.apply(&documents, last.revision).await?;
        }
        Ok(documents.len())
    }

    /// How far the words are; 0 when what they followed is not this store as it is now.
    async fn words_position(&self) -> Result<Revision, FollowStoreError> {
        // In this order: the store never falls behind a position that was read before it.
        let position = self.keywords.position().await?;
        let newest = self.store.revision().await?;
        let is_behind = position > newest;
        let went_back = newest.0 < self.words_saw.load(Ordering::Relaxed);
        let is_strange =
            is_behind || (went_back && position > Revision(0) && !self.still_has(position).await?);
        if is_strange {
            tracing::warn!(
                index.position = position.0,
                store.revision = newest.0,
                "the keyword index is not one of what the store holds now (was a copy restored?): it is built anew"
            );
            self.keywords.restart().await?;
        }
        self.words_saw.store(newest.0, Ordering::Relaxed);
        Ok(if is_strange { Revision(0) } else { position })
    }

    /// Whether the store still has what the keyword index took in last. In doubt it has not.
    async fn still_has(&self, position: Revision) -> Result<bool, FollowStoreError> {
        let landmarks = self.keywords.landmarks().await?;
        let Some(first) = landmarks.first() else { return Ok(false) };
        let most = u32::try_from(landmarks.len()).unwrap_or(u32::MAX);
        let mut held = self.store.document_outlines(Revision(first.revision.0 - 1), most).await?;
        held.retain(|stored| stored.revision <= position);
        let held: Vec<Landmark> = held.iter().map(Landmark::of).collect();
        if held.iter().any(|one| !landmarks.contains(one)) {
            return Ok(false);
        }
        let moved: Vec<DocumentId> =
            landmarks.iter().filter(|one| !held.contains(one)).map(|one| one.id).collect();
        if moved.is_empty() {
            return Ok(true);
        }
        // Tombstones included: what was taken away has moved as well.
        let later = self.store.document_outlines(position, LATER).await?;
        let has_moved = |id: &DocumentId| later.iter().any(|stored| stored.id == *id);
        Ok(moved.iter().all(has_moved))
    }

    /// Lets the vectors begin again when the store is not what they followed any more.
    async fn check_vectors(&self) -> Result<(), FollowStoreError> {
        if self.model.is_none() {
            return Ok(());
        }
        let (documents, vectors) = self.vectors.position().await?;
        let newest = self.store.revision().await?;
        let has_followed = documents.max(vectors) > Revision(0);
        if has_followed && newest.0 < self.vectors_saw.load(Ordering::Relaxed).max(documents.max(vectors).0) {
            tracing::warn!(
                index.position = documents.max(vectors).0,
                store.revision = newest.0,
                "the store is behind the vectors (was a copy restored?): they are read anew"
            );
            self.vectors.restart().await?;
        }
        self.vectors_saw.store(newest.0, Ordering::Relaxed);
        Ok(())
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

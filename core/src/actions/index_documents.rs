//! Gives a vector to every document that has none for its present content. Text that was embedded before is not again.

use std::sync::Arc;

use crate::model::fault::{Fault, FaultKind};
use crate::model::job::{Job, Lease, NewJob, StopSign};
use crate::model::passage::{Passage, PassageVector, Piece};
use crate::ports::clock::Clock;
use crate::ports::embedder::{Embedder, EmbedderError, TextKind};
use crate::ports::store::{Embedded, EmbeddedPiece, Store, StoreError, Unembedded};

/// Documents taken at once: bounds what is held in memory.
const BATCH: u32 = 32;

/// Embeds documents.
pub struct IndexDocuments {
    store: Arc<dyn Store>,
    embedder: Option<Arc<dyn Embedder>>,
}

/// Why documents were not embedded.
#[derive(Debug, thiserror::Error)]
pub enum IndexDocumentsError {
    /// The model failed.
    #[error(transparent)]
    Embedder(#[from] EmbedderError),
    /// It gave back something else than asked.
    #[error(
        "the embedding model gave {got} vectors for {asked} texts, or one of a wrong length or not a number"
    )]
    Misshapen {
        /// Vectors that came.
        got: usize,
        /// Texts that went.
        asked: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Fault for IndexDocumentsError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Embedder(error) => error.kind(),
            Self::Misshapen { .. } => FaultKind::Broken,
            Self::Store(error) => error.kind(),
        }
    }
}

impl IndexDocuments {
    /// Embeds with this model; without one there is nothing to do.
    pub fn new(store: Arc<dyn Store>, embedder: Option<Arc<dyn Embedder>>) -> Self {
        Self { store, embedder }
    }

    /// Puts the work into the queue if there is some: the model may have come after the documents.
    pub async fn enqueue_if_wanted(&self, clock: &dyn Clock) -> Result<bool, StoreError> {
        let Some(embedder) = self.embedder.as_deref() else { return Ok(false) };
        if self.store.without_vectors(embedder.model(), 1).await?.is_empty() {
            return Ok(false);
        }
        self.store.submit(NewJob::now(Job::IndexDocuments, clock.fresh_id())).await
    }

    /// Embeds until nothing is left or the sign goes up. Gives how many documents it embedded.
    pub async fn run(&self, lease: &Lease, stop: &StopSign) -> Result<u64, IndexDocumentsError> {
        let Some(embedder) = self.embedder.as_deref() else { return Ok(0) };
        let mut count = 0;
        while !stop.is_up() {
            let batch = self.store.without_vectors(embedder.model(), BATCH).await?;
            if batch.is_empty() {
                break;
            }
            count += batch.len() as u64;
            let fresh = embed(embedder, &batch).await?;
            let mut tx = self.store.begin().await?;
            tx.hold(lease).await?;
            tx.save_vectors(embedder.model(), &fresh).await?;
            tx.commit().await?;
        }
        Ok(count)
    }
}

async fn embed(embedder: &dyn Embedder, batch: &[Unembedded]) -> Result<Vec<Embedded>, IndexDocumentsError> {
    let mut documents: Vec<Embedded> = Vec::with_capacity(batch.len());
    let mut wanted: Vec<(usize, usize, Piece, String)> = Vec::new();
    for item in batch {
        let pieces = Passage::of(&item.stored.document)
            .into_iter()
            .enumerate()
            .map(|(place, passage)| {
                let hash = passage.hash();
                if !item.held.iter().any(|(piece, held)| *piece == passage.piece && *held == hash) {
                    wanted.push((documents.len(), place, passage.piece, passage.text));
                }
                EmbeddedPiece { piece: passage.piece, text_hash: hash, vector: None }
            })
            .collect();
        let content_hash = item.stored.content_hash.clone();
        documents.push(Embedded { document: item.stored.id, content_hash, pieces });
    }
    for (piece, kind) in [(Piece::Title, TextKind::Title), (Piece::Text, TextKind::Issue)] {
        let places: Vec<(usize, usize)> =
            wanted.iter().filter(|w| w.2 == piece).map(|w| (w.0, w.1)).collect();
        if places.is_empty() {
            continue;
        }
        let texts: Vec<String> = wanted.iter().filter(|w| w.2 == piece).map(|w| w.3.clone()).collect();
        let vectors = embedder.embed(&texts, kind).await?;
        let sound =
            |v: &Vec<f32>| v.len() == embedder.dimension() && v.iter().all(|number| number.is_finite());
        if vectors.len() != texts.len() || !vectors.iter().all(sound) {
            return Err(IndexDocumentsError::Misshapen { got: vectors.len(), asked: texts.len() });
        }
        for ((document, place), vector) in places.into_iter().zip(vectors) {
            documents[document].pieces[place].vector = Some(PassageVector::squeeze(&vector));
        }
    }
    Ok(documents)
}

//! Documents by their meaning: nearest vectors. Derived data: it can be deleted and rebuilt from the store.

use async_trait::async_trait;

use super::keywords::IndexError;
use crate::model::audience::Viewer;
use crate::model::document::{DocumentId, Revision, StoredDocument};
use crate::model::hit::{Filter, Ranked};
use crate::model::passage::PassageVector;

/// A question as the vector index takes it.
#[derive(Debug, Clone, Copy)]
pub struct VectorQuery<'a> {
    /// The question's vector, of length 1.
    pub vector: &'a [f32],
    /// What narrows it.
    pub filter: &'a Filter,
    /// Who asks; applied before anything is ranked or counted.
    pub viewer: &'a Viewer,
    /// How many of the best.
    pub take: usize,
    /// Documents to score as well, if they pass the filter.
    pub also: &'a [DocumentId],
}

/// Two rankings of one scan: by the text's vector and by the title's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Nearest {
    /// By title and body.
    pub text: Ranked,
    /// By the title alone, scored for the same documents as `text`.
    pub title: Ranked,
}

/// Finds documents by their meaning and keeps up with the store.
#[async_trait]
pub trait VectorIndex: Send + Sync {
    /// The nearest documents by cosine.
    async fn nearest(&self, query: VectorQuery<'_>) -> Result<Nearest, IndexError>;
    /// How far this index has followed the store: contents (for the filters), and vectors.
    async fn position(&self) -> Result<(Revision, Revision), IndexError>;
    /// Takes in what the filters need to know of documents; tombstones leave the index.
    async fn apply_documents(&self, documents: &[StoredDocument], upto: Revision) -> Result<(), IndexError>;
    /// Takes in vectors. Replaces by document and piece.
    async fn apply_vectors(&self, vectors: &[PassageVector], upto: Revision) -> Result<(), IndexError>;
    /// Forgets everything and how far it had followed.
    async fn restart(&self) -> Result<(), IndexError>;
    /// How many documents that the viewer may see have a vector here.
    async fn count(&self, viewer: &Viewer) -> Result<u64, IndexError>;
}

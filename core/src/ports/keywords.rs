//! Documents by their words. Derived data: it follows the store and can be deleted at any time.

use async_trait::async_trait;

use crate::model::audience::Viewer;
use crate::model::document::{DocumentId, Revision, StoredDocument};
use crate::model::fault::{Fault, FaultKind};
use crate::model::hit::{Filter, Ranked};

/// A question as the keyword index takes it.
#[derive(Debug, Clone, Copy)]
pub struct WordQuery<'a> {
    /// The words; the first line of a text of several lines is its title and weighs more.
    pub text: &'a str,
    /// What narrows it.
    pub filter: &'a Filter,
    /// Who asks; applied before anything is ranked or counted.
    pub viewer: &'a Viewer,
    /// How many of the best.
    pub take: usize,
    /// Documents to score as well, if they pass the filter.
    pub also: &'a [DocumentId],
}

/// A document as an index took it in. The store that was followed still has it so, or has written it anew since; another
/// store, or an older copy of this one, does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landmark {
    /// Which document.
    pub id: DocumentId,
    /// Its revision then.
    pub revision: Revision,
    /// The digest of its content then.
    pub content_hash: String,
}

impl Landmark {
    /// That document as it is now.
    #[must_use]
    pub fn of(stored: &StoredDocument) -> Self {
        Self { id: stored.id, revision: stored.revision, content_hash: stored.content_hash.clone() }
    }
}

/// Finds documents by their words and keeps up with the store.
#[async_trait]
pub trait KeywordIndex: Send + Sync {
    /// The best by words. Scores cover every document that passes the filter; one without a matching word scores 0.
    async fn search(&self, query: WordQuery<'_>) -> Result<Ranked, IndexError>;
    /// How far this index has followed the store.
    async fn position(&self) -> Result<Revision, IndexError>;
    /// The last few documents that it took in, in the order of their revisions.
    async fn landmarks(&self) -> Result<Vec<Landmark>, IndexError>;
    /// Takes in documents, tombstones included, and remembers to have followed the store up to `upto`. Replaces by id.
    /// Searchable when this returns.
    async fn apply(&self, documents: &[StoredDocument], upto: Revision) -> Result<(), IndexError>;
    /// Forgets every document and how far it had followed.
    async fn restart(&self) -> Result<(), IndexError>;
    /// How many documents it holds that the viewer may see.
    async fn count(&self, viewer: &Viewer) -> Result<u64, IndexError>;
    /// Whether this process keeps the index up to date, or only reads what another process keeps. A process that may keep
    /// it takes over here when no other does, and begins anew here when what it kept was removed: ask before each step.
    async fn keep(&self) -> Result<bool, IndexError>;
}

/// Why a search index did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the search index failed while it tried to {doing}")]
pub struct IndexError {
    /// What it was doing.
    pub doing: &'static str,
    /// What went wrong.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl Fault for IndexError {
    fn kind(&self) -> FaultKind {
        FaultKind::Unavailable
    }
}

//! The search indexes: what is found, by whom, and what survives a restart or a damaged folder.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

mod keywords;
mod vectors;

use chrono::{DateTime, Utc};
use daybook_core::model::document::{Document, DocumentId, Revision, StoredDocument};

/// A document as the store would give it.
fn stored(id: i64, document: Document) -> StoredDocument {
    StoredDocument {
        id: DocumentId(id),
        content_hash: document.content_hash(),
        document,
        fetched_at: DateTime::<Utc>::UNIX_EPOCH,
        revision: Revision(id),
        tombstone: None,
    }
}

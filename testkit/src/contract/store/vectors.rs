//! Facts about vectors and the content they belong to.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use daybook_core::model::audience::Viewer;
use daybook_core::model::document::{Document, Revision, StoredDocument};
use daybook_core::model::passage::{Passage, Piece};
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::store::{Embedded, EmbeddedPiece};

use super::{Any, save};
use crate::sample::{issue, record};

fn embedded(stored: &StoredDocument, fill: i8) -> Embedded {
    let pieces = Passage::of(&stored.document)
        .iter()
        .map(|passage| EmbeddedPiece {
            piece: passage.piece,
            text_hash: passage.hash(),
            vector: Some((vec![fill; 8], 0.5)),
        })
        .collect();
    Embedded { document: stored.id, content_hash: stored.content_hash.clone(), pieces }
}

/// Vectors are for a content and a model; either changes, and they are wanted again.
pub async fn vectors_belong_to_content_and_model(store: Any) {
    let (model, other) = (ModelId("m".to_owned()), ModelId("n".to_owned()));
    save(&store, &[record(issue(1, "one")), record(issue(2, "two"))]).await;
    let wanted = store.without_vectors(&model, 10).await.unwrap();
    assert_eq!(wanted.len(), 2);
    assert_eq!(wanted[0].stored.document.key, "HARB-2", "newest first");
    let mut tx = store.begin().await.unwrap();
    let all_of: Vec<_> = wanted.iter().map(|item| embedded(&item.stored, -5)).collect();
    tx.save_vectors(&model, &all_of).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.without_vectors(&model, 10).await.unwrap().is_empty());
    assert_eq!(store.without_vectors(&other, 10).await.unwrap().len(), 2);
    assert_eq!(store.document_counts(Some(&model), &Viewer::admin()).await.unwrap().with_vectors, 2);
    let vectors = store.vector_changes(&model, Revision(0), 3).await.unwrap();
    assert_eq!(vectors.len(), 3);
    assert_eq!((vectors[0].numbers.as_slice(), vectors[0].scale), ([-5_i8; 8].as_slice(), 0.5));
    assert_eq!(
        store.vector_changes(&model, vectors[2].revision, 9).await.unwrap().len(),
        1,
        "none is skipped"
    );
    save(&store, &[record(Document { body: "new words".to_owned(), ..issue(1, "one") })]).await;
    let wanted = store.without_vectors(&model, 10).await.unwrap();
    assert_eq!(wanted.len(), 1);
    let title = Passage::of(&wanted[0].stored.document).remove(0);
    assert!(wanted[0].held.contains(&(Piece::Title, title.hash())), "the title's vector is held still");
    // Vectors of an older content are saved, but the document stays wanted.
    let stale = Embedded { content_hash: "older".to_owned(), ..embedded(&wanted[0].stored, 1) };
    let mut tx = store.begin().await.unwrap();
    tx.save_vectors(&model, &[stale]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.without_vectors(&model, 10).await.unwrap().len(), 1);
}

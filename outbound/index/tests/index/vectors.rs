//! Documents by their meaning.

use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::document::{Document, DocumentId, Revision, Tombstone};
use daybook_core::model::hit::Filter;
use daybook_core::model::passage::{PassageVector, Piece};
use daybook_core::ports::vectors::{Nearest, VectorIndex, VectorQuery};
use daybook_index::vectors::FlatVectors;
use daybook_testkit::sample::issue;

use super::stored;

/// As many numbers as the local model gives.
const DIMENSION: usize = 384;

/// A direction that a number stands for; no two alike.
fn direction(seed: i64) -> Vec<f32> {
    let mut state = seed.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let numbers: Vec<f32> = (0..DIMENSION)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            f32::from(u16::try_from(state & 0xffff).unwrap()) / 32_768.0 - 1.0
        })
        .collect();
    let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt();
    numbers.iter().map(|number| number / length).collect()
}

fn vector(id: i64, piece: Piece, towards: &[f32]) -> PassageVector {
    let (numbers, scale) = PassageVector::squeeze(towards);
    PassageVector { document: DocumentId(id), piece, numbers, scale, revision: Revision(id) }
}

async fn filled(count: i64) -> FlatVectors {
    let index = FlatVectors::default();
    let documents: Vec<_> = (1..=count)
        .map(|id| {
            let audience = if id % 3 == 0 { Audience::Unknown } else { Audience::Members };
            stored(id, Document { audience, ..issue(u32::try_from(id).unwrap(), "one") })
        })
        .collect();
    index.apply_documents(&documents, Revision(count)).await.unwrap();
    let vectors: Vec<_> = (1..=count)
        .flat_map(|id| {
            [vector(id, Piece::Text, &direction(id)), vector(id, Piece::Title, &direction(id + 1_000_000))]
        })
        .collect();
    index.apply_vectors(&vectors, Revision(count)).await.unwrap();
    index
}

async fn ask(index: &FlatVectors, towards: &[f32], viewer: &Viewer) -> Nearest {
    let query = VectorQuery { vector: towards, filter: &Filter::default(), viewer, take: 10, also: &[] };
    index.nearest(query).await.unwrap()
}

#[tokio::test]
async fn the_ten_nearest_are_those_of_an_exact_comparison_to_within_what_a_byte_can_tell() {
    let index = filled(3_000).await;
    let (mut agreed, rounds) = (0, 40);
    for round in 0..rounds {
        let towards = direction(5_000_000 + round);
        let exactly = |id| -> f32 { direction(id).iter().zip(&towards).map(|(a, b)| a * b).sum() };
        let mut exact: Vec<(i64, f32)> = (1..=3_000).map(|id| (id, exactly(id))).collect();
        exact.sort_by(|a, b| b.1.total_cmp(&a.1));
        let tenth = exact[9].1;
        for found in ask(&index, &towards, &Viewer::admin()).await.text.scored {
            let cosine = exactly(found.id.0);
            assert!(cosine > tenth - 0.003, "{cosine} is no near one where the tenth has {tenth}");
            agreed += usize::from(cosine >= tenth);
        }
    }
    // Random directions are hardly apart; real texts are.
    assert!(agreed >= 385, "{agreed} of 400");
}

#[tokio::test]
async fn hidden_documents_are_neither_found_nor_counted() {
    let index = filled(300).await;
    let member = ask(&index, &direction(3), &Viewer::member()).await;
    assert!(member.text.scored.iter().all(|scored| scored.id.0 % 3 != 0));
    assert_eq!(member.text.considered, 200);
    assert_eq!(index.count(&Viewer::member()).await.unwrap(), 200);
    assert_eq!(ask(&index, &direction(3), &Viewer::admin()).await.text.scored[0].id, DocumentId(3));
}

#[tokio::test]
async fn a_document_that_left_and_came_back_is_found_again() {
    let index = filled(5).await;
    let mut gone = stored(2, issue(2, "one"));
    gone.tombstone = Some(Tombstone::Deleted);
    index.apply_documents(&[gone], Revision(6)).await.unwrap();
    assert_eq!(index.count(&Viewer::admin()).await.unwrap(), 4);
    assert_ne!(ask(&index, &direction(2), &Viewer::admin()).await.text.scored[0].id, DocumentId(2));
    index.apply_documents(&[stored(2, issue(2, "one"))], Revision(7)).await.unwrap();
    assert_eq!(ask(&index, &direction(2), &Viewer::admin()).await.text.scored[0].id, DocumentId(2));
}

#[tokio::test]
async fn a_vector_without_its_document_waits_for_it() {
    let index = FlatVectors::default();
    index.apply_vectors(&[vector(7, Piece::Text, &direction(7))], Revision(1)).await.unwrap();
    assert_eq!(index.count(&Viewer::admin()).await.unwrap(), 0);
    index.apply_documents(&[stored(7, issue(7, "one"))], Revision(2)).await.unwrap();
    assert_eq!(index.count(&Viewer::admin()).await.unwrap(), 1);
    assert_eq!(index.position().await.unwrap(), (Revision(2), Revision(1)));
}

#[tokio::test]
async fn vectors_of_another_length_are_refused() {
    let index = filled(3).await;
    let short = PassageVector { numbers: vec![1; 8], ..vector(9, Piece::Text, &direction(9)) };
    assert!(index.apply_vectors(&[short], Revision(9)).await.is_err());
    let query = VectorQuery {
        vector: &[0.5; 8],
        filter: &Filter::default(),
        viewer: &Viewer::admin(),
        take: 1,
        also: &[],
    };
    assert!(index.nearest(query).await.is_err());
}

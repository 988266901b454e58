//! The vectors, against those of a reference, and whatever else a caller relies on.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_core::ports::embedder::{Embedder, TextKind};
use daybook_embedding::LocalEmbedder;
use serde::Deserialize;

use crate::model::embedder;

/// `vectors.json` was computed with numpy in `f64` from the same weights, with Python's `tokenizers`, truncated at 256.
#[derive(Deserialize)]
struct Reference {
    text: String,
    vector: String,
}

fn references() -> Vec<(String, Vec<f32>)> {
    let references: Vec<Reference> =
        serde_json::from_str(include_str!("vectors.json")).expect("they are JSON");
    let numbers = |text: &str| {
        let bytes = STANDARD.decode(text).expect("it is base64");
        bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    };
    references.into_iter().map(|one| (one.text, numbers(&one.vector))).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!((a.len(), b.len()), (384, 384));
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

async fn one(embedder: &LocalEmbedder, text: &str, kind: TextKind) -> Vec<f32> {
    embedder.embed(&[text.to_owned()], kind).await.expect("it has a vector").remove(0)
}

#[tokio::test]
async fn vectors_are_those_of_the_reference_in_their_order() {
    let Some(embedder) = embedder("vectors_are_those_of_the_reference_in_their_order") else { return };
    let (texts, wanted): (Vec<String>, Vec<Vec<f32>>) = references().into_iter().unzip();
    assert!(texts.len() >= 20);
    let vectors = embedder.embed(&texts, TextKind::Passage).await.unwrap();
    assert_eq!(vectors.len(), texts.len());
    for ((text, vector), wanted) in texts.iter().zip(&vectors).zip(&wanted) {
        let cosine = cosine(vector, wanted);
        assert!(cosine >= 0.9998, "{cosine} for {text:?}");
        let length: f32 = vector.iter().map(|number| number * number).sum();
        assert!((length - 1.0).abs() < 1e-5);
    }
}

#[tokio::test]
async fn a_text_has_the_same_vector_alone_and_among_others() {
    let Some(embedder) = embedder("a_text_has_the_same_vector_alone_and_among_others") else { return };
    let texts: Vec<String> = references().into_iter().map(|(text, _)| text).cycle().take(70).collect();
    let together = embedder.embed(&texts, TextKind::Issue).await.unwrap();
    for (text, vector) in texts.iter().zip(&together) {
        let alone = one(embedder, text, TextKind::Question).await;
        assert!(alone.iter().zip(vector).all(|(a, b)| (a - b).abs() < 1e-4), "{text:?}");
    }
}

#[tokio::test]
async fn no_text_gives_no_vector_and_an_empty_one_gives_one() {
    let Some(embedder) = embedder("no_text_gives_no_vector_and_an_empty_one_gives_one") else { return };
    assert_eq!(embedder.embed(&[], TextKind::Issue).await.unwrap(), [[0.0; 0]; 0]);
    let empty = one(embedder, "", TextKind::Issue).await;
    let blank = one(embedder, " \n\t\u{200b}", TextKind::Issue).await;
    assert_eq!(embedder.dimension(), empty.len());
    assert!(cosine(&empty, &blank) > 0.99999);
}

#[tokio::test]
async fn a_very_long_text_is_read_as_far_as_its_kind_says() {
    let Some(embedder) = embedder("a_very_long_text_is_read_as_far_as_its_kind_says") else { return };
    let long = "budget release ".repeat(500_000);
    let mut other = "budget release ".repeat(63);
    let start = Instant::now();
    let issue = one(embedder, &long, TextKind::Issue).await;
    let passage = one(embedder, &long, TextKind::Passage).await;
    // 7.5 MB, of which a kilobyte is looked at.
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(cosine(&issue, &one(embedder, &other, TextKind::Issue).await) > 0.99999);
    other.push_str("an end that an issue is not read to, but a passage is: penguins in Antarctica");
    assert!(cosine(&issue, &one(embedder, &other, TextKind::Issue).await) > 0.99999);
    assert!(cosine(&passage, &one(embedder, &other, TextKind::Passage).await) < 0.999);
}

#[tokio::test]
async fn texts_of_one_meaning_are_nearer_than_others() {
    let Some(embedder) = embedder("texts_of_one_meaning_are_nearer_than_others") else { return };
    let question = one(embedder, "Users cannot log in", TextKind::Question).await;
    let near = one(embedder, "Sign-in fails with a wrong password message", TextKind::Issue).await;
    let far = one(embedder, "The invoice shows a wrong VAT rate", TextKind::Issue).await;
    assert!(cosine(&question, &near) > cosine(&question, &far) + 0.2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_callers_at_once_get_their_own_vectors() {
    let Some(embedder) = embedder("two_callers_at_once_get_their_own_vectors") else { return };
    let all = references();
    let (first, second) = all.split_at(all.len() / 2);
    let check = async |part: &[(String, Vec<f32>)]| {
        let texts: Vec<String> = part.iter().map(|(text, _)| text.clone()).collect();
        for _ in 0..3 {
            let vectors = embedder.embed(&texts, TextKind::Passage).await.unwrap();
            for (vector, (text, wanted)) in vectors.iter().zip(part) {
                assert!(cosine(vector, wanted) > 0.9998, "{text:?}");
            }
        }
    };
    tokio::join!(check(first), check(second));
}

#[tokio::test]
async fn a_question_does_not_wait_for_a_batch() {
    let Some(embedder) = embedder("a_question_does_not_wait_for_a_batch") else { return };
    let texts = vec!["a text of a large backfill that nobody waits for ".repeat(12); 400];
    let batch = embedder.embed(&texts, TextKind::Issue);
    let question = async {
        // Polled second: the batch has begun.
        one(embedder, "Where is the budget?", TextKind::Question).await;
    };
    tokio::select! {
        biased;
        vectors = batch => panic!("{} texts were done before one question", vectors.unwrap().len()),
        () = question => (),
    }
}

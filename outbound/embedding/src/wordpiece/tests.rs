//! Against a small vocabulary, and with the true one against what the reference library says.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;

use super::*;

fn tokens(text: &str, most: usize) -> Vec<u32> {
    let mut lines: Vec<String> = (0..104).map(|n| format!("[unused{n}]")).collect();
    for (name, number) in SPECIAL {
        lines[number as usize] = name.to_owned();
    }
    lines.extend(["in", "##vo", "##ice", "voice", ".", "##"].map(str::to_owned));
    WordPiece::new(&lines.join("\n")).tokens(text, most)
}

#[test]
fn words_are_taken_to_their_longest_pieces() {
    assert_eq!(tokens("Invoice. vóICE", 128), [101, 104, 105, 106, 108, 107, 102]);
    assert_eq!(tokens("invoicex voice", 128), [101, 100, 107, 102]);
}

#[test]
fn a_long_text_keeps_its_beginning() {
    assert_eq!(tokens(&"voice ".repeat(1_000), 5), [101, 107, 107, 107, 102]);
    assert_eq!(tokens("voice invoice", 4), [101, 107, 104, 102]);
}

#[test]
fn names_of_tokens_are_those_tokens() {
    assert_eq!(tokens("voice[SEP]voice [MASK", 6), [101, 107, 102, 107, 100, 102]);
}

#[test]
fn nothing_is_a_beginning_and_an_end() {
    assert_eq!(tokens("", 128), [101, 102]);
    assert_eq!(tokens(" \u{0}\u{301}\n", 128), [101, 102]);
}

#[test]
fn an_endless_word_is_unknown() {
    assert_eq!(tokens(&"voice".repeat(100_000), 128), [101, 100, 102]);
}

#[derive(Deserialize)]
struct Expected {
    text: String,
    tokens: Vec<u32>,
}

/// `tests/embedding/tokens.json` was written by Python's `tokenizers` 0.23 with the model's `tokenizer.json`,
/// truncated at 128: ordinary texts, odd ones and random ones.
#[test]
fn tokens_are_those_of_the_reference() {
    #[expect(clippy::disallowed_methods, reason = "where the tests' model lies is no setting of the product")]
    let variable = |name: &str| std::env::var(name).ok();
    let folder = variable("DAYBOOK_TEST_MODELS_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/models")),
        PathBuf::from,
    );
    let vocabulary = folder.join("all-MiniLM-L6-v2/vocab.txt");
    let Ok(vocabulary) = fs::read_to_string(&vocabulary) else {
        let is_required = variable("CI").is_some_and(|ci| ci == "true")
            || variable("DAYBOOK_TEST_REQUIRE_MODELS").is_some_and(|required| required == "1");
        assert!(!is_required, "{} is missing", vocabulary.display());
        eprintln!("SKIPPED: {} is missing; `daybook models fetch` installs it", vocabulary.display());
        return;
    };
    let wordpiece = WordPiece::new(&vocabulary);
    let all: Vec<Expected> = serde_json::from_str(include_str!("../../tests/embedding/tokens.json")).unwrap();
    assert!(all.len() > 300);
    let wrong: Vec<_> = all
        .iter()
        .map(|expected| (&expected.text, &expected.tokens, wordpiece.tokens(&expected.text, 128)))
        .filter(|(_, expected, got)| *expected != got)
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ: {:#?}", wrong.len(), all.len(), &wrong[..wrong.len().min(5)]);
}

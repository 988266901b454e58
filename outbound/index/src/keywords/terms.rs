//! How texts are cut into words, and which words of a question are worth looking for.

use std::collections::HashMap;

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, TextAnalyzer,
};

/// Longer words are noise: keys, hashes, base64.
const LONGEST: usize = 64;
/// A question of more words than this is a whole issue: its first line is its title.
const LONG_QUESTION: usize = 25;
/// How much more a word counts that stands in the title of an issue-long question.
const TITLE_OF_QUESTION: f32 = 12.0;

/// Words that ask, but do not say what about.
const ASKING: &[&str] = &[
    "what", "who", "whom", "whose", "when", "where", "why", "how", "which", "did", "do", "does", "is", "are",
    "was", "were", "we", "i", "you", "they", "he", "she", "it", "the", "a", "an", "of", "to", "in", "on",
    "for", "and", "or", "about", "there", "any", "can", "could", "should", "would", "has", "have", "had",
    "be", "been", "our", "us", "me", "my", "this", "that", "with",
];

pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

/// The words of a question with their weights, and the issue keys in it.
pub(super) fn question(text: &str) -> (HashMap<String, f32>, Vec<String>) {
    let mut analyzer = analyzer();
    let count = text.split_whitespace().count();
    let is_long = count > LONG_QUESTION;
    let (title, _) = text.split_once('\n').unwrap_or((text, ""));
    let mut weights: HashMap<String, f32> = HashMap::new();
    let mut add = |text: &str, weight: f32, weights: &mut HashMap<String, f32>| {
        let mut stream = analyzer.token_stream(text);
        stream.process(&mut |token| *weights.entry(token.text.clone()).or_default() += weight);
    };
    if is_long {
        add(text, 1.0, &mut weights);
        add(title, TITLE_OF_QUESTION, &mut weights);
    } else {
        let telling: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || c == '?')
            .filter(|word| !ASKING.contains(&word.to_lowercase().as_str()))
            .collect();
        add(&telling.join(" "), 1.0, &mut weights);
        if weights.is_empty() {
            add(text, 1.0, &mut weights);
        }
    }
    (weights, if is_long { Vec::new() } else { keys(text) })
}

/// Words that look like `HARB-17`.
fn keys(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
        .filter(|word| {
            word.rsplit_once('-').is_some_and(|(project, number)| {
                project.starts_with(|c: char| c.is_ascii_alphabetic())
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_keep_what_they_are_about() {
        let (weights, keys) = question("Where did we decide about the invoice of HARB-17?");
        assert!(weights.contains_key("invoic") && weights.contains_key("decid"), "{weights:?}");
        assert!(!weights.contains_key("where") && !weights.contains_key("did"));
        assert_eq!(keys, ["harb-17"]);
    }

    #[test]
    fn a_question_of_asking_words_only_still_asks() {
        assert!(!question("what is it").0.is_empty());
        assert!(question("").0.is_empty());
    }
}

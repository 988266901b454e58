//! Which words a text is found by, and which words of a question are worth looking for.

use std::collections::HashMap;

use daybook_core::actions::search::words::{Words, is_accent, is_asking, parts, words};
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, RemoveLongFilter, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer,
};

/// The name of our analyzer in the schema.
pub(super) const WORDS: &str = "words";
/// Longer words, in bytes, are noise: keys, hashes, base64.
const LONGEST: usize = 64;
/// A question of more words than this, or of several lines, is a whole issue: its first line is its title.
const LONG_QUESTION: usize = 25;
/// How much more a word counts that stands in the title of an issue-long question (measured on real duplicates; 6 to
/// 15 do equally well).
const TITLE_OF_QUESTION: f32 = 8.0;
/// A word that stands often in a long question says little more each time: it counts at most this + 1 times.
const REPEATS: f32 = 3.0;

/// Words with the parts of names in code, in lower case, without accents, stemmed.
pub(super) fn analyzer() -> TextAnalyzer {
    TextAnalyzer::builder(Cutter::default())
        .filter(RemoveLongFilter::limit(LONGEST))
        .filter(AsciiFoldingFilter)
        .filter(Stemmer::new(Language::English))
        .build()
}

#[derive(Clone, Default)]
struct Cutter {
    token: Token,
}

impl Tokenizer for Cutter {
    type TokenStream<'a> = Cut<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Cut<'a> {
        self.token.reset();
        Cut { text, words: words(text), waiting: Vec::new(), token: &mut self.token }
    }
}

struct Cut<'a> {
    text: &'a str,
    words: Words<'a>,
    /// A word and its parts, to be given from the end.
    waiting: Vec<std::ops::Range<usize>>,
    token: &'a mut Token,
}

impl TokenStream for Cut<'_> {
    fn advance(&mut self) -> bool {
        if self.waiting.is_empty() {
            let Some(word) = self.words.next() else { return false };
            self.waiting.push(word.clone());
            let waiting = &mut self.waiting;
            // What no word can be so long has no parts either: a line of base64 is not worth its humps.
            if word.len() <= LONGEST || !self.text[word.clone()].is_ascii() {
                parts(self.text, word, |part| waiting.push(part));
            }
        }
        let Some(range) = self.waiting.pop() else { return false };
        let token = &mut *self.token;
        token.text.clear();
        token.position = token.position.wrapping_add(1);
        (token.offset_from, token.offset_to) = (range.start, range.end);
        let word = &self.text[range];
        if word.is_ascii() {
            token.text.push_str(word);
            token.text.make_ascii_lowercase();
        } else {
            token.text.extend(word.chars().filter(|c| !is_accent(*c)).flat_map(char::to_lowercase));
        }
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// The words of a question with their weights, and the issue keys in it.
pub(super) fn question(text: &str) -> (HashMap<String, f32>, Vec<String>) {
    let text = text.trim();
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let is_long = !rest.is_empty() || words(text).nth(LONG_QUESTION).is_some();
    if is_long {
        let mut weights = repeats(counts(rest));
        for (word, count) in counts(title) {
            *weights.entry(word).or_default() += count * (1.0 + TITLE_OF_QUESTION);
        }
        return (weights, keys(title));
    }
    let telling: Vec<&str> =
        words(text).map(|word| &text[word]).filter(|word| !is_asking(&word.to_lowercase())).collect();
    let weights = repeats(counts(&telling.join(" ")));
    (if weights.is_empty() { repeats(counts(text)) } else { weights }, keys(text))
}

fn counts(text: &str) -> HashMap<String, f32> {
    let mut counts: HashMap<String, f32> = HashMap::new();
    let mut analyzer = analyzer();
    analyzer.token_stream(text).process(&mut |token| *counts.entry(token.text.clone()).or_default() += 1.0);
    counts
}

fn repeats(mut counts: HashMap<String, f32>) -> HashMap<String, f32> {
    for count in counts.values_mut() {
        *count *= (REPEATS + 1.0) / (*count + REPEATS);
    }
    counts
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

    #[test]
    fn the_first_line_of_an_issue_counts_most_and_repeats_hardly_count() {
        let (weights, _) = question(&format!("Login fails\n{}", "android ".repeat(50)));
        assert!(weights["login"] > 2.0 * weights["android"], "{weights:?}");
    }

    #[test]
    fn names_in_code_and_accents_are_found_either_way() {
        let words = counts("createTableView café cafe\u{301}");
        assert!(
            ["tabl", "view", "createtableview"].iter().all(|word| words.contains_key(*word)),
            "{words:?}"
        );
        assert!((words["cafe"] - 2.0).abs() < f32::EPSILON, "{words:?}");
    }
}

//! How text is cut into words: for the marks in answers, and for the keyword index, so that what is found and what is
//! marked agree.

use std::ops::Range;

/// Words that ask, but do not say what about. Left out of a short question that says anything else.
const ASKING: [&str; 68] = [
    "a",
    "about",
    "all",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "been",
    "by",
    "can",
    "could",
    "did",
    "discuss",
    "discussed",
    "discussion",
    "do",
    "does",
    "for",
    "from",
    "had",
    "has",
    "have",
    "he",
    "how",
    "i",
    "in",
    "is",
    "it",
    "me",
    "my",
    "of",
    "on",
    "or",
    "our",
    "said",
    "say",
    "she",
    "should",
    "summarise",
    "summarize",
    "tell",
    "that",
    "the",
    "there",
    "they",
    "think",
    "this",
    "to",
    "us",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
];

/// Whether a word, in lower case, asks without saying what about.
pub fn is_asking(word: &str) -> bool {
    ASKING.binary_search(&word).is_ok()
}

/// The words of a text in order, as byte ranges: runs of letters and digits, or of characters that are written without
/// spaces between words.
pub fn words(text: &str) -> Words<'_> {
    Words { text, at: 0 }
}

/// Gives the words of a text; see [`words`].
#[derive(Debug, Clone)]
pub struct Words<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Words<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let skipped = self.text[self.at..].find(|c: char| class(c) != Class::Gap)?;
        let start = self.at + skipped;
        let mut characters = self.text[start..].char_indices();
        let first = characters.next().map_or(Class::Gap, |(_, c)| class(c));
        let length = characters.find(|(_, c)| class(*c) != first).map(|(length, _)| length);
        self.at = length.map_or(self.text.len(), |length| start + length);
        Some(start..self.at)
    }
}

/// Calls `each` with the parts of one word of [`words`], where it has several: `TableView` is `Table` and `View`, and
/// text without spaces is taken in pairs of characters, which is how it can be found without a dictionary.
pub fn parts(text: &str, word: Range<usize>, mut each: impl FnMut(Range<usize>)) {
    let inner = &text[word.clone()];
    if inner.is_ascii() {
        if inner.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()) {
            humps(inner, word.start, each);
        }
        return;
    }
    if inner.chars().next().is_some_and(|c| class(c) == Class::Unspaced) {
        let mut before: Option<usize> = None;
        for (place, c) in inner.char_indices() {
            let end = word.start + place + c.len_utf8();
            if let Some(start) = before {
                each(start..end);
            }
            before = Some(word.start + place);
        }
        return;
    }
    humps(inner, word.start, each);
}

/// The parts of `camelCase` and `XMLReader`, if there are several.
fn humps(word: &str, offset: usize, mut each: impl FnMut(Range<usize>)) {
    let mut start = 0;
    let mut before = ' ';
    let mut characters = word.char_indices().peekable();
    while let Some((place, c)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let rises = before.is_lowercase() && c.is_uppercase();
        let word_begins = before.is_uppercase() && c.is_uppercase() && next.is_lowercase();
        if rises || word_begins {
            each(offset + start..offset + place);
            start = place;
        }
        before = c;
    }
    if start > 0 {
        each(offset + start..offset + word.len());
    }
}

/// A word as it is compared for marks: lower case, accents of their own left out, the commonest English endings off.
pub fn fold(word: &str, into: &mut String) {
    into.clear();
    for c in word.chars().filter(|c| !is_accent(*c)) {
        if c.is_ascii() { into.push(c.to_ascii_lowercase()) } else { into.extend(c.to_lowercase()) }
    }
    if !into.is_ascii() {
        return;
    }
    for ending in
        ["ations", "ation", "ings", "ing", "ies", "ers", "ions", "ion", "ed", "er", "es", "s", "e", "y"]
    {
        if into.len() >= ending.len() + 3 && into.ends_with(ending) && !into.ends_with("ss") {
            into.truncate(into.len() - ending.len());
            break;
        }
    }
    // `stopp` of `stopped`, `runn` of `running`.
    let bytes = into.as_bytes();
    if bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2] && !into.ends_with("ss") {
        into.pop();
    }
}

/// Whether a character is an accent that stands after its letter.
pub fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Gap,
    Word,
    Unspaced,
}

fn class(c: char) -> Class {
    if c.is_ascii() {
        return if c.is_ascii_alphanumeric() { Class::Word } else { Class::Gap };
    }
    match c {
        // Kana, Han and Thai.
        '\u{3041}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}'
        | '\u{e01}'..='\u{e7f}' => Class::Unspaced,
        c if c.is_alphanumeric() || is_accent(c) => Class::Word,
        _ => Class::Gap,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for word in words(text) {
            parts(text, word.clone(), |part| found.push(&text[part]));
            found.push(&text[word]);
        }
        found
    }

    fn folded(word: &str) -> String {
        let mut into = String::new();
        fold(word, &mut into);
        into
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(cut("Ti.UI.Window: 2nd try_it"), ["Ti", "UI", "Window", "2nd", "try", "it"]);
        assert_eq!(cut("čaj żółw"), ["čaj", "żółw"]);
        assert!(cut("--- \u{1f600} ...").is_empty());
    }

    #[test]
    fn names_in_code_are_found_by_their_parts() {
        assert_eq!(cut("TableView"), ["Table", "View", "TableView"]);
        assert_eq!(cut("XMLReader"), ["XML", "Reader", "XMLReader"]);
        assert_eq!(cut("iOS"), ["i", "OS", "iOS"]);
        assert_eq!(cut("HTML"), ["HTML"]);
    }

    #[test]
    fn text_without_spaces_is_taken_in_pairs() {
        assert_eq!(cut("東京都x"), ["東京", "京都", "東京都", "x"]);
    }

    #[test]
    fn forms_of_a_word_fold_to_one() {
        for (one, other) in [
            ("crashes", "crash"),
            ("stopped", "stop"),
            ("images", "image"),
            ("invoices", "Invoice"),
            ("decided", "decide"),
            ("queries", "query"),
            ("resizing", "resize"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
        assert_ne!(folded("class"), folded("clas"));
        assert_eq!(folded("cafe\u{301}"), "caf");
    }

    #[test]
    fn the_words_that_ask_are_in_order() {
        assert!(ASKING.is_sorted());
        assert!(is_asking("what") && !is_asking("invoice"));
    }

    proptest! {
        #[test]
        fn any_text_is_cut_at_its_characters(text in "\\PC*") {
            for word in words(&text) {
                prop_assert!(!text[word.clone()].is_empty());
                parts(&text, word, |part| assert!(!text[part].is_empty()));
            }
        }
    }
}

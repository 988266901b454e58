//! Which stretch of a document shows why it was found, and which words in it match the question.

use std::collections::HashMap;
use std::ops::Range;

use super::words::{fold, is_asking, parts, words};
use crate::model::hit::Excerpt;

/// Characters in an excerpt.
const LENGTH: usize = 240;
/// How far into a text excerpts are looked for, in bytes: enough to show why, whatever its size.
const READ: usize = 256 * 1024;
/// Different words of a question that are looked for.
const MOST_TERMS: usize = 100;
/// How much more a word of the first line of a long question counts.
const TITLE: f32 = 3.0;

/// The words of a question, ready to be found in texts.
#[derive(Debug)]
pub(super) struct Terms {
    numbers: HashMap<String, usize>,
    weights: Vec<f32>,
    /// Which bytes a match can begin with; all other words are passed over at once.
    first: [bool; 256],
}

/// A matching word.
#[derive(Debug, Clone)]
struct Match {
    range: Range<usize>,
    term: usize,
}

impl Terms {
    pub(super) fn of(question: &str) -> Self {
        let mut terms = Self { numbers: HashMap::new(), weights: Vec::new(), first: [false; 256] };
        let (title, rest) = question.split_once('\n').unwrap_or((question, ""));
        terms.add(title, if rest.is_empty() { 1.0 } else { TITLE }, false);
        terms.add(rest, 1.0, false);
        if terms.weights.is_empty() {
            terms.add(question, 1.0, true);
        }
        terms
    }

    fn add(&mut self, text: &str, weight: f32, even_asking: bool) {
        let mut folded = String::new();
        let mut add = |word: &str| {
            fold(word, &mut folded);
            if self.weights.len() >= MOST_TERMS || folded.is_empty() || self.numbers.contains_key(&folded) {
                return;
            }
            self.numbers.insert(folded.clone(), self.weights.len());
            self.weights.push(weight);
            let first = folded.as_bytes()[0];
            self.first[usize::from(first)] = true;
            self.first[usize::from(first.to_ascii_uppercase())] = true;
            if !first.is_ascii() {
                // Upper and lower case may begin with different bytes.
                self.first[128..].fill(true);
            }
        };
        for range in words(text) {
            let word = &text[range.clone()];
            if even_asking || !is_asking(&word.to_lowercase()) {
                add(word);
                parts(text, range, |part| {
                    if text[part.clone()].chars().nth(1).is_some() {
                        add(&text[part]);
                    }
                });
            }
        }
    }

    /// Byte ranges of a text that match words of the question.
    pub(super) fn marks(&self, text: &str) -> Vec<(usize, usize)> {
        let mut marks: Vec<(usize, usize)> = Vec::new();
        for Match { range, .. } in self.matches(text) {
            match marks.last_mut() {
                // Pairs of characters overlap.
                Some((_, end)) if range.start <= *end => *end = range.end.max(*end),
                _ => marks.push((range.start, range.end)),
            }
        }
        marks
    }

    /// The stretch with the most of the question's words, and those words.
    pub(super) fn excerpt(&self, body: &str, comments: &str) -> Excerpt {
        let (body, comments) = (beginning(body), beginning(comments));
        let (in_body, in_comments) = (self.best(body), self.best(comments));
        let (text, best) = match (in_body, in_comments) {
            (Some(best), other) if other.as_ref().is_none_or(|other| other.1 <= best.1) => (body, best.0),
            (_, Some(best)) => (comments, best.0),
            _ if body.trim().is_empty() => (comments, 0..0),
            _ => (body, 0..0),
        };
        let text = clean(text, around(text, &best));
        Excerpt { marks: self.marks(&text), text }
    }

    fn matches(&self, text: &str) -> Vec<Match> {
        let mut matches = Vec::new();
        let mut folded = String::new();
        let mut number = |word: &str| {
            if !self.first[usize::from(word.as_bytes()[0])] {
                return None;
            }
            fold(word, &mut folded);
            self.numbers.get(&folded).copied()
        };
        for range in words(text) {
            if let Some(term) = number(&text[range.clone()]) {
                matches.push(Match { range, term });
                continue;
            }
            parts(text, range, |part| {
                if let Some(term) = number(&text[part.clone()]) {
                    matches.push(Match { range: part, term });
                }
            });
        }
        matches
    }

    /// The stretch that holds most different words, rare ones first, and how much that is.
    fn best(&self, text: &str) -> Option<(Range<usize>, f32)> {
        let matches = self.matches(text);
        let mut counts = vec![0_u32; self.weights.len()];
        for found in &matches {
            counts[found.term] += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts in a formula")]
        let worth: Vec<f32> = self
            .weights
            .iter()
            .zip(&counts)
            .map(|(w, count)| w / (1.0 + (*count as f32).max(1.0).ln()))
            .collect();
        let mut inside = vec![0_u32; self.weights.len()];
        let (mut sum, mut first) = (0.0_f32, 0);
        let mut best: Option<(Range<usize>, f32)> = None;
        for (place, last) in matches.iter().enumerate() {
            inside[last.term] += 1;
            if inside[last.term] == 1 {
                sum += worth[last.term];
            }
            // A single word may be longer than the stretch: it stays.
            while first < place && last.range.end - matches[first].range.start > LENGTH * 3 / 4 {
                let left = &matches[first];
                inside[left.term] -= 1;
                if inside[left.term] == 0 {
                    sum -= worth[left.term];
                }
                first += 1;
            }
            if best.as_ref().is_none_or(|(_, most)| sum > *most + 1e-4) {
                best = Some((matches[first].range.start..last.range.end, sum));
            }
        }
        best
    }
}

/// As much of a text as is read.
fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(READ)]
}

/// A stretch of the right length around another, cut between words where there are any.
fn around(text: &str, inner: &Range<usize>) -> Range<usize> {
    let free = LENGTH.saturating_sub(text[inner.clone()].chars().count());
    let before = text[..inner.start].char_indices().rev().take(free / 3).last();
    let mut start = before.map_or(inner.start, |(place, _)| place);
    if start > 0 {
        let space = text[start..inner.start].find(char::is_whitespace);
        start += space.unwrap_or(0);
    }
    let after = text[start..].char_indices().nth(LENGTH);
    let mut end = after.map_or(text.len(), |(place, _)| start + place).max(inner.end);
    if end < text.len() {
        let space = text[inner.end..end].rfind(char::is_whitespace);
        end = space.map_or(end, |space| inner.end + space);
    }
    start..end
}

/// A stretch as it reads on one line: without most signs of Markdown, with `…` where it was cut.
fn clean(text: &str, range: Range<usize>) -> String {
    let mut out = String::with_capacity(range.len() + 8);
    let (is_cut_before, is_cut_after) = (range.start > 0, range.end < text.trim_end().len());
    let begins_line = text[..range.start].ends_with('\n');
    for (number, line) in text[range].lines().enumerate() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            continue;
        }
        let is_whole = number > 0 || begins_line || !is_cut_before;
        let line = if is_whole { line.trim_start_matches(['#', '>', '*', '-', '|', ' ']) } else { line };
        let mut rest = line;
        while let Some(place) = rest.find(['*', '`', '|', '\\', '[', '!', ']']) {
            out.push_str(&rest[..place]);
            let sign = &rest[place..];
            rest = &sign[1..];
            match sign.as_bytes() {
                // The address of a link.
                [b']', b'(', ..] => rest = sign.find(')').map_or("", |end| &sign[end + 1..]),
                [b'!', b'[', ..] | [b'*' | b'`', ..] => {}
                // A cell ends.
                [b'|', ..] => out.push_str(if out.ends_with(char::is_alphanumeric) { " · " } else { " " }),
                [b'\\', next, ..] if next.is_ascii_punctuation() => {
                    out.push(char::from(*next));
                    rest = &sign[2..];
                }
                [b'[', ..] if sign.contains("](") => {}
                _ => out.push_str(&sign[..1]),
            }
        }
        out.push_str(rest);
        // Headings, list items and cells end without a full stop; side by side they would read as one sentence.
        out.push_str(if out.ends_with(char::is_alphanumeric) { " · " } else { " " });
    }
    let mut text = out.split_whitespace().collect::<Vec<_>>().join(" ");
    text.truncate(text.trim_end_matches([' ', '·']).len());
    if is_cut_before && !text.is_empty() {
        text.insert_str(0, "… ");
    }
    if is_cut_after && !text.is_empty() {
        text.push_str(" …");
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(question: &str, body: &str, comments: &str) -> String {
        let Excerpt { mut text, marks } = Terms::of(question).excerpt(body, comments);
        for (start, end) in marks.into_iter().rev() {
            text.insert(end, '>');
            text.insert(start, '<');
        }
        text
    }

    #[test]
    fn the_stretch_with_most_words_of_the_question_is_shown() {
        let body = format!(
            "{}The **invoice** was `stopped` twice.\n{}",
            "Nothing here. ".repeat(60),
            "More. ".repeat(90)
        );
        let text = marked("Why do invoices stop?", &body, "");
        assert!(text.contains("The <invoice> was <stopped> twice."), "{text}");
        assert!(text.starts_with("… ") && text.ends_with(" …"), "{text}");
        assert!(text.chars().count() < LENGTH + 20, "{text}");
    }

    #[test]
    fn comments_are_shown_when_they_say_more() {
        assert!(marked("login crash", "A login.", "The login is a crash.").contains("<login> is a <crash>"));
        assert!(
            marked("login crash", "A login crash.", "The login is a crash.")
                .starts_with("A <login> <crash>.")
        );
    }

    #[test]
    fn a_document_found_by_meaning_shows_how_it_begins() {
        assert_eq!(
            marked("zebra", "# Title\n\n- one\n- [two](https://x.example/y) `code`", ""),
            "Title · one · two code"
        );
        assert_eq!(marked("zebra", "", "Only a comment"), "Only a comment");
        assert_eq!(marked("zebra", "", ""), "");
    }

    #[test]
    fn names_in_code_are_marked_by_their_parts() {
        assert_eq!(
            marked("table scroll", "Ti.UI.createTableView scrolls", ""),
            "Ti.UI.create<Table>View <scrolls>"
        );
        assert_eq!(marked("東京", "これは東京都です", ""), "これは<東京>都です");
    }

    #[test]
    fn a_word_longer_than_the_stretch_is_shown() {
        let word = "x".repeat(4 * LENGTH);
        let text = marked(&word, &format!("Before, {word} and {word}"), "");
        assert!(text.contains(&format!("<{word}>")), "{text}");
    }

    #[test]
    fn a_megabyte_is_read_in_no_time() {
        let body = "word TableView größer ".repeat(60_000);
        let begun = std::time::Instant::now();
        Terms::of("table größe nothing").excerpt(&body, &body);
        assert!(begun.elapsed() < std::time::Duration::from_secs(2));
    }

    proptest! {
        #[test]
        fn marks_are_ranges_of_the_excerpt(question in "\\PC{0,40}", body in "(\\PC|\\n|[a-zA-Z ]){0,600}") {
            let terms = Terms::of(&question);
            let Excerpt { text, marks } = terms.excerpt(&body, &body);
            let mut last = 0;
            for (start, end) in marks {
                prop_assert!(last <= start && start < end && text.get(start..end).is_some());
                last = end;
            }
            for (start, end) in terms.marks(&body) {
                prop_assert!(body.get(start..end).is_some());
            }
        }
    }
}

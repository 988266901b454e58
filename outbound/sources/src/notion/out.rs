//! A page's Markdown under construction: blocks with what stands before each of their lines, and gaps counted by kind.

use std::collections::BTreeMap;

use super::markdown::Drawn;
use crate::bounded::{Bounded, MOST_TEXT};

/// The text so far.
pub(super) struct Out {
    text: Bounded,
    /// What stood before the last block's lines, and whether it was an item.
    last: Option<(String, bool)>,
}

impl Out {
    pub(super) fn new() -> Self {
        Self { text: Bounded::new(MOST_TEXT), last: None }
    }

    /// Writes a block below what stands there.
    pub(super) fn block(&mut self, prefix: &str, drawn: &Drawn) {
        if drawn.text.is_empty() && drawn.lead.is_empty() {
            return;
        }
        if let Some((last, was_item)) = &self.last {
            self.text.push_str("\n");
            if !(*was_item && drawn.is_item) {
                // Within a quotation the empty line is a part of it.
                let shared = last.bytes().zip(prefix.bytes()).take_while(|(one, other)| one == other).count();
                let quoted = prefix.get(..shared).unwrap_or_default().trim_end();
                self.text.push_str(quoted);
                self.text.push_str("\n");
            }
        }
        for (place, line) in drawn.text.split('\n').enumerate() {
            if place > 0 {
                self.text.push_str("\n");
            }
            self.text.push_str(prefix);
            self.text.push_str(if place == 0 { &drawn.lead } else { &drawn.hang });
            self.text.push_str(line);
        }
        self.last = Some((prefix.to_owned(), drawn.is_item));
    }

    /// The text, and how many bytes there was no room for.
    pub(super) fn into_parts(self) -> (String, usize) {
        self.text.into_parts()
    }
}

/// What of a record is not held, each with how often it was met.
#[derive(Debug, Default)]
pub(super) struct Gaps(BTreeMap<String, usize>);

/// Gaps that are told one by one.
const MOST_GAPS: usize = 50;

impl Gaps {
    pub(super) fn add(&mut self, gap: String) {
        if self.0.len() < MOST_GAPS || self.0.contains_key(&gap) {
            *self.0.entry(gap).or_default() += 1;
        } else {
            *self.0.entry("further gaps that are not told one by one".to_owned()).or_default() += 1;
        }
    }

    pub(super) fn extend(&mut self, further: Self) {
        for (gap, times) in further.0 {
            (0..times).for_each(|_| self.add(gap.clone()));
        }
    }

    pub(super) fn finish(self) -> Vec<String> {
        let told = |(gap, times): (String, usize)| {
            if times == 1 { gap } else { format!("{gap} ({times} times)") }
        };
        self.0.into_iter().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_close_others_apart_and_quotations_hold_together() {
        let mut out = Out::new();
        let item = |text: &str| Drawn {
            lead: "- ".to_owned(),
            hang: "  ".to_owned(),
            text: text.to_owned(),
            is_item: true,
            ..Drawn::default()
        };
        let line = |text: &str| Drawn { text: text.to_owned(), ..Drawn::default() };
        out.block("", &line("a"));
        out.block("", &item("b\nc"));
        out.block("  ", &item("d"));
        out.block("> ", &line("e"));
        out.block("> ", &line("f"));
        out.block("", &Drawn::default());
        out.block("", &line("g"));
        assert_eq!(out.into_parts().0, "a\n\n- b\n  c\n  - d\n\n> e\n>\n> f\n\ng");
    }

    #[test]
    fn gaps_are_told_once_with_their_number() {
        let mut gaps = Gaps::default();
        for gap in ["b", "a", "b"] {
            gaps.add(gap.to_owned());
        }
        assert_eq!(gaps.finish(), ["a", "b (2 times)"]);
        let mut gaps = Gaps::default();
        (0..1000).for_each(|number| gaps.add(number.to_string()));
        assert_eq!(gaps.finish().len(), MOST_GAPS + 1);
    }
}

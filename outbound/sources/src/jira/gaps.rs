//! What of an issue is not held, in words.

use std::collections::{BTreeMap, BTreeSet};

use super::adf::Rendered;

/// What was left out of one issue.
#[derive(Debug, Default)]
pub(super) struct Gaps {
    words: Vec<String>,
    /// Bytes beyond their bound, by field.
    cut: BTreeMap<&'static str, usize>,
    unknown: BTreeSet<String>,
}

impl Gaps {
    /// Comments that are counted and not shown, and comments that were left out.
    pub(super) fn of_comments(hidden: u64, unread: u64) -> Self {
        let mut gaps = Self::default();
        if hidden > 0 {
            gaps.words
                .push(format!("{hidden} comments that Jira counts and does not show to this credential"));
        }
        if unread > 0 {
            gaps.words.push(format!("{unread} further comments beyond what Daybook keeps of one issue"));
        }
        gaps
    }

    /// What a rich text says about itself.
    pub(super) fn note(&mut self, field: &'static str, rendered: &Rendered) {
        self.cut(field, rendered.text.beyond());
        self.unknown.extend(rendered.unknown.iter().cloned());
    }

    /// Bytes of a field that did not fit.
    pub(super) fn cut(&mut self, field: &'static str, bytes: usize) {
        if bytes > 0 {
            *self.cut.entry(field).or_default() += bytes;
        }
    }

    pub(super) fn in_words(self) -> Vec<String> {
        let mut words = self.words;
        words.extend(self.cut.iter().map(|(field, bytes)| format!("`{field}` is cut: {bytes} bytes more")));
        if !self.unknown.is_empty() {
            let kinds: Vec<&str> = self.unknown.iter().map(String::as_str).collect();
            words.push(format!(
                "rich text of unknown kinds, kept by its words alone: `{}`",
                kinds.join("`, `")
            ));
        }
        words
    }
}

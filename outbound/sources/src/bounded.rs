//! Text that does not outgrow a row: what is beyond its bound is counted instead of kept.

/// The most Markdown that one text of a document holds.
pub(crate) const MOST_TEXT: usize = 2 << 20;
/// The most that all comments of an issue hold together: one endless log must not hide those behind it.
pub(crate) const MOST_COMMENTS: usize = 8 << 20;

/// A text under construction.
pub(crate) struct Bounded {
    text: String,
    most: usize,
    beyond: usize,
}

impl Bounded {
    pub(crate) fn new(most: usize) -> Self {
        Self { text: String::new(), most, beyond: 0 }
    }

    pub(crate) fn push_str(&mut self, more: &str) {
        let mut fits = (self.most - self.text.len()).min(more.len());
        if self.beyond > 0 {
            fits = 0;
        }
        while !more.is_char_boundary(fits) {
            fits -= 1;
        }
        self.text.push_str(&more[..fits]);
        self.beyond += more.len() - fits;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Bytes that still fit.
    pub(crate) fn room(&self) -> usize {
        self.most - self.text.len()
    }

    /// Bytes that did not fit so far.
    pub(crate) fn beyond(&self) -> usize {
        self.beyond
    }

    /// Counts bytes that never came here because there was no room.
    pub(crate) fn count_beyond(&mut self, bytes: usize) {
        self.beyond += bytes;
    }

    /// The text without blanks at its end, and the bytes that did not fit.
    pub(crate) fn into_parts(mut self) -> (String, usize) {
        self.text.truncate(self.text.trim_end().len());
        (self.text, self.beyond)
    }

    /// The text; if it was cut, it says so.
    pub(crate) fn finish(self) -> String {
        let (text, beyond) = self.into_parts();
        if beyond > 0 {
            return format!("{text}\n\n… (cut: the original has {beyond} bytes more)");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_between_characters_and_says_so() {
        let mut text = Bounded::new(5);
        text.push_str("abé");
        text.push_str("éz");
        text.push_str("y");
        assert_eq!(text.finish(), "abé\n\n… (cut: the original has 4 bytes more)");
        let mut text = Bounded::new(5);
        text.push_str("abc \n");
        assert_eq!(text.finish(), "abc");
    }
}

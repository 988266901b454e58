//! Lines of Markdown with whatever has to stand in front of each: quotation marks, the indent of a list's item.

use crate::bounded::Bounded;

/// What comes between two blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    Nothing,
    Line,
    Blank,
}

/// Markdown under construction.
pub(super) struct Out {
    text: Bounded,
    prefix: String,
    gap: Gap,
    /// Whether this is the inside of a table's cell, which has to fit on one line.
    pub(super) in_cell: bool,
}

impl Out {
    pub(super) fn new(most: usize) -> Self {
        Self { text: Bounded::new(most), prefix: String::new(), gap: Gap::Nothing, in_cell: false }
    }

    /// A separate text for the inside of a cell; [`Out::take_cell`] brings it back.
    pub(super) fn cell(&self) -> Self {
        Self { in_cell: true, ..Self::new(self.text.room()) }
    }

    /// What was written into a cell, on one line; a pipe in it would begin the next cell.
    pub(super) fn take_cell(&mut self, cell: Self) -> String {
        let (text, beyond) = cell.text.into_parts();
        self.text.count_beyond(beyond);
        let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
        lines.join("<br>").replace('|', "\\|")
    }

    /// What has to come before the next block.
    pub(super) fn gap(&mut self, gap: Gap) {
        self.gap = gap;
    }

    /// Blocks that follow closely: a list below its item's text.
    pub(super) fn close_up(&mut self) {
        if self.gap == Gap::Blank {
            self.gap = Gap::Line;
        }
    }

    /// Writes text; its own line ends get the prefix behind them.
    pub(super) fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.fill_gap();
        if self.prefix.is_empty() {
            return self.text.push_str(text);
        }
        let mut lines = text.split('\n');
        self.text.push_str(lines.next().unwrap_or_default());
        for line in lines {
            self.text.push_str("\n");
            self.text.push_str(if line.is_empty() { self.prefix.trim_end() } else { &self.prefix });
            self.text.push_str(line);
        }
    }

    /// Writes a whole block.
    pub(super) fn block(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.write(text);
            self.gap = Gap::Blank;
        }
    }

    /// Writes what `inside` writes, with `first` in front of its first line and `rest` in front of the others.
    pub(super) fn within(&mut self, first: &str, rest: &str, inside: impl FnOnce(&mut Self)) {
        self.write(first);
        let outer = self.prefix.len();
        self.prefix.push_str(rest);
        inside(self);
        self.prefix.truncate(outer);
        self.gap = Gap::Blank;
    }

    pub(super) fn into_bounded(self) -> Bounded {
        self.text
    }

    fn fill_gap(&mut self) {
        let gap = std::mem::replace(&mut self.gap, Gap::Nothing);
        if self.text.is_empty() || gap == Gap::Nothing {
            return;
        }
        self.text.push_str("\n");
        if gap == Gap::Blank {
            self.text.push_str(self.prefix.trim_end());
            self.text.push_str("\n");
        }
        self.text.push_str(&self.prefix);
    }
}

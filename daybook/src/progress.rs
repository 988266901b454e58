//! How far long work is: a bar for a person who watches, a line now and then for everybody else.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output;

/// How often a line is written where nobody watches.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// One piece of long work.
pub struct Progress {
    title: String,
    bar: ProgressBar,
    last_line: Option<Instant>,
    last: u64,
}

impl Progress {
    /// A piece of work by name; nothing is shown before the first report.
    pub fn new(title: &str) -> Self {
        // Drawn only once it has its own style: every change before would flash in another.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_prefix(title.to_owned());
        Self { title: title.to_owned(), bar, last_line: None, last: u64::MAX }
    }

    /// So many of so many are done, and a word about them.
    pub fn report(&mut self, done: u64, of: Option<u64>, word: &str) {
        if output::is_watched() {
            self.draw(done, of, word);
            return;
        }
        let is_due = self.last_line.is_none_or(|last| last.elapsed() >= LINE_EVERY);
        if is_due && done != self.last {
            self.line(done, of, word);
        }
    }

    /// The last report of this work.
    pub fn end(&mut self, done: u64, of: Option<u64>, word: &str) {
        if output::is_watched() {
            self.draw(done, of, word);
            self.bar.abandon();
        } else {
            self.line(done, of, word);
        }
    }

    fn draw(&mut self, done: u64, of: Option<u64>, word: &str) {
        let template = match of {
            Some(_) => "{prefix:<21} {bar:24.cyan/dim} {pos:>7}/{len} {elapsed:>4}  {wide_msg}",
            None => "{prefix:<21} {spinner} {pos:>7} {elapsed:>4}  {wide_msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
        if let Some(of) = of {
            self.bar.set_length(of.max(done));
        }
        self.bar.set_message(word.to_owned());
        self.bar.set_position(done);
        if self.bar.is_hidden() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        }
        self.last = done;
    }

    fn line(&mut self, done: u64, of: Option<u64>, word: &str) {
        let of = of.map_or_else(String::new, |of| format!(" of {of}"));
        output::remark(format!("{}: {done}{of}  {word}", self.title).trim_end());
        self.last_line = Some(Instant::now());
        self.last = done;
    }
}

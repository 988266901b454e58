//! What commands say to people and programs: answers to standard output, everything else to standard error.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::Value;

use crate::config::Config;

/// A line of the answer. A reader that has gone away (`| head`) ends the command quietly.
pub fn line(text: &str) -> io::Result<()> {
    said(writeln!(io::stdout().lock(), "{text}"))
}

/// The answer for programs.
pub fn json(value: &Value) -> io::Result<()> {
    line(&format!("{value:#}"))
}

/// A remark beside the answer.
pub fn remark(text: &str) {
    // Standard error is the last resort: where it is closed, nobody can be told.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether a person watches.
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Whether the answer goes to a terminal, which understands colours.
pub fn has_colours() -> bool {
    io::stdout().is_terminal() && !Config::wants_no_colour()
}

fn said(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other,
    }
}

/// Text from strangers, fit for a terminal: control characters would move its cursor or ring its bell, and marks of
/// direction would show a line as another.
pub fn plain(text: &str) -> String {
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if (c.is_control() && c != '\n') || turns(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_wrote_cannot_steer_a_terminal() {
        assert_eq!(plain("a\u{1b}[31m\u{7}b\u{202e}c\nd"), "a\u{fffd}[31m\u{fffd}b\u{fffd}c\nd");
    }
}

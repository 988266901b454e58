//! Keeps lines of plain text from being taken for Markdown's structure, with as few backslashes as that needs: words
//! stay as they are, so that they are found.

use std::borrow::Cow;

/// The text of a paragraph, safe at the beginning of its lines.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if !text.lines().any(is_structure) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            safe.push('\n');
        }
        if is_structure(line) {
            let (indent, rest) = line.split_at(line.len() - line.trim_start_matches(' ').len());
            safe.push_str(indent);
            safe.push('\\');
            safe.push_str(rest);
        } else {
            safe.push_str(line);
        }
    }
    Cow::Owned(safe)
}

/// A fence would swallow everything behind it; a ruler makes a heading of the line above; so do number signs.
fn is_structure(line: &str) -> bool {
    let line = line.trim_matches([' ', '\r']);
    let Some(first @ (b'#' | b'`' | b'~' | b'=' | b'-' | b'*' | b'_')) = line.as_bytes().first().copied()
    else {
        return false;
    };
    let run = line.bytes().take_while(|byte| *byte == first).count();
    match first {
        b'#' => run <= 6 && line[run..].starts_with([' ', '\t']),
        b'`' => run >= 3 && !line[run..].contains('`'),
        b'~' => run >= 3,
        b'=' => run == line.len(),
        _ => run == line.len() && (run >= 3 || first == b'-'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_be_structure_gets_a_backslash() {
        for (text, safe) in [
            ("# include", "\\# include"),
            ("#hash snake_case *b*", "#hash snake_case *b*"),
            ("a\n---\nb", "a\n\\---\nb"),
            ("a\n  ```sh\nb", "a\n  \\```sh\nb"),
            ("1. one\n- two\n> three", "1. one\n- two\n> three"),
            ("```a``` b", "```a``` b"),
            ("**bold**", "**bold**"),
            ("=====", "\\====="),
        ] {
            assert_eq!(guarded(text), safe);
        }
    }
}

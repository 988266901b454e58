//! Text in pieces, the matching ones marked.

/// A stretch of text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) is_marked: bool,
}

/// The pieces of a text; byte ranges that do not fit it, or run back, are passed over.
pub(crate) fn pieces(text: &str, marks: &[(usize, usize)]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(marks.len() * 2 + 1);
    let mut done = 0;
    for &(start, end) in marks {
        let (Some(before), Some(inside)) = (text.get(done..start), text.get(start..end)) else { continue };
        push(&mut pieces, before, false);
        push(&mut pieces, inside, true);
        done = end;
    }
    push(&mut pieces, text.get(done..).unwrap_or_default(), false);
    pieces
}

/// The same for a stretch of Markdown, without the signs that only a renderer reads.
pub(crate) fn prose(text: &str, marks: &[(usize, usize)]) -> Vec<Piece> {
    let mut pieces = pieces(text, marks);
    for piece in pieces.iter_mut().filter(|piece| !piece.is_marked) {
        piece.text = without_signs(&piece.text);
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, is_marked: bool) {
    if !text.is_empty() {
        pieces.push(Piece { text: text.to_owned(), is_marked });
    }
}

/// Emphasis, code and table signs go, escapes lose their backslash. Single `_` and `*` stay: names hold them.
fn without_signs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut is_line_start = false;
    while let Some(letter) = rest.next() {
        match letter {
            '`' => {}
            '*' | '~' | '_' if rest.peek() == Some(&letter) => drop(rest.next()),
            '#' | '>' if is_line_start => continue,
            '|' => out.push(' '),
            '\\' if rest.peek().is_some_and(char::is_ascii_punctuation) => out.extend(rest.next()),
            other => out.push(other),
        }
        is_line_start = letter == '\n';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        pieces.iter().map(|p| if p.is_marked { format!("[{}]", p.text) } else { p.text.clone() }).collect()
    }

    #[test]
    fn marks_cut_a_text_into_pieces() {
        assert_eq!(shown(&pieces("the invoice export", &[(4, 11), (12, 18)])), "the [invoice] [export]");
        assert_eq!(shown(&pieces("für", &[(0, 2), (2, 99), (0, 4)])), "[für]");
        assert_eq!(pieces("", &[]), []);
    }

    #[test]
    fn signs_for_renderers_are_left_out_of_prose() {
        let text = "a **bold** `code` snake_case\n## Head\n> said 1 \\* 2";
        assert_eq!(shown(&prose(text, &[])), "a bold code snake_case\n Head\n said 1 * 2");
    }
}

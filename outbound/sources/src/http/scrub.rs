//! A vendor's words, made fit for an error message: short, on one line, without anything that looks like a secret.

/// Longest quotation.
const LONGEST: usize = 240;
/// Words of at least so many characters that could be a token are hidden.
const TOKEN: usize = 32;

/// The beginning of an answer that could not be used.
pub(crate) fn beginning(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "it is empty".to_owned();
    }
    let start = &bytes[..bytes.len().min(LONGEST * 2)];
    format!("it begins with `{}`", scrubbed(&String::from_utf8_lossy(start)))
}

/// A short quotation of what a vendor said.
pub(crate) fn scrubbed(text: &str) -> String {
    let mut short = String::with_capacity(LONGEST);
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !short.is_empty() {
            short.push(' ');
        }
        if short.len() + word.len() > LONGEST {
            short.extend(hidden(word).chars().take(LONGEST.saturating_sub(short.len())));
            short.push('…');
            break;
        }
        short.push_str(&hidden(word));
    }
    short
}

fn hidden(word: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "+/=_-.@~".contains(c);
    let mut kept = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_token(c) != is_token(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let secret = is_token(first) && (run.len() >= TOKEN || run.contains('@'));
        kept.push_str(if secret { "[hidden]" } else { run });
        rest = after;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_mail_addresses_are_hidden() {
        let said = "Basic bWFyYUBiaXJjaGxhbmUuZXhhbXBsZTpzZWNyZXQ=\n for <mara@birchlane.example>";
        assert_eq!(scrubbed(said), "Basic [hidden] for <[hidden]>");
    }

    #[test]
    fn quotations_are_short_and_on_one_line() {
        let quotation = scrubbed(&"é\u{0}\n ".repeat(5000));
        assert!(quotation.len() <= LONGEST + 8 && !quotation.contains('\n'), "{quotation}");
        assert!(scrubbed(&"x y".repeat(5000)).len() <= LONGEST + 8);
        assert_eq!(beginning(b""), "it is empty");
    }
}

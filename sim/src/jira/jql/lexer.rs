//! Text to words, keeping whether a word stood in quotes: a quoted number is no number to the vendor.

use crate::jira::problem::Problem;

/// A piece of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Bare: a name, a keyword or a number.
    Word(String),
    /// In quotes.
    Quoted(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~`.
    Operator(&'static str),
    Open,
    Close,
    Comma,
}

impl Token {
    /// What a message calls it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Word(text) | Self::Quoted(text) => text.clone(),
            Self::Operator(operator) => (*operator).to_owned(),
            Self::Open => "(".to_owned(),
            Self::Close => ")".to_owned(),
            Self::Comma => ",".to_owned(),
        }
    }
}

const OPERATORS: [&str; 8] = ["!=", "<=", ">=", "!~", "=", "<", ">", "~"];

pub(super) fn tokens(jql: &str) -> Result<Vec<Token>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = jql.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '"' | '\'' => quoted(rest, first)?,
            _ => match OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
                Some(operator) => (Token::Operator(operator), operator.len()),
                None => word(rest, jql.len() - rest.len())?,
            },
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn quoted(rest: &str, quote: char) -> Result<(Token, usize), Problem> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next().map(|(_, escaped)| escaped)),
            letter if letter == quote => return Ok((Token::Quoted(text), place + 1)),
            letter => text.push(letter),
        }
    }
    Err(Problem::invalid(format!(
        "Error in the JQL Query: The quoted string '{text}' has not been completed."
    )))
}

fn word(rest: &str, place: usize) -> Result<(Token, usize), Problem> {
    let length = rest
        .char_indices()
        .find(|(_, letter)| letter.is_whitespace() || "()=!<>~,\"'".contains(*letter))
        .map_or(rest.len(), |(length, _)| length);
    if length == 0 {
        let letter = rest.chars().next().unwrap_or_default();
        return Err(Problem::invalid(format!(
            "Error in the JQL Query: The character '{letter}' is a reserved JQL character. You must enclose it in a \
             string or use the escape '\\u{:04x}' instead. (line 1, character {})",
            u32::from(letter),
            place + 1
        )));
    }
    Ok((Token::Word(rest[..length].to_owned()), length))
}

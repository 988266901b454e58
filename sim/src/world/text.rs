//! Rich text that belongs to no vendor: each dresses it in its own way.

/// A piece of a text that stands on its own lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    Heading(u8, String),
    Paragraph(Vec<Span>),
    Bullets(Vec<Item>),
    Numbered(Vec<Item>),
    /// Things to do, and whether they are done.
    Tasks(Vec<(bool, Vec<Span>)>),
    Decisions(Vec<Vec<Span>>),
    /// The first row is the head.
    Table(Vec<Vec<Vec<Span>>>),
    Code {
        language: &'static str,
        text: String,
    },
    Quote(Vec<Span>),
    Panel(Mood, Vec<Span>),
    Expand {
        title: String,
        inside: Vec<Block>,
    },
    Rule,
}

/// An entry of a list, and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) text: Vec<Span>,
    pub(crate) below: Vec<Vec<Span>>,
}

impl From<Vec<Span>> for Item {
    fn from(text: Vec<Span>) -> Self {
        Self { text, below: Vec::new() }
    }
}

/// What a panel is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Note,
    Warning,
    Success,
    Error,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Span {
    Text(String),
    Strong(String),
    Emphasis(String),
    Code(String),
    /// A person, by place.
    Mention(usize),
    /// A piece of work, by place.
    Work(u32),
    Link {
        text: String,
        url: String,
    },
    /// Milliseconds since 1970.
    Date(i64),
    Status {
        text: &'static str,
        colour: &'static str,
    },
    Emoji {
        short: &'static str,
        text: &'static str,
    },
    Break,
}

pub(crate) fn text(words: impl Into<String>) -> Span {
    Span::Text(words.into())
}

pub(crate) fn paragraph(words: impl Into<String>) -> Block {
    Block::Paragraph(vec![text(words)])
}

pub(crate) fn heading(level: u8, words: impl Into<String>) -> Block {
    Block::Heading(level, words.into())
}

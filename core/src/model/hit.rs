//! A question and its answers.

use chrono::{DateTime, Utc};

use super::document::{DocumentId, StateCategory, StoredDocument};
use super::source::{Freshness, SourceKind};

/// What narrows a search. Empty lists narrow nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only from these sources.
    pub sources: Vec<SourceKind>,
    /// Only of these projects (keys, any case).
    pub projects: Vec<String>,
    /// Only in these states.
    pub states: Vec<StateFilter>,
    /// Only changed at or after this moment.
    pub from: Option<DateTime<Utc>>,
    /// Only changed before this moment.
    pub to: Option<DateTime<Utc>>,
}

/// A state by its category or by the name that the source gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateFilter {
    /// `todo`, `in_progress` or `done`.
    Category(StateCategory),
    /// A name, any case.
    Name(String),
}

impl StateFilter {
    /// The filter a word stands for: a category's word, `open` aside, or else a state's name.
    pub fn from_word(word: &str) -> Vec<Self> {
        match word.to_lowercase().as_str() {
            "open" => vec![Self::Category(StateCategory::Todo), Self::Category(StateCategory::InProgress)],
            word => vec![
                StateCategory::from_word(word).map_or_else(|| Self::Name(word.to_owned()), Self::Category),
            ],
        }
    }
}

/// A question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// In words.
    pub text: String,
    /// What narrows it.
    pub filter: Filter,
    /// How many answers at most, 1 to 100.
    pub limit: usize,
}

/// A document's score on one side of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// Which document.
    pub id: DocumentId,
    /// The raw score; comparable within one answer only.
    pub score: f32,
}

/// One side's answer: the best, and how all the scores were spread, so that two sides can be summed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ranked {
    /// The best, best first; then whatever else was asked about.
    pub scored: Vec<Scored>,
    /// The mean score of every document that passed the filter.
    pub mean: f32,
    /// Their standard deviation.
    pub deviation: f32,
    /// How many passed the filter.
    pub considered: u64,
}

impl Ranked {
    /// A score in standard deviations from the mean; 0 when all scores are alike.
    pub fn standard(&self, score: f32) -> f32 {
        if self.deviation > f32::EPSILON { (score - self.mean) / self.deviation } else { 0.0 }
    }
}

/// The words that show why a document was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// A stretch of the document's text.
    pub text: String,
    /// Byte ranges of `text` that match words of the question.
    pub marks: Vec<(usize, usize)>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The document, its body and comments left empty.
    pub stored: StoredDocument,
    /// Its fused score.
    pub score: f32,
    /// The part that words contributed.
    pub words: f32,
    /// The part that meaning contributed; `None` without vectors.
    pub meaning: Option<f32>,
    /// The matching stretch.
    pub excerpt: Excerpt,
    /// Byte ranges of the title that match words of the question.
    pub title_marks: Vec<(usize, usize)>,
}

/// What a search did with worklogs. They are many, hold a few words each, and have no vectors: they would only push aside
/// what people look for, so they take part where they are asked for by their source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Worklogs {
    /// The viewer may see none, or the question names other sources.
    #[default]
    NotMeant,
    /// So many that the viewer may see were left out, because the question names no source.
    LeftOut(u64),
    /// So many took part, by their words alone.
    ByWords(u64),
}

/// How much of what the viewer may see the search could take into account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Documents held that the viewer may see, tombstones left out; worklogs only where the question asks for them.
    pub documents: u64,
    /// Of these, findable by words.
    pub by_words: u64,
    /// Of these, findable by meaning.
    pub by_meaning: u64,
    /// Why meaning was left out altogether, if it was.
    pub without_meaning: Option<String>,
    /// How fresh each source is that has documents or runs.
    pub freshness: Vec<Freshness>,
}

/// Why answers may not be what was asked for, although there are some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// No document holds a word of the question: these are only the nearest in meaning.
    NearestOnly,
    /// The question is this key, and no document that the viewer may see has it.
    NoSuchKey(String),
}

/// The answers, and how far they can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Best first.
    pub hits: Vec<Hit>,
    /// Documents that passed the filters and that the viewer may see.
    pub considered: u64,
    /// Why the answers may not be what was asked for.
    pub doubt: Option<Doubt>,
    /// What the search could take into account.
    pub coverage: Coverage,
    /// What it did with worklogs.
    pub worklogs: Worklogs,
    /// When it was asked.
    pub as_of: DateTime<Utc>,
}

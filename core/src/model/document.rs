//! An issue, page, worklog or transcript, whatever source it came from.

mod record;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::record::{Open, Record, Unreadable};
use super::audience::Audience;
use super::source::SourceKind;
use super::worklog::Worklog;

/// Raised whenever the same record would now be read differently, so that old rows are written anew.
pub const RECIPE: u32 = 2;

/// A document's id in the store; also its id in every index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentId(pub i64);

/// Counts the writes of a store: a document changed later has a larger revision. Indexes remember how far they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Revision(pub i64);

/// What sort of thing a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A Jira issue with its comments.
    Issue,
    /// A comment that fewer people may see than the issue it stands under: a document of its own, so that its
    /// audience holds everywhere.
    Comment,
    /// A Notion page, or a row of a data source with its properties.
    Page,
    /// A Notion data source: what its rows have in common.
    DataSource,
    /// Time somebody spent on an issue, by Tempo.
    Worklog,
    /// A meeting with what was said, by Fireflies.
    Meeting,
}

impl DocumentKind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Issue, Self::Comment, Self::Page, Self::DataSource, Self::Worklog, Self::Meeting];

    /// Whether documents of this kind are worth a vector: a few words about an hour of work are not.
    pub fn has_meaning(self) -> bool {
        self != Self::Worklog
    }

    /// The word in columns and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Comment => "comment",
            Self::Page => "page",
            Self::DataSource => "data_source",
            Self::Worklog => "worklog",
            Self::Meeting => "meeting",
        }
    }

    /// The kind a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How far along a thing is, over all the names that teams give to their states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateCategory {
    /// Not begun.
    Todo,
    /// Begun, not finished.
    InProgress,
    /// Finished, whatever the result.
    Done,
}

impl StateCategory {
    /// The word in columns, filters and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Todo => "todo",
            Self::InProgress => "in_progress",
            Self::Done => "done",
        }
    }

    /// The category a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Todo, Self::InProgress, Self::Done].into_iter().find(|category| category.word() == word)
    }
}

/// A project as its source names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The short key, `HARB`.
    pub key: String,
    /// The name people read.
    pub name: String,
}

/// What part a person has in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Works on it.
    Assignee,
    /// Asked for it.
    Reporter,
    /// Typed it in.
    Creator,
    /// Commented on it.
    Commenter,
    /// Wrote it, or did the work.
    Author,
    /// Changed it last.
    Editor,
    /// Is named in one of its fields.
    Named,
    /// Called the meeting.
    Organizer,
    /// Was invited to the meeting, or took part.
    Attendee,
    /// Spoke in it.
    Speaker,
}

/// A person named by a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Person {
    /// Their part in it.
    pub part: Part,
    /// Their id at the source; opaque.
    pub account_id: String,
    /// The name shown there.
    pub name: String,
}

/// How one document points to another, as its source says it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Link {
    /// In the source's words: `parent`, `blocks`, `is blocked by`, `epic`, `sprint`, `relation: Decision`.
    pub relation: String,
    /// What people call the other end, or its id at the source where it has no name.
    pub to: String,
    /// Where a person reads it.
    pub url: Option<String>,
}

/// What only documents of one kind have, in types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Details {
    /// Of an issue.
    Issue {
        /// Seconds logged on it, by the source's own sum.
        spent_seconds: Option<i64>,
        /// Seconds logged on it and what is below it.
        total_spent_seconds: Option<i64>,
        /// Seconds it was thought to take.
        estimate_seconds: Option<i64>,
        /// When it is due: the date as given.
        due: Option<String>,
    },
    /// Of a worklog.
    Worklog(Worklog),
    /// Of a meeting.
    Meeting {
        /// How long it was.
        seconds: i64,
        /// Sentences held.
        sentences: u64,
        /// What the source says about its summary: `processed`, `processing`, `failed`, `skipped`.
        summary_status: Option<String>,
    },
}

/// A document's content, as read from its source. No NUL characters: neither database's text can hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it came from.
    pub source: SourceKind,
    /// What it is.
    pub kind: DocumentKind,
    /// Its stable id at the source; unique per source (a Jira issue keeps its id when its key changes).
    pub external_id: String,
    /// What people call it: `HARB-17`.
    pub key: String,
    /// One line.
    pub title: String,
    /// Readable Markdown: description and environment.
    pub body: String,
    /// Readable Markdown: the comments, each with author and time. Weighs less than the body in search.
    pub comments: String,
    /// Where a person reads the original.
    pub url: String,
    /// The project, where it has one.
    pub project: Option<Project>,
    /// The state's name at the source.
    pub state: Option<String>,
    /// The state over all sources.
    pub state_category: Option<StateCategory>,
    /// Labels, components and the like.
    pub labels: Vec<String>,
    /// Everybody named, sorted.
    pub people: Vec<Person>,
    /// What it points to.
    pub links: Vec<Link>,
    /// What only its kind has.
    pub details: Option<Details>,
    /// Who may see it.
    pub audience: Audience,
    /// When it came to be, by the source's clock.
    pub created_at: DateTime<Utc>,
    /// When it last changed, by the source's clock.
    pub updated_at: DateTime<Utc>,
    /// When what it tells happened, where that is what its source is read by: a meeting's start, the midnight (UTC)
    /// of a worklog's own day. `None`: it is read by when it changed.
    pub occurred_at: Option<DateTime<Utc>>,
}

impl Document {
    /// SHA-256 over everything above, in hex: equal hashes mean that nothing has to be written or embedded again.
    pub fn content_hash(&self) -> String {
        let mut hash = Sha256::new();
        let project = self.project.as_ref();
        let people: Vec<_> =
            self.people.iter().map(|p| format!("{:?}\u{1}{}\u{1}{}", p.part, p.account_id, p.name)).collect();
        let links: Vec<_> = self
            .links
            .iter()
            .map(|l| format!("{}\u{1}{}\u{1}{}", l.relation, l.to, l.url.as_deref().unwrap_or("\u{0}")))
            .collect();
        let parts: [&str; 22] = [
            &RECIPE.to_string(),
            self.source.word(),
            self.kind.word(),
            &self.external_id,
            &self.key,
            &self.title,
            &self.body,
            &self.comments,
            &self.url,
            project.map_or("", |p| &p.key),
            project.map_or("", |p| &p.name),
            self.state.as_deref().unwrap_or("\u{0}"),
            self.state_category.map_or("", StateCategory::word),
            &self.labels.join("\u{1}"),
            &people.join("\u{2}"),
            &links.join("\u{2}"),
            &self.details.as_ref().map_or_else(String::new, |details| format!("{details:?}")),
            &self.occurred_at.map_or_else(String::new, |at| at.timestamp_micros().to_string()),
            &self.audience.tokens().join("\u{1}"),
            match self.audience {
                Audience::Members => "members",
                Audience::Only(_) => "only",
                Audience::Unknown => "unknown",
            },
            &self.created_at.timestamp_micros().to_string(),
            &self.updated_at.timestamp_micros().to_string(),
        ];
        for part in parts {
            // The length in front keeps ("ab","c") and ("a","bc") apart.
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize())
    }
}

/// Why a document left its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tombstone {
    /// It was deleted.
    Deleted,
    /// The credential no longer sees it; whether it still exists, the source does not say.
    NoAccess,
    /// It is part of another record by now.
    Moved,
    /// It was put away.
    Archived,
}

impl Tombstone {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::Deleted, Self::NoAccess, Self::Moved, Self::Archived];

    /// The word in columns and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::NoAccess => "no-access",
            Self::Moved => "moved",
            Self::Archived => "archived",
        }
    }

    /// The reason a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// A change of one field of a record, in the source's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The record.
    pub record_id: String,
    /// The change's id at the source; with the field's name unique for a record.
    pub change_id: String,
    /// Which field: `status`, `assignee`, `Key`.
    pub field: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who; opaque.
    pub author: Option<String>,
    /// The name shown there.
    pub author_name: Option<String>,
    /// What it was, in words.
    pub from: Option<String>,
    /// What it became.
    pub to: Option<String>,
}

/// A document as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Its id here.
    pub id: DocumentId,
    /// Its content.
    pub document: Document,
    /// [`Document::content_hash`] of that content.
    pub content_hash: String,
    /// When Daybook last read it, by our clock.
    pub fetched_at: DateTime<Utc>,
    /// The write that made it what it is.
    pub revision: Revision,
    /// Why it is no longer there, if it left its source.
    pub tombstone: Option<Tombstone>,
}

/// Bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Text without NUL, which neither database's text can hold; U+2400 stands where one was (the raw record keeps it).
pub fn without_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{2400}") } else { text }
}

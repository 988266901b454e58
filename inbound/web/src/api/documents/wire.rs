//! What documents look like on the wire.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use daybook_core::model::audience::Audience;
use daybook_core::model::document::{self, StateCategory, StoredDocument};
use serde::Serialize;
use utoipa::ToSchema;

/// A document without its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outline {
    /// Its id here.
    id: i64,
    /// Where it came from.
    #[schema(example = "jira")]
    source: &'static str,
    /// What it is: `issue`, `comment` (one that fewer people may see than its issue), `page`, `data_source`, `worklog` or
    /// `meeting`.
    #[schema(example = "issue")]
    kind: &'static str,
    /// Its stable id at the source.
    external_id: String,
    /// What people call it.
    #[schema(example = "HARB-17")]
    key: String,
    /// One line.
    title: String,
    /// Where a person reads the original.
    url: String,
    /// The project, where it has one.
    project: Option<Project>,
    /// The state's name at the source.
    state: Option<String>,
    /// The state over all sources: `todo`, `in_progress` or `done`.
    #[schema(example = "in_progress")]
    state_category: Option<&'static str>,
    /// Labels, components and the like.
    labels: Vec<String>,
    /// When it came to be, by the source's clock.
    created_at: DateTime<Utc>,
    /// When it last changed, by the source's clock.
    updated_at: DateTime<Utc>,
    /// When what it tells happened: a meeting's start, the midnight (UTC) of a worklog's own day. Null: it is read by when
    /// it changed.
    occurred_at: Option<DateTime<Utc>>,
    /// What only documents of its kind have; null: nothing.
    #[schema(inline)]
    details: Option<Details>,
    /// Whether it has left its source. Such a document is not shown, so this is false.
    tombstone: bool,
}

/// A project as its source names it.
#[derive(Serialize, ToSchema)]
struct Project {
    /// The short key.
    key: String,
    /// The name people read.
    name: String,
}

impl From<StoredDocument> for Outline {
    fn from(stored: StoredDocument) -> Self {
        let document = stored.document;
        Self {
            id: stored.id.0,
            source: document.source.word(),
            kind: document.kind.word(),
            external_id: document.external_id,
            key: document.key,
            title: document.title,
            url: document.url,
            project: document.project.map(|project| Project { key: project.key, name: project.name }),
            state: document.state,
            state_category: document.state_category.map(StateCategory::word),
            labels: document.labels,
            created_at: document.created_at,
            updated_at: document.updated_at,
            occurred_at: document.occurred_at,
            details: document.details.map(Details::from),
            tombstone: stored.tombstone.is_some(),
        }
    }
}

/// A person named by a document.
#[derive(Serialize, ToSchema)]
struct Person {
    /// Their part in it: `assignee`, `reporter`, `creator`, `commenter`, `author`, `editor`, `named`, `organizer`,
    /// `attendee` or `speaker`.
    #[schema(value_type = String, example = "assignee")]
    part: document::Part,
    /// The name shown at the source.
    name: String,
}

/// What only documents of one kind have.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Details {
    /// Of an issue.
    Issue {
        /// Seconds logged on it, by the source's own sum.
        spent_seconds: Option<i64>,
        /// Seconds logged on it and on what is below it.
        total_spent_seconds: Option<i64>,
        /// Seconds that it was thought to take.
        estimate_seconds: Option<i64>,
        /// When it is due: the date as given.
        due: Option<String>,
    },
    /// Of a worklog.
    Worklog {
        /// The issue's id at its source.
        issue_id: String,
        /// The worker's own day.
        day: NaiveDate,
        /// When on that day, by the worker's clock.
        #[schema(value_type = Option<String>, example = "09:30:00")]
        start: Option<NaiveTime>,
        /// Seconds spent.
        seconds: i64,
        /// Seconds to be billed; may exceed the seconds spent. Null: not said.
        billable_seconds: Option<i64>,
        /// The account to which it is booked.
        account: Option<String>,
    },
    /// Of a meeting.
    Meeting {
        /// How long it was.
        seconds: i64,
        /// Sentences held.
        sentences: u64,
        /// What the source says about its summary: `processed`, `processing`, `failed` or `skipped`.
        summary_status: Option<String>,
    },
}

impl From<document::Details> for Details {
    fn from(details: document::Details) -> Self {
        match details {
            document::Details::Issue { spent_seconds, total_spent_seconds, estimate_seconds, due } => {
                Self::Issue { spent_seconds, total_spent_seconds, estimate_seconds, due }
            }
            document::Details::Worklog(worklog) => Self::Worklog {
                issue_id: worklog.issue_id,
                day: worklog.day,
                start: worklog.start,
                seconds: worklog.seconds,
                billable_seconds: worklog.billable_seconds,
                account: worklog.account,
            },
            document::Details::Meeting { seconds, sentences, summary_status } => {
                Self::Meeting { seconds, sentences, summary_status }
            }
        }
    }
}

/// How a document points to another.
#[derive(Serialize, ToSchema)]
struct Link {
    /// In the source's words: `parent`, `blocks`, `issue`.
    relation: String,
    /// What people call the other end, or its id at the source.
    to: String,
    /// Where a person reads it, if that is known.
    url: Option<String>,
}

impl From<document::Link> for Link {
    fn from(link: document::Link) -> Self {
        Self { relation: link.relation, to: link.to, url: link.url }
    }
}

/// A change of one field, in the source's own time.
#[derive(Serialize, ToSchema)]
struct Change {
    /// Which field.
    #[schema(example = "status")]
    field: String,
    /// When.
    at: DateTime<Utc>,
    /// Who; the name shown at the source.
    author: Option<String>,
    /// What it was, in words.
    from: Option<String>,
    /// What it became.
    to: Option<String>,
}

impl From<document::Change> for Change {
    fn from(change: document::Change) -> Self {
        let document::Change { field, at, author_name: author, from, to, .. } = change;
        Self { field, at, author, from, to }
    }
}

/// A document, whole.
#[derive(Serialize, ToSchema)]
pub(crate) struct Document {
    #[serde(flatten)]
    outline: Outline,
    /// Its text, in Markdown as strangers wrote it: sanitise what you make of it.
    body: String,
    /// The comments, likewise, each under its author and time.
    comments: String,
    /// Everybody named.
    people: Vec<Person>,
    /// What it points to.
    links: Vec<Link>,
    /// What changed in it in its source's own time, oldest first, as far as the source tells.
    history: Vec<Change>,
    /// Who may see it: `members`, `listed` (some groups or people) or `admins`.
    #[schema(example = "members")]
    audience: &'static str,
    /// When Daybook last read it, by its own clock.
    fetched_at: DateTime<Utc>,
}

impl Document {
    pub(super) fn new(mut stored: StoredDocument, history: Vec<document::Change>) -> Self {
        let document = &mut stored.document;
        let (people, links) = (std::mem::take(&mut document.people), std::mem::take(&mut document.links));
        Self {
            history: history.into_iter().map(Change::from).collect(),
            links: links.into_iter().map(Link::from).collect(),
            body: std::mem::take(&mut document.body),
            comments: std::mem::take(&mut document.comments),
            people: people.into_iter().map(|one| Person { part: one.part, name: one.name }).collect(),
            audience: match document.audience {
                Audience::Members => "members",
                Audience::Only(_) => "listed",
                Audience::Unknown => "admins",
            },
            fetched_at: stored.fetched_at,
            outline: stored.into(),
        }
    }
}

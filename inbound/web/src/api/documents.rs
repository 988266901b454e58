//! One document, whole; and what a document looks like in lists.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_core::actions::read_document::ReadDocument;
use daybook_core::model::audience::Audience;
use daybook_core::model::document::{self, DocumentId, StateCategory, StoredDocument};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{FromSegment, Json, NoQuery, Path, Query};
use crate::guard::Reader;
use crate::problem::{self, Problem};

/// A document without its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outline {
    /// Its id here.
    id: i64,
    /// Where it came from.
    #[schema(example = "jira")]
    source: &'static str,
    /// What it is: `issue` or `comment` (one that fewer people may see than its issue).
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
            tombstone: stored.tombstone.is_some(),
        }
    }
}

/// A person named by a document.
#[derive(Serialize, ToSchema)]
struct Person {
    /// Their part in it: `assignee`, `reporter`, `creator` or `commenter`.
    #[schema(value_type = String, example = "assignee")]
    part: document::Part,
    /// The name shown at the source.
    name: String,
}

/// A document, whole.
#[derive(Serialize, ToSchema)]
pub(crate) struct Document {
    #[serde(flatten)]
    outline: Outline,
    /// Description, in Markdown as strangers wrote it: sanitise what you make of it.
    body: String,
    /// The comments, likewise, each under its author and time.
    comments: String,
    /// Everybody named.
    people: Vec<Person>,
    /// Who may see it: `members`, `listed` (some groups or people) or `admins`.
    #[schema(example = "members")]
    audience: &'static str,
    /// When Daybook last read it, by its own clock.
    fetched_at: DateTime<Utc>,
}

impl From<StoredDocument> for Document {
    fn from(mut stored: StoredDocument) -> Self {
        let document = &mut stored.document;
        let people = std::mem::take(&mut document.people);
        Self {
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

impl FromSegment for DocumentId {
    fn read(word: &str) -> Result<Self, Problem> {
        // What is no number is no document either: one answer for all that is not there.
        word.parse().map(Self).map_err(|_| unknown())
    }
}

/// The one answer for what was never there, is gone, or is not for this viewer.
pub(crate) fn unknown() -> Problem {
    Problem::missing("There is no such document here, or it is not for you to see.")
}

/// Read a document
///
/// A document that has left its source, or that the caller may not see, is answered like one that never was.
#[utoipa::path(
    get,
    path = "/api/documents/{id}",
    operation_id = "read_document",
    tag = "search",
    params(("id" = i64, Path, description = "The document's id, as searches give it.")),
    responses(
        (status = 200, description = "The document.", body = Document),
        (status = 404, description = "Not there, or not for the caller.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(read_document): State<Arc<ReadDocument>>,
    Reader(viewer): Reader,
    Path(id): Path<DocumentId>,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Document>, Problem> {
    let stored = read_document.run(&viewer, id).await?.ok_or_else(unknown)?;
    Ok(Json(stored.into()))
}

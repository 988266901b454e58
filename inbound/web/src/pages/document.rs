//! One document: its text, its comments, and the facts beside.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use daybook_core::actions::read_document::ReadDocument;
use daybook_core::model::audience::Audience;
use daybook_core::model::document::{Document, DocumentId, Part, StoredDocument};

use super::markdown::{Rendered, render};
use super::readable::{self, Moment};
use crate::api::documents::unknown;
use crate::extract::Path;
use crate::guard::Reader;
use crate::problem::Problem;

/// The most names shown of one part.
const MOST_NAMES: usize = 12;

/// The people of one part.
struct People {
    part: &'static str,
    names: String,
}

#[derive(Template)]
#[template(path = "document.html")]
struct DocumentPage {
    source: &'static str,
    kind: &'static str,
    document: Document,
    original: Option<String>,
    state: Option<readable::State>,
    people: Vec<People>,
    audience: &'static str,
    body: Rendered,
    comments: Rendered,
    created: Moment,
    updated: Moment,
    fetched: Moment,
}

/// Shows it.
pub(crate) async fn show(
    State(read_document): State<Arc<ReadDocument>>,
    Reader(viewer): Reader,
    Path(id): Path<DocumentId>,
) -> Result<Response, Problem> {
    let stored = read_document.run(&viewer, id).await?.ok_or_else(unknown)?;
    // Long texts take longer than others on this thread should wait.
    let page = tokio::task::spawn_blocking(move || super::page(StatusCode::OK, &DocumentPage::of(stored)));
    page.await.map_err(|error| {
        tracing::error!(%error, "a document could not be rendered");
        Problem::broken()
    })
}

impl DocumentPage {
    fn of(stored: StoredDocument) -> Self {
        let StoredDocument { document, fetched_at, .. } = stored;
        Self {
            source: readable::source(document.source),
            kind: readable::kind(document.kind),
            original: readable::link(&document.url).map(str::to_owned),
            state: readable::State::of(&document),
            people: people(&document),
            audience: match document.audience {
                Audience::Members => "Every member",
                Audience::Only(_) => "Some groups or people",
                Audience::Unknown => "Administrators only",
            },
            body: render(&document.body),
            comments: render(&document.comments),
            created: Moment::minute(document.created_at),
            updated: Moment::minute(document.updated_at),
            fetched: Moment::minute(fetched_at),
            document,
        }
    }
}

fn people(document: &Document) -> Vec<People> {
    let parts = [Part::Assignee, Part::Reporter, Part::Creator, Part::Commenter];
    let names = |part: Part| -> Vec<&str> {
        document.people.iter().filter(|one| one.part == part).map(|one| one.name.as_str()).collect()
    };
    let reporters = names(Part::Reporter);
    parts
        .into_iter()
        .map(|part| (part, names(part)))
        // Nearly always the reporter; then it says nothing.
        .filter(|(part, names)| !names.is_empty() && (*part != Part::Creator || *names != reporters))
        .map(|(part, names)| {
            let more = names.len().saturating_sub(MOST_NAMES);
            let shown = names.into_iter().take(MOST_NAMES).collect::<Vec<_>>().join(", ");
            let names = if more > 0 { format!("{shown} and {more} more") } else { shown };
            People { part: readable::part(part), names }
        })
        .collect()
}

//! One document: its text, its comments, the facts beside, what it points to, and how it came to be so.

mod facts;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use daybook_core::actions::read_document::ReadDocument;
use daybook_core::model::document::{self, Document, DocumentId, DocumentKind, StoredDocument};

use self::facts::{Fact, facts};
use super::markdown::{Rendered, render};
use super::readable::{self, Moment};
use crate::api::documents::unknown;
use crate::extract::Path;
use crate::guard::Reader;
use crate::problem::Problem;

/// The most links shown.
const MOST_LINKS: usize = 200;
/// The most changes shown, the newest of them.
const MOST_CHANGES: usize = 500;
/// Characters shown of a value before and after a change.
const LONGEST_VALUE: usize = 200;

/// Where a document points to.
struct LinkView {
    relation: String,
    to: String,
    href: Option<String>,
}

/// A change of one field.
struct ChangeView {
    at: Moment,
    who: String,
    field: String,
    from: String,
    to: String,
}

#[derive(Template)]
#[template(path = "document.html")]
struct DocumentPage {
    source: &'static str,
    place: &'static str,
    sort: Option<&'static str>,
    key: Option<String>,
    document: Document,
    original: Option<String>,
    state: Option<readable::State>,
    facts: Vec<Fact>,
    links: Vec<LinkView>,
    more_links: usize,
    changes: Vec<ChangeView>,
    all_changes: usize,
    body: Rendered,
    comments: Rendered,
    without_text: &'static str,
}

/// Shows it.
pub(crate) async fn show(
    State(read_document): State<Arc<ReadDocument>>,
    Reader(viewer): Reader,
    Path(id): Path<DocumentId>,
) -> Result<Response, Problem> {
    let stored = read_document.run(&viewer, id).await?.ok_or_else(unknown)?;
    let history = read_document.history(&viewer, id).await?;
    // Long texts take longer than others on this thread should wait.
    let page =
        tokio::task::spawn_blocking(move || super::page(StatusCode::OK, &DocumentPage::of(stored, history)));
    page.await.map_err(|error| {
        tracing::error!(%error, "a document could not be rendered");
        Problem::broken()
    })
}

impl DocumentPage {
    fn of(stored: StoredDocument, history: Vec<document::Change>) -> Self {
        let facts = facts(&stored);
        let document = stored.document;
        Self {
            source: readable::source(document.source),
            place: readable::place(&document),
            sort: readable::sort(&document),
            key: readable::key(&document),
            original: readable::link(&document.url).map(str::to_owned),
            state: readable::State::of(&document),
            facts,
            links: document.links.iter().take(MOST_LINKS).map(LinkView::from).collect(),
            more_links: document.links.len().saturating_sub(MOST_LINKS),
            all_changes: history.len(),
            // The newest is what most people look for.
            changes: history.into_iter().rev().take(MOST_CHANGES).map(ChangeView::from).collect(),
            body: render(&document.body),
            comments: render(&document.comments),
            without_text: match document.kind {
                DocumentKind::Issue | DocumentKind::Comment | DocumentKind::Worklog => {
                    "There is no description."
                }
                DocumentKind::Page | DocumentKind::DataSource | DocumentKind::Meeting => "There is no text.",
            },
            document,
        }
    }
}

impl From<&document::Link> for LinkView {
    fn from(link: &document::Link) -> Self {
        Self {
            relation: link.relation.clone(),
            to: link.to.clone(),
            href: link.url.as_deref().and_then(readable::link).map(str::to_owned),
        }
    }
}

impl From<document::Change> for ChangeView {
    fn from(change: document::Change) -> Self {
        let value = |value: Option<String>| {
            readable::shortened(&value.unwrap_or_else(|| "–".to_owned()), LONGEST_VALUE)
        };
        Self {
            at: Moment::minute(change.at),
            who: change.author_name.unwrap_or_default(),
            field: change.field,
            from: value(change.from),
            to: value(change.to),
        }
    }
}

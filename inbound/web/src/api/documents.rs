//! One document, whole; and what a document looks like in lists.

mod wire;

use std::sync::Arc;

use axum::extract::State;
use daybook_core::actions::read_document::ReadDocument;
use daybook_core::model::document::DocumentId;

pub(crate) use self::wire::Outline;

use self::wire::Document;
use crate::extract::{FromSegment, Json, NoQuery, Path, Query};
use crate::guard::Reader;
use crate::problem::{self, Problem};

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
    let history = read_document.history(&viewer, id).await?;
    Ok(Json(Document::new(stored, history)))
}

//! Where holders of the admin key plan, start, watch and cancel runs. The page itself holds nothing: a script asks the API
//! with the key that was typed in, so that whoever reaches the port may open it and see an empty shell.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use daybook_core::model::backfill::Days;
use daybook_core::model::source::SourceKind;

use super::readable;

/// A source to choose.
struct Choice {
    word: &'static str,
    name: &'static str,
}

#[derive(Template)]
#[template(path = "backfills.html")]
struct BackfillsPage {
    sources: [Choice; 4],
    fewest_days: i64,
    most_days: i64,
}

/// Shows it.
pub(crate) async fn show() -> Response {
    let choice = |kind: SourceKind| Choice { word: kind.word(), name: readable::source(kind) };
    let sources = SourceKind::ALL.map(choice);
    let page = BackfillsPage { sources, fewest_days: Days::MIN, most_days: Days::MAX };
    super::page(StatusCode::OK, &page)
}

//! The first page: a field to ask in, and what there is to be found.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::ports::clock::Clock;

use super::search::address;
use super::sources::SourceView;
use crate::guard::Reader;
use crate::problem::Problem;
use crate::question::Asked;
use crate::wording;

/// An example of what can be asked.
struct Suggestion {
    text: String,
    href: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    total: String,
    sources: Vec<SourceView>,
    suggestions: Vec<Suggestion>,
}

/// Shows it.
pub(crate) async fn show(
    State(watch_backfills): State<Arc<WatchBackfills>>,
    State(clock): State<Arc<dyn Clock>>,
    State(suggestions): State<Arc<[String]>>,
    Reader(viewer): Reader,
) -> Result<Response, Problem> {
    let freshness = watch_backfills.freshness(&viewer).await?;
    let now = clock.now();
    let total = wording::count(freshness.iter().map(|one| one.held).sum(), "document");
    let suggest = |text: &String| Suggestion {
        text: text.clone(),
        href: address(&Asked { q: text.clone(), ..Asked::default() }),
    };
    let page = HomePage {
        total,
        sources: freshness.into_iter().map(|one| SourceView::at(one, now)).collect(),
        suggestions: suggestions.iter().map(suggest).collect(),
    };
    Ok(super::page(StatusCode::OK, &page))
}

//! How fresh each source is, in plain words.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::model::source::{Freshness, SourceKind};
use daybook_core::ports::clock::Clock;

use super::readable::{self, Moment};
use crate::guard::Reader;
use crate::problem::Problem;
use crate::wording;

/// A source as pages show it.
pub(crate) struct SourceView {
    pub(crate) name: &'static str,
    pub(crate) word: &'static str,
    pub(crate) held: String,
    pub(crate) quarantined: Option<String>,
    pub(crate) confirmed: Option<Moment>,
    pub(crate) confirmed_from: String,
    pub(crate) confirmed_ago: String,
    pub(crate) last_success: Option<Moment>,
    pub(crate) last_error: Option<String>,
}

impl SourceView {
    /// How it stands at that moment.
    pub(crate) fn at(one: Freshness, now: DateTime<Utc>) -> Self {
        let quarantined = (one.quarantined > 0).then(|| wording::count(one.quarantined, "record"));
        Self {
            name: readable::source(one.source),
            word: one.source.word(),
            held: wording::count(one.held, "document"),
            quarantined,
            confirmed: one.confirmed.map(|stretch| Moment::minute(stretch.until)),
            confirmed_from: one.confirmed.map_or_else(String::new, |stretch| Moment::day(stretch.from).text),
            confirmed_ago: one
                .confirmed
                .map_or_else(String::new, |stretch| readable::ago(stretch.until, now)),
            last_success: one.last_success_at.map(Moment::minute),
            last_error: one.last_error,
        }
    }
}

/// The names of the sources that have never been read.
fn unread(freshness: &[Freshness]) -> Vec<&'static str> {
    let is_unread = |kind: &SourceKind| !freshness.iter().any(|one| one.source == *kind);
    SourceKind::ALL.into_iter().filter(is_unread).map(readable::source).collect()
}

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    sources: Vec<SourceView>,
    unread: Vec<&'static str>,
}

/// Shows them.
pub(crate) async fn show(
    State(watch_backfills): State<Arc<WatchBackfills>>,
    State(clock): State<Arc<dyn Clock>>,
    Reader(viewer): Reader,
) -> Result<Response, Problem> {
    let freshness = watch_backfills.freshness(&viewer).await?;
    let now = clock.now();
    let unread = unread(&freshness);
    let sources = freshness.into_iter().map(|one| SourceView::at(one, now)).collect();
    Ok(super::page(StatusCode::OK, &SourcesPage { sources, unread }))
}

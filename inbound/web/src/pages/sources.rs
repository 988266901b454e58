//! How fresh each source is, in plain words; what keeps it so, and what is missing.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use daybook_core::actions::keep_fresh::KeepFresh;
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::model::source::{CensusSummary, Freshness, SourceKind};
use daybook_core::ports::clock::Clock;

use super::readable::{self, Moment};
use crate::api::sources::off;
use crate::guard::Reader;
use crate::problem::Problem;
use crate::wording;

/// A source as pages show it.
pub(crate) struct SourceView {
    pub(crate) name: &'static str,
    pub(crate) word: &'static str,
    pub(crate) held: String,
    pub(crate) confirmed: Option<Moment>,
    pub(crate) confirmed_from: String,
    pub(crate) confirmed_ago: String,
    pub(crate) last_success: Option<Moment>,
    pub(crate) last_error: Option<String>,
    running: Option<String>,
    next_sync: Option<Moment>,
    next_census: Option<Moment>,
    missing: Vec<String>,
    unseen: Vec<String>,
    census: Option<CensusView>,
    is_off: bool,
}

/// A comparison with the source's own list.
struct CensusView {
    said: String,
    is_equal: bool,
    compared: Moment,
    ago: String,
}

impl SourceView {
    /// How it stands at that moment.
    pub(crate) fn at(one: Freshness, now: DateTime<Utc>) -> Self {
        Self {
            name: readable::source(one.source),
            word: one.source.word(),
            held: wording::count(one.held, "document"),
            missing: missing(&one),
            confirmed: one.confirmed.map(|stretch| Moment::minute(stretch.until)),
            confirmed_from: one.confirmed.map_or_else(String::new, |stretch| Moment::day(stretch.from).text),
            confirmed_ago: one
                .confirmed
                .map_or_else(String::new, |stretch| readable::ago(stretch.until, now)),
            last_success: one.last_success_at.map(Moment::minute),
            last_error: one.last_error,
            running: one.running,
            next_sync: one.next_sync_at.map(Moment::minute),
            next_census: one.next_census_at.map(Moment::minute),
            unseen: one.unseen,
            census: one.census.map(|census| CensusView::at(census, now)),
            is_off: false,
        }
    }
}

/// What is not held as it should be.
fn missing(one: &Freshness) -> Vec<String> {
    let lines = [
        (one.quarantined, "record", "could not be read, and kept aside with the reason"),
        (one.gaps, "gap", "known: parts of records that Daybook does not hold"),
        (one.open, "record", "not finished at the source, and asked for again"),
    ];
    let told =
        |(number, noun, what)| (number > 0).then(|| format!("{} {what}", wording::count(number, noun)));
    lines.into_iter().filter_map(told).collect()
}

impl CensusView {
    fn at(census: CensusSummary, now: DateTime<Utc>) -> Self {
        let CensusSummary { source, held, differing, compared_at } = census;
        let differing_said = match differing {
            0 => "no difference".to_owned(),
            number => format!("{} differed", wording::number(number)),
        };
        Self {
            said: format!(
                "{}, {} held then, {differing_said}",
                wording::count(source, "record"),
                wording::number(held)
            ),
            is_equal: differing == 0,
            compared: Moment::minute(compared_at),
            ago: readable::ago(compared_at, now),
        }
    }
}

/// A source of which nothing was ever read.
struct Unread {
    name: &'static str,
    word: &'static str,
    is_off: bool,
}

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    sources: Vec<SourceView>,
    unread: Vec<Unread>,
    is_admin: bool,
}

/// Shows them.
pub(crate) async fn show(
    State(watch_backfills): State<Arc<WatchBackfills>>,
    State(keep_fresh): State<Arc<KeepFresh>>,
    State(clock): State<Arc<dyn Clock>>,
    Reader(viewer): Reader,
) -> Result<Response, Problem> {
    let freshness = watch_backfills.freshness(&viewer).await?;
    let (now, off) = (clock.now(), off(&keep_fresh));
    let is_unread = |kind: &SourceKind| !freshness.iter().any(|one| one.source == *kind);
    let unread = SourceKind::ALL.into_iter().filter(is_unread).map(|kind| Unread {
        name: readable::source(kind),
        word: kind.word(),
        is_off: off.contains(&kind),
    });
    let unread = unread.collect();
    let view = |one: Freshness| {
        let is_off = off.contains(&one.source);
        SourceView { is_off, ..SourceView::at(one, now) }
    };
    let sources = freshness.into_iter().map(view).collect();
    Ok(super::page(StatusCode::OK, &SourcesPage { sources, unread, is_admin: viewer.is_admin() }))
}

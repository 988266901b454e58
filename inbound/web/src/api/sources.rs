//! How fresh what we hold of each source is, and what keeps it so.

pub(crate) mod findings;
pub(crate) mod upkeep;

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_core::actions::keep_fresh::KeepFresh;
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::model::source::{self, SourceKind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Json, NoQuery, Query};
use crate::guard::Reader;
use crate::problem::Problem;

/// How fresh what Daybook holds of one source is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Freshness {
    /// Which source.
    #[schema(example = "jira")]
    source: &'static str,
    /// Documents held.
    held: u64,
    /// Records that could not be read and are kept aside with their reason.
    quarantined: u64,
    /// The beginning of the stretch whose changes had all been read when the last run ended well. Null: never confirmed.
    confirmed_from: Option<DateTime<Utc>>,
    /// Its end: what is held is as fresh as this moment.
    confirmed_until: Option<DateTime<Utc>>,
    /// When the last run that ended well ended.
    last_success_at: Option<DateTime<Utc>>,
    /// Why the newest run failed, if it did.
    last_error: Option<String>,
    /// Things that Daybook knows it does not hold: blocks of unknown types, comments beyond a bound.
    gaps: u64,
    /// Records that the source has not finished, and that are asked for again.
    open: u64,
    /// What the credential is not shown, in words. For holders of the admin key; empty for others.
    unseen: Vec<String>,
    /// The newest comparison with the source's own list. For holders of the admin key; null for others, and where nothing
    /// was compared.
    census: Option<Census>,
    /// What is being done right now, in words; null: nothing.
    running: Option<String>,
    /// When it is next read on its own; null: it is not.
    next_sync_at: Option<DateTime<Utc>>,
    /// When it is next compared on its own; null: it is not.
    next_census_at: Option<DateTime<Utc>>,
}

/// A comparison with a source's own list, in short.
#[derive(Serialize, ToSchema)]
struct Census {
    /// Records that the source listed.
    counted: u64,
    /// Records held then.
    held: u64,
    /// How many differed.
    differing: u64,
    /// When.
    compared_at: DateTime<Utc>,
}

impl From<source::CensusSummary> for Census {
    fn from(census: source::CensusSummary) -> Self {
        let source::CensusSummary { source: counted, held, differing, compared_at } = census;
        Self { counted, held, differing, compared_at }
    }
}

impl From<source::Freshness> for Freshness {
    fn from(one: source::Freshness) -> Self {
        Self {
            source: one.source.word(),
            held: one.held,
            quarantined: one.quarantined,
            confirmed_from: one.confirmed.map(|stretch| stretch.from),
            confirmed_until: one.confirmed.map(|stretch| stretch.until),
            last_success_at: one.last_success_at,
            last_error: one.last_error,
            gaps: one.gaps,
            open: one.open,
            unseen: one.unseen,
            census: one.census.map(Census::from),
            running: one.running,
            next_sync_at: one.next_sync_at,
            next_census_at: one.next_census_at,
        }
    }
}

/// The sources that have documents or runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sources {
    /// One each.
    sources: Vec<Freshness>,
    /// Sources that are off: this Daybook has no settings for them. What was read of them before stays.
    #[schema(example = json!(["tempo"]))]
    off: Vec<&'static str>,
}

/// The sources without settings.
pub(crate) fn off(keep_fresh: &KeepFresh) -> Vec<SourceKind> {
    let on: Vec<SourceKind> = keep_fresh.sources().collect();
    SourceKind::ALL.into_iter().filter(|kind| !on.contains(kind)).collect()
}

/// List sources
///
/// How fresh each source is, by the age of what is held and not by when a job ran. A source that was never read is not
/// in the list.
#[utoipa::path(
    get,
    path = "/api/sources",
    operation_id = "list_sources",
    tag = "search",
    responses((status = 200, description = "The sources.", body = Sources))
)]
pub(crate) async fn list(
    State(watch_backfills): State<Arc<WatchBackfills>>,
    State(keep_fresh): State<Arc<KeepFresh>>,
    Reader(viewer): Reader,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Sources>, Problem> {
    let freshness = watch_backfills.freshness(&viewer).await?;
    Ok(Json(Sources {
        sources: freshness.into_iter().map(Freshness::from).collect(),
        off: off(&keep_fresh).into_iter().map(SourceKind::word).collect(),
    }))
}

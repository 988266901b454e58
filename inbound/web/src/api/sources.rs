//! How fresh what we hold of each source is.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, Utc};
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::model::source;
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
        }
    }
}

/// The sources that have documents or runs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sources {
    /// One each.
    sources: Vec<Freshness>,
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
    Reader(viewer): Reader,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Sources>, Problem> {
    let freshness = watch_backfills.freshness(&viewer).await?;
    Ok(Json(Sources { sources: freshness.into_iter().map(Freshness::from).collect() }))
}

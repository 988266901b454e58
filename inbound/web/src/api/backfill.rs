//! Planning, starting, watching and cancelling backfills; syncs and censuses are watched here too.

mod plan;
mod wire;

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use daybook_core::actions::plan_backfill::PlanBackfill;
use daybook_core::actions::start_backfill::{Request, StartBackfill};
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::model::backfill::{Asked, BackfillId};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use utoipa::IntoParams;
use uuid::Uuid;

pub(crate) use self::wire::{Source, status_url};

use self::plan::Planned;
use self::wire::{Accepted, Backfill, Backfills};
use crate::extract::{FromQuery, FromSegment, Json, NoQuery, Parameters, Path, Query, quoted, truth};
use crate::guard::AdminOnly;
use crate::problem::{self, Detail, Problem};
use crate::trace::RequestId;

/// Which part of history to read.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Window {
    /// The last so many days. Not together with the dates. When neither is given: 2555 for Jira, 365 for the others.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 3650, example = 365)]
    days: Option<String>,
    /// The first day (UTC), `YYYY-MM-DD`, not in the future; together with `to_date`.
    #[param(value_type = Option<chrono::NaiveDate>, example = "2026-01-01")]
    from_date: Option<String>,
    /// The last day (UTC), included; not in the future, not before `from_date`.
    #[param(value_type = Option<chrono::NaiveDate>, example = "2026-03-31")]
    to_date: Option<String>,
    /// Only this project, by its key.
    #[param(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9_]+$", example = "HARB")]
    project: Option<String>,
    /// Only this record, whenever it is from: its id at the source, or what people call it. Not together with `project`.
    #[param(min_length = 1, max_length = 200, pattern = "^[A-Za-z0-9_.:-]+$", example = "HARB-17")]
    item: Option<String>,
    /// Whether to say only what it would take: answers 200 with the plan, and starts nothing.
    #[param(value_type = Option<bool>, default = false)]
    dry_run: Option<String>,
}

impl FromQuery for Window {
    const ONCE: &'static [&'static str] = &["days", "from_date", "to_date", "project", "item", "dry_run"];

    fn read(parameters: &Parameters) -> Self {
        Self {
            days: parameters.first("days"),
            from_date: parameters.first("from_date"),
            to_date: parameters.first("to_date"),
            project: parameters.first("project"),
            item: parameters.first("item"),
            dry_run: parameters.first("dry_run"),
        }
    }
}

impl FromSegment for SourceKind {
    fn read(word: &str) -> Result<Self, Problem> {
        quoted(word).parse().map_err(|unknown: daybook_core::model::source::UnknownSource| {
            let said = unknown.to_string();
            Problem::missing(said.clone()).with_detail(Detail::new("source", said))
        })
    }
}

impl FromSegment for BackfillId {
    fn read(word: &str) -> Result<Self, Problem> {
        Uuid::parse_str(word).map(Self).map_err(|_| {
            let said = format!("there is no backfill `{}`: ids of backfills are UUIDs", quoted(word));
            Problem::missing(said.clone()).with_detail(Detail::new("id", said))
        })
    }
}

/// Start a backfill
///
/// Reads a window of a source's history, in the background. The answer comes as soon as the backfill can no longer be
/// forgotten; `status_url` shows how it goes. Asking again for a window that is being read gives the running backfill
/// and `deduplicated: true`. With `dry_run=true` the source is asked how much there is, and nothing is started.
#[utoipa::path(
    post,
    path = "/api/backfill/{source_or_id}",
    operation_id = "start_backfill",
    tag = "backfill",
    params(
        ("source_or_id" = inline(wire::Source), Path, description = "Which source to read."),
        Window,
    ),
    responses(
        (status = 200, description = "With `dry_run=true`: what it would take. Nothing was started.", body = Planned),
        (status = 202, description = "Accepted.", body = Accepted,
            headers(("Location" = String, description = "Where to watch it."))),
        (status = 400, description = "The window makes no sense, or the source is off; `details` names what to mend.",
            body = problem::Body, content_type = "application/problem+json"),
        (status = 403, description = "With `dry_run=true`: the source refuses Daybook's credential.",
            body = problem::Body, content_type = "application/problem+json"),
        (status = 404, description = "There is no such source.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn start(
    State(start_backfill): State<Arc<StartBackfill>>,
    State(plan_backfill): State<Arc<PlanBackfill>>,
    AdminOnly(admin): AdminOnly,
    Path(source): Path<SourceKind>,
    Query(window): Query<Window>,
    Extension(RequestId(request_id)): Extension<RequestId>,
) -> Result<Response, Problem> {
    let Window { days, from_date, to_date, project, item, dry_run } = window;
    let is_dry = truth("dry_run", dry_run.as_deref()).map_err(|detail| Problem::invalid(vec![detail]))?;
    let asked = Asked { days, from_date, to_date };
    let request = Request { source, asked, project, item, request_id: Some(request_id.to_string()) };
    if is_dry {
        return Ok(Json(plan::ask(&plan_backfill, &admin, request).await?).into_response());
    }
    let accepted = Accepted::from(start_backfill.run(&admin, request).await?);
    let location = [(LOCATION, accepted.status_url.clone())];
    Ok((StatusCode::ACCEPTED, location, Json(accepted)).into_response())
}

/// List runs
///
/// The newest hundred of all kinds, newest first: backfills, syncs and censuses.
#[utoipa::path(
    get,
    path = "/api/backfill",
    operation_id = "list_backfills",
    tag = "backfill",
    responses((status = 200, description = "The newest first.", body = Backfills))
)]
pub(crate) async fn list(
    State(watch_backfills): State<Arc<WatchBackfills>>,
    State(clock): State<Arc<dyn Clock>>,
    AdminOnly(admin): AdminOnly,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Backfills>, Problem> {
    let newest = watch_backfills.newest(&admin).await?;
    let now = clock.now();
    Ok(Json(Backfills { backfills: newest.into_iter().map(|one| Backfill::at(one, now)).collect() }))
}

/// Watch a run
///
/// A backfill's, a sync's or a census's state, what it has done so far, and at the end its report.
#[utoipa::path(
    get,
    path = "/api/backfill/{source_or_id}",
    operation_id = "show_backfill",
    tag = "backfill",
    params(("source_or_id" = Uuid, Path, description = "The run's id.")),
    responses(
        (status = 200, description = "How it stands.", body = Backfill),
        (status = 404, description = "There is no such backfill.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn show(
    State(watch_backfills): State<Arc<WatchBackfills>>,
    State(clock): State<Arc<dyn Clock>>,
    AdminOnly(admin): AdminOnly,
    Path(id): Path<BackfillId>,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Backfill>, Problem> {
    let backfill = watch_backfills.one(&admin, id).await?.ok_or_else(|| unknown(id))?;
    Ok(Json(Backfill::at(backfill, clock.now())))
}

/// Cancel a run
///
/// What was stored stays. A run that is over stays as it is.
#[utoipa::path(
    post,
    path = "/api/backfill/{id}/cancel",
    operation_id = "cancel_backfill",
    tag = "backfill",
    params(("id" = Uuid, Path, description = "The run's id.")),
    responses(
        (status = 200, description = "How it stands now.", body = Backfill),
        (status = 404, description = "There is no such backfill.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(watch_backfills): State<Arc<WatchBackfills>>,
    State(clock): State<Arc<dyn Clock>>,
    AdminOnly(admin): AdminOnly,
    Path(id): Path<BackfillId>,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Backfill>, Problem> {
    let backfill = watch_backfills.cancel(&admin, id).await?.ok_or_else(|| unknown(id))?;
    Ok(Json(Backfill::at(backfill, clock.now())))
}

fn unknown(id: BackfillId) -> Problem {
    let said = format!("there is no backfill `{id}`");
    Problem::missing(said.clone()).with_detail(Detail::new("id", said))
}

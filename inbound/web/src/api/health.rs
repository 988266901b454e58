//! Whether Daybook lives, can answer, and can do all its work.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use daybook_core::actions::check_health::{CheckHealth, Health};
use daybook_core::actions::search::{Search, SearchError};
use daybook_core::model::audience::Viewer;
use daybook_core::model::fault::chain;
use daybook_core::model::hit::Coverage;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::{Json, NoQuery, Query};
use crate::guard::AdminOnly;

/// How it stands.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    /// It works.
    Up,
    /// It does not.
    Down,
}

impl Status {
    fn of(is_up: bool) -> Self {
        if is_up { Self::Up } else { Self::Down }
    }

    fn code(self) -> StatusCode {
        match self {
            Self::Up => StatusCode::OK,
            Self::Down => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// Whether the process serves.
#[derive(Serialize, ToSchema)]
pub(crate) struct Alive {
    /// Always `up`: who is down does not answer.
    status: Status,
    /// The release that answers.
    version: &'static str,
}

/// Is it alive?
///
/// 200 while the process serves; nothing that it depends on is touched.
#[utoipa::path(
    get,
    path = "/api/health",
    operation_id = "health",
    tag = "health",
    responses((status = 200, description = "It is.", body = Alive))
)]
pub(crate) async fn alive() -> Json<Alive> {
    Json(Alive { status: Status::Up, version: env!("CARGO_PKG_VERSION") })
}

/// One thing that was looked at.
#[derive(Serialize, ToSchema)]
struct Check {
    /// What.
    name: &'static str,
    /// How it stands.
    status: Status,
    /// What was found.
    detail: String,
    /// What to do about it.
    next_step: Option<&'static str>,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Report {
    /// `down` if anything needed is.
    status: Status,
    /// One by one.
    checks: Vec<Check>,
}

impl Report {
    fn of(checks: Vec<Check>) -> Self {
        Self { status: Status::of(checks.iter().all(|check| check.status == Status::Up)), checks }
    }
}

impl IntoResponse for Report {
    fn into_response(self) -> Response {
        (self.status.code(), Json(self)).into_response()
    }
}

/// Can it answer?
///
/// 200 if the database answers, so that requests may be sent here; else 503.
#[utoipa::path(
    get,
    path = "/api/health/ready",
    operation_id = "health_ready",
    tag = "health",
    responses(
        (status = 200, description = "It can.", body = Report),
        (status = 503, description = "It cannot now.", body = Report),
    )
)]
pub(crate) async fn ready(State(check_health): State<Arc<CheckHealth>>) -> Report {
    let health = check_health.run().await;
    // Whoever reaches the port may ask this: no word of why.
    let detail = if health.database.is_ok() { "it answers" } else { "it does not answer" };
    Report::of(vec![database(&health, detail.to_owned())])
}

/// Can it do all its work?
///
/// Each thing that Daybook needs, with what to do if it is down; 503 if any is.
#[utoipa::path(
    get,
    path = "/api/health/deep",
    operation_id = "health_deep",
    tag = "health",
    responses(
        (status = 200, description = "It can.", body = Report),
        (status = 503, description = "Something needed is down.", body = Report),
    )
)]
pub(crate) async fn deep(
    State(check_health): State<Arc<CheckHealth>>,
    State(search): State<Arc<Search>>,
    AdminOnly(_): AdminOnly,
    Query(NoQuery): Query<NoQuery>,
) -> Report {
    let health = check_health.run().await;
    let detail = health.database.clone().map_or_else(|reason| reason, |()| "it answers".to_owned());
    let index = index(search.coverage(&Viewer::admin()).await);
    Report::of(vec![database(&health, detail), queue(&health), worker(&health), schedule(&health), index])
}

fn database(health: &Health, detail: String) -> Check {
    let status = Status::of(health.database.is_ok());
    let cure = "Look at DATABASE_URL and at the database itself; `daybook config` shows what is in force.";
    Check { name: "database", status, detail, next_step: (status == Status::Down).then_some(cure) }
}

fn queue(health: &Health) -> Check {
    let (status, detail) = match health.queue {
        Some(counts) => {
            let (pending, running, failed) = (counts.pending, counts.running, counts.failed);
            (Status::Up, format!("{pending} waiting, {running} running, {failed} failed"))
        }
        None => (Status::Down, "it could not be asked".to_owned()),
    };
    let has_failed = health.queue.is_some_and(|counts| counts.failed > 0);
    let cure = "`daybook backfills` shows the failed ones and why.";
    Check { name: "queue", status, detail, next_step: has_failed.then_some(cure) }
}

fn worker(health: &Health) -> Check {
    let status = Status::of(health.worker);
    let detail = if health.worker { "one has shown life" } else { "none has shown life lately" };
    let cure = "Start `daybook worker`, or `daybook serve` without --no-worker.";
    Check {
        name: "worker",
        status,
        detail: detail.to_owned(),
        next_step: (status == Status::Down).then_some(cure),
    }
}

/// Syncs and censuses are started within seconds of their time, by whichever process with a worker looks first.
fn schedule(health: &Health) -> Check {
    let detail = match &health.overdue {
        Some(late) if late.is_empty() => "what is due is started".to_owned(),
        Some(late) => format!("{} should have been started and nobody did", late.join(", ")),
        None => "it could not be asked".to_owned(),
    };
    let status = Status::of(health.overdue.as_ref().is_some_and(Vec::is_empty));
    let cure = "Look into the log of `daybook serve` or `daybook worker` for `due`, and start it again; \
                `daybook sync SOURCE --wait` makes up for it by hand.";
    Check { name: "schedule", status, detail, next_step: (status == Status::Down).then_some(cure) }
}

/// An index that is behind is no fault: it follows. One that cannot be asked is.
fn index(coverage: Result<Coverage, SearchError>) -> Check {
    let (status, detail, next_step) = match coverage {
        Ok(coverage) if coverage.by_words == coverage.documents => {
            (Status::Up, format!("all {} documents can be found by words", coverage.documents), None)
        }
        Ok(coverage) => (
            Status::Up,
            format!("{} of {} documents can be found by words", coverage.by_words, coverage.documents),
            Some(
                "If this stands still, look into the log of the process that keeps the index, and start it again.",
            ),
        ),
        Err(error) => (
            Status::Down,
            chain(&error),
            Some(
                "Look at the free space and the rights of DAYBOOK_DATA_DIR; its folder index may be deleted, it is rebuilt.",
            ),
        ),
    };
    Check { name: "index", status, detail, next_step }
}

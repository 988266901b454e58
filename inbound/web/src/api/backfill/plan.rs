//! What a backfill would take, on the wire.

use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_core::actions::plan_backfill::{self, PlanBackfill, PlanBackfillError};
use daybook_core::actions::start_backfill::Request;
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::Days;
use daybook_core::ports::source::SourceError;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::wire::{Plan, Source};
use crate::problem::{Detail, Problem};

/// The longest that somebody waits for a plan: a source may ask for quiet longer than that.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a backfill would take. Nothing was started.
#[derive(Serialize, ToSchema)]
pub(crate) struct Planned {
    /// Always true.
    dry_run: bool,
    /// Where from.
    #[schema(inline, value_type = Source)]
    source: &'static str,
    /// The days that were asked for; null if it was by dates.
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<i64>,
    /// The first moment of the window.
    from: DateTime<Utc>,
    /// The first moment after the window.
    to: DateTime<Utc>,
    /// Only this project; null: all that the credential may see.
    project: Option<String>,
    /// Only this record.
    item: Option<String>,
    /// Records that there are, by the source's own count; null: it would not say.
    expected: Option<u64>,
    /// What reading them takes; null: it cannot be told.
    plan: Option<Plan>,
    /// What its reader should know.
    warnings: Vec<String>,
    /// What the credential is not shown, in words.
    unseen: Vec<String>,
    /// Requests that it took to find out.
    requests: u32,
}

/// Asks for a plan.
pub(super) async fn ask(
    plan_backfill: &PlanBackfill,
    admin: &Admin,
    request: Request,
) -> Result<Planned, Problem> {
    let source = request.source;
    let planned = timeout(PATIENCE, plan_backfill.run(admin, &request)).await.map_err(|_| {
        let said = format!("{source} did not say within a minute how much there is");
        Problem::unavailable(said.clone()).with_detail(Detail::new("source", said))
    })?;
    let plan_backfill::Planned { window, survey } = planned.map_err(refusal)?;
    Ok(Planned {
        dry_run: true,
        source: source.word(),
        days: window.days.map(Days::get),
        from: window.from,
        to: window.to,
        project: request.project,
        item: request.item,
        expected: survey.expected,
        plan: survey.plan.map(Plan::from),
        warnings: survey.warnings,
        unseen: survey.unseen,
        requests: survey.requests,
    })
}

/// A vendor's words are for the administrator who asked; what a store says is not.
fn refusal(error: PlanBackfillError) -> Problem {
    match error {
        PlanBackfillError::Request(error) => error.into(),
        PlanBackfillError::Source(error @ SourceError::Store { .. }) => error.into(),
        PlanBackfillError::Source(error) => {
            let said = error.to_string();
            Problem::from(error).saying(said.clone()).with_detail(Detail::new("source", said))
        }
    }
}

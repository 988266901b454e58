//! Reading a source again, and comparing it, on request.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use daybook_core::actions::keep_fresh::{self, KeepFresh};
use daybook_core::model::source::SourceKind;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::backfill::{Source, status_url};
use crate::extract::{FromQuery, Json, NoQuery, Parameters, Path, Query, truth};
use crate::guard::AdminOnly;
use crate::problem::{self, Problem};

/// An accepted sync or census.
#[derive(Serialize, ToSchema)]
#[schema(as = AcceptedUpkeep)]
pub(crate) struct Accepted {
    /// Always true: refusals are problems.
    success: bool,
    /// The run's id.
    job_id: Uuid,
    /// Where to watch it.
    #[schema(example = "/api/backfill/019aa0f3-0b5c-7a31-8f0e-6a4e0b5d2a11")]
    status_url: String,
    /// What it is for: `sync` or `census`.
    #[schema(example = "sync")]
    kind: &'static str,
    /// Where from.
    #[schema(inline, value_type = Source)]
    source: &'static str,
    /// Whether one was under way already; then this is it.
    deduplicated: bool,
    /// The same in a sentence.
    message: String,
}

impl From<keep_fresh::Accepted> for Accepted {
    fn from(accepted: keep_fresh::Accepted) -> Self {
        let keep_fresh::Accepted { run, deduplicated } = accepted;
        let (kind, source) = (run.kind.word(), run.source.word());
        let message = if deduplicated {
            format!("A {kind} of {source} is under way already; this is it.")
        } else {
            format!("Accepted a {kind} of {source}; status_url shows how it goes.")
        };
        let (job_id, status_url) = (run.id.0, status_url(run.id));
        Self { success: true, job_id, status_url, kind, source, deduplicated, message }
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        let location = [(LOCATION, self.status_url.clone())];
        (StatusCode::ACCEPTED, location, Json(self)).into_response()
    }
}

/// Sync a source
///
/// Reads what has changed since the source was last read to the end, in the background. A source that was never read
/// needs a backfill first.
#[utoipa::path(
    post,
    path = "/api/sources/{source}/sync",
    operation_id = "sync_source",
    tag = "sources",
    params(("source" = inline(Source), Path, description = "Which source to read again.")),
    responses(
        (status = 202, description = "Accepted.", body = Accepted,
            headers(("Location" = String, description = "Where to watch it."))),
        (status = 400, description = "The source is off, or was never read to the end.",
            body = problem::Body, content_type = "application/problem+json"),
        (status = 404, description = "There is no such source.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sync(
    State(keep_fresh): State<Arc<KeepFresh>>,
    AdminOnly(admin): AdminOnly,
    Path(source): Path<SourceKind>,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Accepted, Problem> {
    Ok(keep_fresh.sync(&admin, source).await?.into())
}

/// How a census is taken.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Losses {
    /// Whether a person confirms that much may be gone. Without it, a census that misses more than a tenth of what is held
    /// takes nothing away, and fails.
    #[param(value_type = Option<bool>, default = false)]
    accept_losses: Option<String>,
}

impl FromQuery for Losses {
    const ONCE: &'static [&'static str] = &["accept_losses"];

    fn read(parameters: &Parameters) -> Self {
        Self { accept_losses: parameters.first("accept_losses") }
    }
}

/// Compare a source with what is held
///
/// Lists everything there is at the source, in the background, fetches what is missing here, and takes away what has left
/// it. The ledger shows what was found.
#[utoipa::path(
    post,
    path = "/api/sources/{source}/census",
    operation_id = "census_source",
    tag = "sources",
    params(("source" = inline(Source), Path, description = "Which source to compare."), Losses),
    responses(
        (status = 202, description = "Accepted.", body = Accepted,
            headers(("Location" = String, description = "Where to watch it."))),
        (status = 400, description = "The source is off, or was never read to the end.",
            body = problem::Body, content_type = "application/problem+json"),
        (status = 404, description = "There is no such source.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn census(
    State(keep_fresh): State<Arc<KeepFresh>>,
    AdminOnly(admin): AdminOnly,
    Path(source): Path<SourceKind>,
    Query(losses): Query<Losses>,
) -> Result<Accepted, Problem> {
    let accepts_losses = truth("accept_losses", losses.accept_losses.as_deref())
        .map_err(|detail| Problem::invalid(vec![detail]))?;
    Ok(keep_fresh.census(&admin, source, accepts_losses).await?.into())
}

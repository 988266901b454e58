//! Searching, for programs.

mod wire;

use std::sync::Arc;

use axum::extract::State;
use daybook_core::actions::search::Search;
use utoipa::IntoParams;

use self::wire::Found;
use crate::extract::{Json, Query};
use crate::guard::Reader;
use crate::problem::{self, Problem};
use crate::question::Asked;

/// How a search is asked; `question.rs` reads it.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "stands in the OpenAPI document only")]
pub(crate) struct Parameters {
    /// What to look for, in words.
    #[param(min_length = 1, max_length = 20_000, example = "invoice export fails")]
    q: String,
    /// Only from these sources: `jira`, `notion`, `tempo`, `fireflies`. May be repeated, or a list with commas.
    #[param(max_items = 50, example = json!(["jira"]))]
    source: Option<Vec<String>>,
    /// Only of these projects, by key. May be repeated, or a list with commas.
    #[param(max_items = 50, example = json!(["HARB"]))]
    project: Option<Vec<String>>,
    /// Only in these states: `todo`, `in_progress`, `done`, `open` (the first two), or a name as the source has it. May
    /// be repeated.
    #[param(max_items = 50, example = json!(["open"]))]
    state: Option<Vec<String>>,
    /// Only changed on or after this day (UTC).
    #[param(example = "2026-01-01")]
    from: Option<chrono::NaiveDate>,
    /// Only changed on or before this day (UTC).
    #[param(example = "2026-03-31")]
    to: Option<chrono::NaiveDate>,
    /// How many answers at most.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<u32>,
    /// Whether to tell the parts of each score.
    #[param(default = false)]
    explain: Option<bool>,
}

/// Search
///
/// By words and by meaning, over everything that the caller may see; best first. The answer says how fresh it is and what
/// could not be taken into account. All marks are half-open ranges `[start, end]` counted in Unicode code points (the
/// units of a Python string; in JavaScript, of `Array.from(text)`).
#[utoipa::path(
    get,
    path = "/api/search",
    operation_id = "search",
    tag = "search",
    params(Parameters),
    responses(
        (status = 200, description = "The answers.", body = Found),
        (status = 400, description = "The question makes no sense; `details` names what to mend.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn search(
    State(search): State<Arc<Search>>,
    Reader(viewer): Reader,
    Query(asked): Query<Asked>,
) -> Result<Json<Found>, Problem> {
    let explain = asked.wants_explanation().map_err(Problem::invalid)?;
    let question = asked.question().map_err(Problem::invalid)?;
    let answers = search.run(&viewer, &question).await?;
    Ok(Json(Found::new(answers, asked.is_narrowed(), explain)))
}

//! What a census found, and what is known to be missing.

use std::sync::Arc;

use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use daybook_core::actions::watch_sources::{self, WatchSources};
use daybook_core::model::census;
use daybook_core::model::document::Tombstone;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::backfill::Source;
use crate::extract::{Json, NoQuery, Path, Query};
use crate::guard::AdminOnly;
use crate::problem::{self, Problem};

/// What a census found: everything that the source lists, compared with everything held.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ledger {
    /// Which source.
    #[schema(inline, value_type = Source)]
    source: &'static str,
    /// The beginning of the stretch that was compared: what is older was never read.
    from: Option<DateTime<Utc>>,
    /// When it was compared.
    compared_at: Option<DateTime<Utc>>,
    /// Records that the source listed.
    counted: u64,
    /// Records held before the census changed anything.
    held: u64,
    /// Whether both sides had exactly the same records, and all of them could be compared.
    equal: bool,
    /// How many differed.
    differing: u64,
    /// By project.
    lines: Vec<Line>,
    /// The first of the differences, at most a thousand.
    differences: Vec<Difference>,
    /// Projects whose documents are held and that the credential no longer sees: nothing of theirs was compared.
    unseen_projects: Vec<String>,
}

/// How a project compares.
#[derive(Serialize, ToSchema)]
struct Line {
    /// The project's key; null: records without one.
    project: Option<String>,
    /// Records that the source listed.
    counted: u64,
    /// Records held.
    held: u64,
}

/// A record that one side had and the other had not.
#[derive(Serialize, ToSchema)]
struct Difference {
    /// Its id at the source.
    external_id: String,
    /// What people call it, if it is held.
    key: Option<String>,
    /// Its project, where it has one.
    project: Option<String>,
    /// The day it belongs to.
    day: Option<NaiveDate>,
    /// What became of it.
    #[schema(inline)]
    outcome: Outcome,
    /// Why it left its source: `deleted`, `no-access`, `moved` or `archived`; null unless it was tombstoned.
    #[schema(example = "deleted")]
    tombstone: Option<&'static str>,
}

/// What became of a difference.
#[derive(Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// The source had it and Daybook had not; it was read now.
    Fetched,
    /// It had changed at the source without a sync noticing; it was read again now.
    Renewed,
    /// The source lists it, and it could not be had.
    Unavailable,
    /// The source lists it and Daybook has it not, or not as it is: a backfill is due.
    Missing,
    /// It left its source, and is no longer found.
    Tombstoned,
    /// The source does not list it, and shows it when asked for it: its list lags.
    Unlisted,
    /// More is gone than a census takes away without a person's word: it stays until somebody confirms.
    Kept,
}

impl From<census::Difference> for Difference {
    fn from(one: census::Difference) -> Self {
        let (outcome, tombstone) = match one.outcome {
            census::Outcome::Renewed => (Outcome::Renewed, None),
            census::Outcome::Fetched => (Outcome::Fetched, None),
            census::Outcome::Unavailable => (Outcome::Unavailable, None),
            census::Outcome::Missing => (Outcome::Missing, None),
            census::Outcome::Tombstoned(why) => (Outcome::Tombstoned, Some(why)),
            census::Outcome::Unlisted => (Outcome::Unlisted, None),
            census::Outcome::Kept => (Outcome::Kept, None),
        };
        let census::Difference { external_id, key, project, day, .. } = one;
        Self { external_id, key, project, day, outcome, tombstone: tombstone.map(Tombstone::word) }
    }
}

impl Ledger {
    fn of(source: SourceKind, ledger: census::Ledger) -> Self {
        let line = |line: census::Line| Line { project: line.project, counted: line.source, held: line.held };
        Self {
            source: source.word(),
            equal: ledger.is_equal(),
            from: ledger.from,
            compared_at: ledger.compared_at,
            counted: ledger.source,
            held: ledger.held,
            differing: ledger.differing,
            lines: ledger.lines.into_iter().map(line).collect(),
            differences: ledger.differences.into_iter().map(Difference::from).collect(),
            unseen_projects: ledger.unseen_projects,
        }
    }
}

/// Read the ledger of a source
///
/// What the newest comparison of everything listed with everything held has found.
#[utoipa::path(
    get,
    path = "/api/sources/{source}/ledger",
    operation_id = "read_ledger",
    tag = "sources",
    params(("source" = inline(Source), Path, description = "Which source.")),
    responses(
        (status = 200, description = "What was found.", body = Ledger),
        (status = 404, description = "There is no such source, or it was never compared.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ledger(
    State(watch_sources): State<Arc<WatchSources>>,
    AdminOnly(admin): AdminOnly,
    Path(source): Path<SourceKind>,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Ledger>, Problem> {
    let ledger = watch_sources.ledger(&admin, source).await?.ok_or_else(|| {
        Problem::missing(format!(
            "{source} was never compared with what is held: POST /api/sources/{source}/census does it."
        ))
    })?;
    Ok(Json(Ledger::of(source, ledger)))
}

/// What of a source is not held as it should be.
#[derive(Serialize, ToSchema)]
pub(crate) struct Flaws {
    /// Which source.
    #[schema(inline, value_type = Source)]
    source: &'static str,
    /// Parts of records that Daybook does not hold, newest first; at most a hundred.
    gaps: Vec<Gap>,
    /// Records that the source has not finished, and that are asked for again; at most a hundred.
    open: Vec<OpenRecord>,
    /// Records that could not be read and are kept aside, newest first; at most a hundred.
    quarantined: Vec<Quarantined>,
}

/// Something of a record that Daybook does not hold.
#[derive(Serialize, ToSchema)]
struct Gap {
    /// The record's id at the source.
    external_id: String,
    /// What is missing, in words.
    what: String,
    /// Since when.
    first_seen_at: DateTime<Utc>,
}

/// A record that the source has not finished.
#[derive(Serialize, ToSchema)]
struct OpenRecord {
    /// Its id at the source.
    external_id: String,
    /// What is waited for.
    reason: String,
    /// Since when.
    since: DateTime<Utc>,
    /// Until when.
    until: DateTime<Utc>,
}

/// A record that could not be read.
#[derive(Serialize, ToSchema)]
struct Quarantined {
    /// Its id at the source.
    external_id: String,
    /// Why.
    reason: String,
    /// Since when.
    first_seen_at: DateTime<Utc>,
}

impl Flaws {
    fn of(source: SourceKind, flaws: watch_sources::Flaws) -> Self {
        let gap = |one: store::Gap| Gap {
            external_id: one.external_id,
            what: one.what,
            first_seen_at: one.first_seen_at,
        };
        let open = |one: store::OpenRecord| OpenRecord {
            external_id: one.external_id,
            reason: one.reason,
            since: one.since,
            until: one.until,
        };
        let quarantined = |one: store::Quarantined| Quarantined {
            external_id: one.external_id,
            reason: one.reason,
            first_seen_at: one.first_seen_at,
        };
        Self {
            source: source.word(),
            gaps: flaws.gaps.into_iter().map(gap).collect(),
            open: flaws.open.into_iter().map(open).collect(),
            quarantined: flaws.quarantined.into_iter().map(quarantined).collect(),
        }
    }
}

/// List what is missing of a source
///
/// What Daybook knows that it does not hold of it, what it waits for, and what it could not read. How many there are says
/// the list of sources.
#[utoipa::path(
    get,
    path = "/api/sources/{source}/gaps",
    operation_id = "list_gaps",
    tag = "sources",
    params(("source" = inline(Source), Path, description = "Which source.")),
    responses(
        (status = 200, description = "What is missing.", body = Flaws),
        (status = 404, description = "There is no such source.",
            body = problem::Body, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn gaps(
    State(watch_sources): State<Arc<WatchSources>>,
    AdminOnly(admin): AdminOnly,
    Path(source): Path<SourceKind>,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Flaws>, Problem> {
    Ok(Json(Flaws::of(source, watch_sources.flaws(&admin, source).await?)))
}

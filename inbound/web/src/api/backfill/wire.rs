//! What backfills look like on the wire.

use chrono::{DateTime, Utc};
use daybook_core::actions::start_backfill;
use daybook_core::model::backfill::{self, BackfillId, Window};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The four sources.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "stands in the OpenAPI document only")]
pub(crate) enum Source {
    Jira,
    Notion,
    Tempo,
    Fireflies,
}

/// An accepted backfill.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// Always true: refusals are problems.
    success: bool,
    /// The backfill's id.
    job_id: Uuid,
    /// Where to watch it.
    #[schema(example = "/api/backfill/019aa0f3-0b5c-7a31-8f0e-6a4e0b5d2a11")]
    pub(crate) status_url: String,
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
    /// Only this record, whenever it is from.
    item: Option<String>,
    /// Whether it was accepted before: the same window is not read twice at once.
    deduplicated: bool,
    /// The same in a sentence.
    message: String,
}

impl From<start_backfill::Accepted> for Accepted {
    fn from(accepted: start_backfill::Accepted) -> Self {
        let start_backfill::Accepted { backfill, deduplicated } = accepted;
        let Window { from, to, days } = backfill.window;
        let source = backfill.source.word();
        let message = if deduplicated {
            format!("A backfill of {source} over the same window runs already; this is it.")
        } else {
            format!("Accepted a backfill of {source}; status_url shows how it goes.")
        };
        Self {
            success: true,
            job_id: backfill.id.0,
            status_url: status_url(backfill.id),
            source,
            days: days.map(backfill::Days::get),
            from,
            to,
            project: backfill.project,
            item: backfill.item,
            deduplicated,
            message,
        }
    }
}

/// Where a run is watched.
pub(crate) fn status_url(id: BackfillId) -> String {
    format!("/api/backfill/{id}")
}

/// Runs of all kinds, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Backfills {
    /// At most a hundred.
    pub(crate) backfills: Vec<Backfill>,
}

/// One run over a window of a source's history.
#[derive(Serialize, ToSchema)]
pub(crate) struct Backfill {
    /// Its id.
    id: Uuid,
    /// What it is for: reads a window anew (`backfill`), reads what has changed since (`sync`), or compares the source's
    /// own list with what is held (`census`).
    #[schema(inline, value_type = RunKind)]
    kind: &'static str,
    /// Where to watch it.
    status_url: String,
    /// Where from.
    #[schema(inline, value_type = Source)]
    source: &'static str,
    /// Where it stands.
    #[schema(inline, value_type = BackfillState)]
    state: &'static str,
    /// The days that were asked for; null if it was by dates.
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<i64>,
    /// The first moment of the window.
    from: DateTime<Utc>,
    /// The first moment after the window.
    to: DateTime<Utc>,
    /// Only this project; null: all that the credential may see.
    project: Option<String>,
    /// Only this record, whenever it is from.
    item: Option<String>,
    /// What it has done.
    progress: Progress,
    /// Share done; 1 at the end only. Null: the source does not say how much there is.
    #[schema(minimum = 0, maximum = 1)]
    share: Option<f64>,
    /// Seconds until the end at the pace so far; null while that cannot be told.
    seconds_left: Option<i64>,
    /// Why it failed, and what to do.
    error: Option<String>,
    /// What a reader of the report should know although the run ended well.
    warnings: Vec<String>,
    /// Who asked for it.
    requested_by: String,
    /// When it was accepted.
    created_at: DateTime<Utc>,
    /// When a worker first began.
    started_at: Option<DateTime<Utc>>,
    /// When it ended.
    finished_at: Option<DateTime<Utc>>,
}

/// What a run is for.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "stands in the OpenAPI document only")]
enum RunKind {
    Backfill,
    Sync,
    Census,
}

/// Where a backfill stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "stands in the OpenAPI document only")]
enum BackfillState {
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// What a backfill has done so far.
#[derive(Serialize, ToSchema)]
struct Progress {
    /// Requests sent to the source.
    requests: u64,
    /// Pages stored.
    pages: u64,
    /// Records that came, repeats included.
    seen: u64,
    /// Different records that came.
    distinct: u64,
    /// Records that we did not hold.
    new: u64,
    /// Records that differed from what we held.
    changed: u64,
    /// Records that we held already, just so.
    unchanged: u64,
    /// Records that could not be read, kept aside with their reason.
    quarantined: u64,
    /// Records that the source said there are; null: it would not say.
    expected: Option<u64>,
    /// Comments that the source counts but does not show to this credential.
    hidden_comments: u64,
    /// Comments left out because their issue has more than Daybook keeps; its document says so.
    unread_comments: u64,
    /// Records that came and were not asked for: of another project, or from outside the window.
    outside: u64,
    /// Times a rate limit or an outage made us wait.
    waits: u64,
    /// What the run was thought to take, before its first page; null: it could not be told.
    plan: Option<Plan>,
    /// Documents that left their source and became tombstones.
    gone: u64,
    /// Changes of fields that came, in the source's own time.
    changes: u64,
}

/// What a run will take.
#[derive(Serialize, ToSchema)]
pub(super) struct Plan {
    /// Requests.
    requests: u64,
    /// Seconds at the pace that the source allows, at least.
    seconds: u64,
    /// Whether parts of it are estimated: the source does not count them.
    estimated: bool,
}

impl From<backfill::Plan> for Plan {
    fn from(plan: backfill::Plan) -> Self {
        Self { requests: plan.requests, seconds: plan.seconds, estimated: plan.estimated }
    }
}

impl From<backfill::Progress> for Progress {
    fn from(progress: backfill::Progress) -> Self {
        Self {
            requests: progress.requests,
            pages: progress.pages,
            seen: progress.seen,
            distinct: progress.distinct,
            new: progress.new,
            changed: progress.changed,
            unchanged: progress.unchanged,
            quarantined: progress.quarantined,
            expected: progress.expected,
            hidden_comments: progress.hidden_comments,
            unread_comments: progress.unread_comments,
            outside: progress.outside,
            waits: progress.waits,
            plan: progress.plan.map(Plan::from),
            gone: progress.gone,
            changes: progress.changes,
        }
    }
}

impl Backfill {
    /// How it stands at that moment.
    pub(crate) fn at(one: backfill::Backfill, now: DateTime<Utc>) -> Self {
        Self {
            id: one.id.0,
            kind: one.kind.word(),
            status_url: status_url(one.id),
            source: one.source.word(),
            state: one.state.word(),
            days: one.window.days.map(backfill::Days::get),
            from: one.window.from,
            to: one.window.to,
            project: one.project.clone(),
            item: one.item.clone(),
            share: one.share(),
            // What is over has no time left to tell.
            seconds_left: if one.state.is_over() { None } else { one.seconds_left(now) },
            progress: one.progress.into(),
            error: one.error,
            warnings: one.warnings,
            requested_by: one.requested_by,
            created_at: one.created_at,
            started_at: one.started_at,
            finished_at: one.finished_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use daybook_core::model::backfill::BackfillState as State;
    use daybook_core::model::source::SourceKind;
    use utoipa::PartialSchema;

    use super::*;

    #[test]
    fn the_documented_words_are_those_of_the_core() {
        let words = |schema: utoipa::openapi::RefOr<utoipa::openapi::Schema>| {
            serde_json::to_value(schema).unwrap()["enum"].clone()
        };
        assert_eq!(words(Source::schema()), serde_json::json!(SourceKind::ALL.map(SourceKind::word)));
        assert_eq!(
            words(RunKind::schema()),
            serde_json::json!(backfill::RunKind::ALL.map(backfill::RunKind::word))
        );
        assert_eq!(words(BackfillState::schema()), serde_json::json!(State::ALL.map(State::word)));
    }
}

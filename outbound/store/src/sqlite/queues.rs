//! The queue as people look at it: jobs, queues, workers; pauses, ends and second tries on a person's word.

use std::time::Duration;

use daybook_core::model::backfill::BackfillId;
use daybook_core::model::job::{JobId, JobRow, JobState, Priority, QueueCounts, QueueState};
use daybook_core::ports::store::{JobFilter, Retention};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::moment::{Moment, micros};
use super::rows::{count, json, time, to_json, uuid, word};
use super::{Result, backfills, failed};

/// So many rows are forgotten at a time, so that nobody waits long for it.
const FORGOTTEN_AT_ONCE: u32 = 1_000;
/// Names of workers are new with every process; yesterday's are of no use.
const WORKERS_KEPT: Duration = Duration::from_hours(24);

pub(super) async fn queue_counts(connection: &mut SqliteConnection) -> Result<QueueCounts> {
    let doing = "count the jobs";
    // Named one by one, the states are looked up in the index, past all the jobs that are done.
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select state, count(*)
         from jobs
         where state in ('pending', 'running', 'failed')
         group by state",
    )
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    let mut counts = QueueCounts::default();
    for (state, number) in rows {
        match state.as_str() {
            "pending" => counts.pending = count(number),
            "running" => counts.running = count(number),
            "failed" => counts.failed = count(number),
            _ => {}
        }
    }
    Ok(counts)
}

pub(super) async fn queues(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    kinds: &[&str],
) -> Result<Vec<QueueState>> {
    let doing = "look at the queues";
    let now = time_of.now(connection).await?;
    let rows = sqlx::query(
        "select name.name,
                p.paused_at,
                p.paused_by,
                count(j.id) filter (where j.state = 'pending' and j.due_at <= ?1) as available,
                min(j.due_at) filter (where j.state = 'pending' and j.due_at <= ?1) as oldest_at,
                count(j.id) filter (where j.state = 'pending' and j.due_at > ?1) as waiting,
                count(j.id) filter (where j.state = 'running') as running,
                count(j.id) filter (where j.state = 'running' and j.lease_until <= ?1) as lost,
                count(j.id) filter (where j.state = 'failed') as failed
         from (select value as name from json_each(?2)
               union
               select kind from jobs
               union
               select name from paused_queues) as name
         left join paused_queues p on p.name = name.name
         left join jobs j on j.kind = name.name and j.state in ('pending', 'running', 'failed')
         group by name.name
         order by name.name",
    )
    .bind(now)
    .bind(to_json(kinds, doing)?)
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    rows.iter()
        .map(|row| {
            let number =
                |column: &'static str| row.try_get::<i64, _>(column).map(count).map_err(failed(doing));
            let optional =
                |column: &'static str| row.try_get::<Option<i64>, _>(column).map_err(failed(doing));
            let paused_by: Option<String> = row.try_get("paused_by").map_err(failed(doing))?;
            let paused_at = optional("paused_at")?.map(|at| time(at, doing)).transpose()?;
            Ok(QueueState {
                name: row.try_get("name").map_err(failed(doing))?,
                paused: paused_by.zip(paused_at),
                available: number("available")?,
                oldest_at: optional("oldest_at")?.map(|at| time(at, doing)).transpose()?,
                waiting: number("waiting")?,
                running: number("running")?,
                lost: number("lost")?,
                failed: number("failed")?,
            })
        })
        .collect()
}

pub(super) async fn pause_queue(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    kind: &str,
    who: &str,
) -> Result<()> {
    let now = time_of.now(connection).await?;
    sqlx::query(
        "insert into paused_queues (name, paused_at, paused_by)
         values (?, ?, ?)
         on conflict (name) do nothing",
    )
    .bind(kind)
    .bind(now)
    .bind(who)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("pause a queue"))
}

pub(super) async fn resume_queue(connection: &mut SqliteConnection, kind: &str) -> Result<()> {
    sqlx::query("delete from paused_queues where name = ?")
        .bind(kind)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed("resume a queue"))
}

pub(super) async fn jobs(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    filter: &JobFilter,
    results: Duration,
) -> Result<Vec<JobRow>> {
    let doing = "list the jobs";
    let now = time_of.now(connection).await?;
    sqlx::query(
        "select *
         from (select *,
                      case
                          when state = 'running' then 'running'
                          when state = 'failed' then 'discarded'
                          when state = 'done' and cancelled_at is not null then 'cancelled'
                          when state = 'done' then 'completed'
                          when due_at <= ?1 then 'available'
                          when error is not null then 'retryable'
                          else 'scheduled'
                      end as shown
               from jobs)
         where (?2 is null or shown = ?2)
           and (?3 is null or kind = ?3)
         order by created_at desc, id desc
         limit ?4",
    )
    .bind(now)
    .bind(filter.state.map(JobState::word))
    .bind(&filter.kind)
    .bind(filter.limit)
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?
    .iter()
    .map(|row| to_job(row, now, results, doing))
    .collect()
}

pub(super) async fn job(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    id: JobId,
    results: Duration,
) -> Result<Option<JobRow>> {
    let doing = "read a job";
    let now = time_of.now(connection).await?;
    sqlx::query("select * from jobs where id = ?")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(failed(doing))?
        .map(|row| to_job(&row, now, results, doing))
        .transpose()
}

fn to_job(row: &SqliteRow, now: i64, results: Duration, doing: &'static str) -> Result<JobRow> {
    let text = |column: &'static str| row.try_get::<String, _>(column).map_err(failed(doing));
    let optional = |column: &'static str| row.try_get::<Option<String>, _>(column).map_err(failed(doing));
    let number = |column: &'static str| row.try_get::<i64, _>(column).map_err(failed(doing));
    let small = |column: &'static str| number(column).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let at = |column: &'static str| {
        let micros: Option<i64> = row.try_get(column).map_err(failed(doing))?;
        micros.map(|micros| time(micros, doing)).transpose()
    };
    let (stored, due, error) = (text("state")?, number("due_at")?, optional("error")?);
    let finished: Option<i64> = row.try_get("finished_at").map_err(failed(doing))?;
    let state = match stored.as_str() {
        "running" => Some(JobState::Running),
        "failed" => Some(JobState::Discarded),
        "done" if at("cancelled_at")?.is_some() => Some(JobState::Cancelled),
        "done" => Some(JobState::Completed),
        "pending" if due <= now => Some(JobState::Available),
        "pending" if error.is_some() => Some(JobState::Retryable),
        "pending" => Some(JobState::Scheduled),
        _ => None,
    };
    // What a newer release has put there may mean something else.
    let payload: serde_json::Value = json(&text("payload")?, doing)?;
    let backfill = payload.get("backfill").and_then(serde_json::Value::as_str).and_then(|id| id.parse().ok());
    let is_kept = finished.is_some_and(|finished| finished > now.saturating_sub(micros(results)));
    Ok(JobRow {
        id: JobId(uuid(&text("id")?, doing)?),
        kind: text("kind")?,
        state: word(state, &stored, doing)?,
        priority: Priority::from_steps(small("priority")?),
        backfill: backfill.map(BackfillId),
        lane: optional("lane")?,
        attempt: small("attempts")?,
        losses: small("losses")?,
        due_at: time(due, doing)?,
        created_at: time(number("created_at")?, doing)?,
        started_at: at("started_at")?,
        finished_at: at("finished_at")?,
        worker: optional("worker")?,
        lease_until: at("lease_until")?,
        request_id: optional("request_id")?,
        error,
        errors: json(&text("errors")?, doing)?,
        result: optional("result")?.filter(|_| is_kept),
    })
}

pub(super) async fn sweep(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    keep: &Retention,
) -> Result<()> {
    let doing = "forget what was kept long enough";
    let now = time_of.now(connection).await?;
    for (forget, kept) in [
        (
            "update jobs
             set result = null
             where id in (select id from jobs where result is not null and finished_at < ?1 limit ?2)",
            keep.results,
        ),
        (
            "delete from jobs
             where id in (select id
                          from jobs
                          where finished_at is not null
                            and finished_at < ?1
                            and state in ('done', 'failed')
                          order by finished_at
                          limit ?2)",
            keep.jobs,
        ),
        (
            "delete from tick_runs
             where (name, tick_at) in (select name, tick_at from tick_runs where taken_at < ?1 order by taken_at limit ?2)",
            keep.runs,
        ),
        (
            "delete from workers where name in (select name from workers where seen_at < ?1 limit ?2)",
            WORKERS_KEPT,
        ),
    ] {
        sqlx::query(forget)
            .bind(now.saturating_sub(micros(kept)))
            .bind(FORGOTTEN_AT_ONCE)
            .execute(&mut *connection)
            .await
            .map_err(failed(doing))?;
    }
    backfills::forget_over(connection, now.saturating_sub(micros(keep.runs))).await
}

pub(super) async fn worker_seen_within(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    within: Duration,
) -> Result<bool> {
    let now = time_of.now(connection).await?;
    sqlx::query_scalar("select exists (select 1 from workers where seen_at >= ?)")
        .bind(now.saturating_sub(micros(within)))
        .fetch_one(connection)
        .await
        .map_err(failed("look for a worker"))
}

pub(super) async fn worker_beat(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    worker: &str,
) -> Result<()> {
    let now = time_of.now(connection).await?;
    sqlx::query(
        "insert into workers (name, seen_at)
         values (?1, ?2)
         on conflict (name) do update set seen_at = ?2",
    )
    .bind(worker)
    .bind(now)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("show a worker's life"))
}

pub(super) async fn end_jobs(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    key: &str,
    who: &str,
) -> Result<u64> {
    let now = time_of.now(connection).await?;
    sqlx::query(
        "update jobs
         set state = 'done',
             error = 'cancelled (' || ?1 || ')',
             lease_token = null,
             lease_until = null,
             cancelled_at = ?2,
             finished_at = ?2
         where key = ?3
           and state in ('pending', 'running')",
    )
    .bind(who)
    .bind(now)
    .bind(key)
    .execute(connection)
    .await
    .map(|done| done.rows_affected())
    .map_err(failed("end jobs on request"))
}

pub(super) async fn end_job(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    id: JobId,
    who: &str,
) -> Result<bool> {
    let now = time_of.now(connection).await?;
    sqlx::query(
        "update jobs
         set state = 'done',
             error = 'cancelled (' || ?1 || ')',
             lease_token = null,
             lease_until = null,
             cancelled_at = ?2,
             finished_at = ?2
         where id = ?3
           and state in ('pending', 'running')",
    )
    .bind(who)
    .bind(now)
    .bind(id.to_string())
    .execute(connection)
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(failed("end a job on request"))
}

pub(super) async fn requeue(connection: &mut SqliteConnection, time_of: &Moment, id: JobId) -> Result<bool> {
    let now = time_of.now(connection).await?;
    sqlx::query(
        "update jobs
         set state = 'pending',
             due_at = ?1,
             turn_at = ?1 + priority * ?2,
             attempts = 0,
             losses = 0,
             error = null,
             result = null,
             cancelled_at = null,
             finished_at = null
         where id = ?3
           and state in ('done', 'failed')
           and not exists (select 1 from jobs w where w.key = jobs.key and w.state = 'pending')",
    )
    .bind(now)
    .bind(micros(Priority::STEP))
    .bind(id.to_string())
    .execute(connection)
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(failed("put a job back into the queue"))
}

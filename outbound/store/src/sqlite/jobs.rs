//! The queue: claimed with a lease and a fencing token, one of a key at a time.

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::job::{Claimed, Job, JobId, Lease, Outcome, QueueCounts};
use daybook_core::ports::store::{StoreError, Wish};
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::rows::{count, json, time, to_json, uuid};
use super::{Result, backfills, failed};

/// How long jobs that are done are kept, for whoever wonders what happened. Failed ones stay.
const DONE_KEPT: TimeDelta = TimeDelta::days(7);
/// So many done jobs are forgotten at a time, so that nobody waits long for it.
const FORGOTTEN_AT_ONCE: u32 = 200;

pub(super) async fn claim(connection: &mut SqliteConnection, wish: &Wish<'_>) -> Result<Option<Claimed>> {
    let doing = "claim a job";
    let until = wish.now + TimeDelta::from_std(wish.lease).unwrap_or(TimeDelta::MAX);
    let row = sqlx::query(
        "update jobs
         set state = 'running',
             lease_token = ?1,
             lease_until = ?2,
             worker = ?3,
             attempts = attempts + 1
         where id = (
             select id
             from jobs
             where kind in (select value from json_each(?5))
               and ((state = 'running' and lease_until <= ?4)
                    or (state = 'pending'
                        and due_at <= ?4
                        and not exists (select 1 from jobs r where r.key = jobs.key and r.state = 'running')
                        and not exists (select 1 from jobs r where r.lane = jobs.lane and r.state = 'running')))
             order by due_at, created_at
             limit 1)
         returning id, payload, attempts, request_id",
    )
    .bind(wish.token.to_string())
    .bind(until.timestamp_micros())
    .bind(wish.worker)
    .bind(wish.now.timestamp_micros())
    .bind(to_json(wish.kinds, doing)?)
    .fetch_optional(connection)
    .await
    .map_err(failed(doing))?;
    let Some(row) = row else { return Ok(None) };
    let id: String = row.try_get("id").map_err(failed(doing))?;
    let payload: String = row.try_get("payload").map_err(failed(doing))?;
    let attempts: i64 = row.try_get("attempts").map_err(failed(doing))?;
    Ok(Some(Claimed {
        lease: Lease { job: JobId(uuid(&id, doing)?), token: wish.token },
        job: json::<Job>(&payload, doing)?,
        attempt: u32::try_from(attempts).unwrap_or(u32::MAX),
        request_id: row.try_get("request_id").map_err(failed(doing))?,
    }))
}

pub(super) async fn extend(
    connection: &mut SqliteConnection,
    lease: &Lease,
    until: DateTime<Utc>,
) -> Result<()> {
    let done = sqlx::query(
        "update jobs
         set lease_until = ?
         where id = ?
           and lease_token = ?
           and state = 'running'",
    )
    .bind(until.timestamp_micros())
    .bind(lease.job.0.to_string())
    .bind(lease.token.to_string())
    .execute(connection)
    .await
    .map_err(failed("keep a lease alive"))?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

pub(super) async fn next_due(pool: &SqlitePool, kinds: &[&str]) -> Result<Option<DateTime<Utc>>> {
    let doing = "look when the next job is due";
    let micros: Option<i64> = sqlx::query_scalar(
        "select min(case state when 'running' then lease_until else due_at end)
         from jobs
         where state in ('pending', 'running')
           and kind in (select value from json_each(?))
           and (state = 'running'
                or (not exists (select 1 from jobs r where r.key = jobs.key and r.state = 'running')
                    and not exists (select 1 from jobs r where r.lane = jobs.lane and r.state = 'running')))",
    )
    .bind(to_json(kinds, doing)?)
    .fetch_one(pool)
    .await
    .map_err(failed(doing))?;
    micros.map(|micros| time(micros, doing)).transpose()
}

pub(super) async fn queue_counts(pool: &SqlitePool) -> Result<QueueCounts> {
    let doing = "count the jobs";
    // Named one by one, the states are looked up in the index, past all the jobs that are done.
    let rows = sqlx::query(
        "select state, count(*) as number
         from jobs
         where state in ('pending', 'running', 'failed')
         group by state",
    )
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    let mut counts = QueueCounts::default();
    for row in &rows {
        let number = count(row.try_get("number").map_err(failed(doing))?);
        match row.try_get::<String, _>("state").map_err(failed(doing))?.as_str() {
            "pending" => counts.pending = number,
            "running" => counts.running = number,
            "failed" => counts.failed = number,
            _ => {}
        }
    }
    Ok(counts)
}

pub(super) async fn worker_seen_since(pool: &SqlitePool, since: DateTime<Utc>) -> Result<bool> {
    sqlx::query_scalar("select exists (select 1 from workers where seen_at >= ?)")
        .bind(since.timestamp_micros())
        .fetch_one(pool)
        .await
        .map_err(failed("look for a worker"))
}

pub(super) async fn worker_beat(
    connection: &mut SqliteConnection,
    worker: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "show a worker's life";
    let micros = now.timestamp_micros();
    sqlx::query(
        "insert into workers (name, seen_at)
         values (?1, ?2)
         on conflict (name) do update set seen_at = ?2",
    )
    .bind(worker)
    .bind(micros)
    .execute(&mut *connection)
    .await
    .map_err(failed(doing))?;
    // Names are new with every process; yesterday's are of no use.
    sqlx::query("delete from workers where seen_at < ?")
        .bind(micros - TimeDelta::days(1).num_microseconds().unwrap_or(i64::MAX))
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?;
    forget_done(&mut *connection, now - DONE_KEPT).await?;
    backfills::forget_over(connection, now).await
}

/// Forgets jobs that were done before a time. None is done before it is due, so the index on that finds them.
async fn forget_done(connection: &mut SqliteConnection, before: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "delete from jobs
         where id in (
             select id
             from jobs
             where state = 'done'
               and due_at < ?1
               and finished_at < ?1
             order by due_at
             limit ?2)",
    )
    .bind(before.timestamp_micros())
    .bind(FORGOTTEN_AT_ONCE)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("forget jobs that are done"))
}

/// Writes what is written already: it needs the disk, and changes nothing.
pub(super) async fn trial(connection: &mut SqliteConnection, doing: &'static str) -> Result<()> {
    sqlx::query("update feed set last = last where one = 1")
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed(doing))
}

pub(super) async fn hold(connection: &mut SqliteConnection, lease: &Lease) -> Result<()> {
    let done = sqlx::query(
        "update jobs
         set attempts = 0
         where id = ?
           and lease_token = ?
           and state = 'running'",
    )
    .bind(lease.job.0.to_string())
    .bind(lease.token.to_string())
    .execute(connection)
    .await
    .map_err(failed("hold on to a job"))?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

pub(super) async fn enqueue(
    connection: &mut SqliteConnection,
    job: &Job,
    id: JobId,
    due: DateTime<Utc>,
    request_id: Option<&str>,
) -> Result<bool> {
    let doing = "put a job into the queue";
    sqlx::query(
        "insert into jobs (id, kind, key, payload, state, due_at, request_id, created_at, lane)
         values (?1, ?2, ?3, ?4, 'pending', ?5, ?6, ?5, ?7)
         on conflict (key) where state = 'pending' do nothing",
    )
    .bind(id.0.to_string())
    .bind(job.word())
    .bind(job.key())
    .bind(to_json(job, doing)?)
    .bind(due.timestamp_micros())
    .bind(request_id)
    .bind(job.lane())
    .execute(connection)
    .await
    .map(|done| done.rows_affected() == 1)
    .map_err(failed(doing))
}

pub(super) async fn finish(
    connection: &mut SqliteConnection,
    lease: &Lease,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "end a job's try";
    // A job that goes back while its like waits already is done: the other one does the rest.
    let (state, due, error) = match outcome {
        Outcome::Done => ("done", None, None),
        Outcome::Failed { reason } => ("failed", None, Some(reason.as_str())),
        Outcome::Later { at, reason } => ("pending", Some(at.timestamp_micros()), Some(reason.as_str())),
    };
    let done = sqlx::query(
        "update jobs
         set state = case
                 when ?1 = 'pending'
                      and exists (select 1 from jobs w where w.key = jobs.key and w.state = 'pending') then 'done'
                 else ?1
             end,
             due_at = coalesce(?2, due_at),
             error = ?3,
             lease_token = null,
             lease_until = null,
             finished_at = case when ?1 = 'pending' then null else ?4 end
         where id = ?5
           and lease_token = ?6
           and state = 'running'",
    )
    .bind(state)
    .bind(due)
    .bind(error)
    .bind(now.timestamp_micros())
    .bind(lease.job.0.to_string())
    .bind(lease.token.to_string())
    .execute(connection)
    .await
    .map_err(failed(doing))?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

pub(super) async fn end_jobs(connection: &mut SqliteConnection, key: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "update jobs
         set state = 'done',
             error = 'ended on request',
             lease_token = null,
             lease_until = null,
             finished_at = ?1
         where key = ?2
           and state in ('pending', 'running')",
    )
    .bind(now.timestamp_micros())
    .bind(key)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("end jobs on request"))
}

//! The queue at work: jobs are put in, claimed with a lease and a fencing token, and ended. One of a key at a time.

use chrono::TimeDelta;
use daybook_core::model::job::{Claimed, JobError, JobId, Lease, NewJob, Outcome, Priority};
use daybook_core::ports::store::{StoreError, Wish};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::moment::{Moment, due_micros, micros};
use super::rows::{to_json, uuid};
use super::{Result, failed};

/// What this release cannot read is looked at again after so long: a newer one may run by then.
const ASIDE: TimeDelta = TimeDelta::minutes(10);

pub(super) async fn claim(
    connection: &mut SqliteConnection,
    time: &Moment,
    wish: &Wish<'_>,
) -> Result<Vec<Claimed>> {
    let doing = "claim jobs";
    let now = time.now(connection).await?;
    // Of a lane that is free only the first in turn is taken: two of them must not run at once.
    let rows = sqlx::query(
        "update jobs
         set losses = losses + (state = 'running'),
             state = 'running',
             lease_token = ?1,
             lease_until = ?2,
             worker = ?3,
             attempts = attempts + 1,
             started_at = ?4
         where id in (
             select id
             from (select id, lease_until as turn
                   from jobs
                   where kind = ?5
                     and state = 'running'
                     and lease_until <= ?4
                   union all
                   select id, coalesce(turn_at, due_at)
                   from jobs
                   where kind = ?5
                     and state = 'pending'
                     and due_at <= ?4
                     and not exists (select 1 from jobs r where r.key = jobs.key and r.state = 'running')
                     and not exists (select 1 from jobs r where r.lane = jobs.lane and r.state = 'running')
                     and (lane is null
                          or not exists (select 1
                                         from jobs w
                                         where w.lane = jobs.lane
                                           and w.kind = jobs.kind
                                           and w.state = 'pending'
                                           and w.due_at <= ?4
                                           and (coalesce(w.turn_at, w.due_at), w.id)
                                               < (coalesce(jobs.turn_at, jobs.due_at), jobs.id))))
             where not exists (select 1 from paused_queues where name = ?5)
             order by turn, id
             limit ?6)
         returning id, payload, attempts, losses, request_id, coalesce(turn_at, due_at) as turn",
    )
    .bind(wish.token.to_string())
    .bind(now.saturating_add(micros(wish.lease)))
    .bind(wish.worker)
    .bind(now)
    .bind(wish.kind)
    .bind(wish.most)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let mut claimed = Vec::with_capacity(rows.len());
    for row in &rows {
        match to_claimed(row, wish, doing)? {
            Ok(one) => claimed.push((row.try_get::<i64, _>("turn").map_err(failed(doing))?, one)),
            Err((lease, reason)) => put_aside(connection, &lease, now, &reason).await?,
        }
    }
    claimed.sort_by_key(|(turn, _)| *turn);
    Ok(claimed.into_iter().map(|(_, one)| one).collect())
}

/// A job, or why this release cannot read what it is.
type Readable = std::result::Result<Claimed, (Lease, String)>;

fn to_claimed(row: &SqliteRow, wish: &Wish<'_>, doing: &'static str) -> Result<Readable> {
    let number = |column: &'static str| {
        row.try_get::<i64, _>(column).map(|n| u32::try_from(n).unwrap_or(u32::MAX)).map_err(failed(doing))
    };
    let id: String = row.try_get("id").map_err(failed(doing))?;
    let payload: String = row.try_get("payload").map_err(failed(doing))?;
    let lease = Lease { job: JobId(uuid(&id, doing)?), token: wish.token };
    Ok(match serde_json::from_str(&payload) {
        Ok(job) => Ok(Claimed {
            lease,
            job,
            attempt: number("attempts")?,
            losses: number("losses")?,
            request_id: row.try_get("request_id").map_err(failed(doing))?,
        }),
        Err(error) => Err((lease, format!("this release cannot read it, a newer Daybook may: {error}"))),
    })
}

/// Nothing is dropped because a release does not understand it: it waits, and costs no try.
async fn put_aside(connection: &mut SqliteConnection, lease: &Lease, now: i64, reason: &str) -> Result<()> {
    sqlx::query(
        "update jobs
         set state = 'pending',
             attempts = max(attempts - 1, 0),
             due_at = ?1,
             turn_at = ?1,
             error = ?2,
             lease_token = null,
             lease_until = null
         where id = ?3
           and lease_token = ?4",
    )
    .bind(now + ASIDE.num_microseconds().unwrap_or(0))
    .bind(reason)
    .bind(lease.job.to_string())
    .bind(lease.token.to_string())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("put a job aside"))
}

pub(super) async fn extend(
    connection: &mut SqliteConnection,
    time: &Moment,
    leases: &[Lease],
    length: std::time::Duration,
) -> Result<Vec<Lease>> {
    let doing = "keep leases alive";
    let now = time.now(connection).await?;
    let kept: Vec<String> = sqlx::query_scalar(
        "update jobs
         set lease_until = ?1
         where state = 'running'
           and (id, lease_token) in (select value ->> 0, value ->> 1 from json_each(?2))
         returning id",
    )
    .bind(now.saturating_add(micros(length)))
    .bind(pairs(leases, doing)?)
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    let kept: std::collections::HashSet<String> = kept.into_iter().collect();
    Ok(leases.iter().filter(|lease| !kept.contains(&lease.job.to_string())).cloned().collect())
}

fn pairs(leases: &[Lease], doing: &'static str) -> Result<String> {
    let pairs: Vec<_> = leases.iter().map(|lease| (lease.job, lease.token)).collect();
    to_json(&pairs, doing)
}

pub(super) async fn complete(
    connection: &mut SqliteConnection,
    time: &Moment,
    leases: &[Lease],
) -> Result<u64> {
    let doing = "end jobs that are done";
    let now = time.now(connection).await?;
    sqlx::query(
        "update jobs
         set state = 'done',
             error = null,
             lease_token = null,
             lease_until = null,
             finished_at = ?1
         where state = 'running'
           and (id, lease_token) in (select value ->> 0, value ->> 1 from json_each(?2))",
    )
    .bind(now)
    .bind(pairs(leases, doing)?)
    .execute(connection)
    .await
    .map(|done| done.rows_affected())
    .map_err(failed(doing))
}

pub(super) async fn next_due(
    connection: &mut SqliteConnection,
    time: &Moment,
    kind: &str,
) -> Result<Option<TimeDelta>> {
    let doing = "look when the next job is due";
    let now = time.now(connection).await?;
    let due: Option<i64> = sqlx::query_scalar(
        "select min(due)
         from (select * from (select lease_until as due
                              from jobs
                              where kind = ?1 and state = 'running'
                              order by lease_until
                              limit 1)
               union all
               select * from (select due_at
                              from jobs
                              where kind = ?1
                                and state = 'pending'
                                and not exists (select 1 from jobs r where r.key = jobs.key and r.state = 'running')
                                and not exists (select 1 from jobs r where r.lane = jobs.lane and r.state = 'running')
                              order by due_at
                              limit 1))
         where not exists (select 1 from paused_queues where name = ?1)",
    )
    .bind(kind)
    .fetch_one(connection)
    .await
    .map_err(failed(doing))?;
    Ok(due.map(|due| TimeDelta::microseconds(due.saturating_sub(now))))
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
         set attempts = 0,
             losses = 0
         where id = ?
           and lease_token = ?
           and state = 'running'",
    )
    .bind(lease.job.to_string())
    .bind(lease.token.to_string())
    .execute(connection)
    .await
    .map_err(failed("hold on to a job"))?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// Puts jobs into the queue; says of each whether none of its key waited already.
pub(super) async fn enqueue(
    connection: &mut SqliteConnection,
    time: &Moment,
    jobs: &[NewJob],
) -> Result<Vec<bool>> {
    let doing = "put jobs into the queue";
    let now = time.now(connection).await?;
    let mut fresh = Vec::with_capacity(jobs.len());
    for job in jobs {
        let due = due_micros(job.due, now);
        let done = sqlx::query(
            "insert into jobs (id, kind, key, payload, state, due_at, turn_at, priority, request_id, created_at, lane)
             values (?1, ?2, ?3, ?4, 'pending', ?5, ?6, ?7, ?8, ?9, ?10)
             on conflict (key) where state = 'pending' do nothing",
        )
        .bind(job.id.to_string())
        .bind(job.job.word())
        .bind(job.job.key())
        .bind(to_json(&job.job, doing)?)
        .bind(due)
        .bind(turn(due, job.priority))
        .bind(job.priority.steps())
        .bind(job.request_id.as_deref())
        .bind(now)
        .bind(job.job.lane())
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?;
        fresh.push(done.rows_affected() == 1);
    }
    Ok(fresh)
}

fn turn(due: i64, priority: Priority) -> i64 {
    due.saturating_add(micros(Priority::STEP * priority.steps()))
}

pub(super) async fn finish(
    connection: &mut SqliteConnection,
    time: &Moment,
    lease: &Lease,
    outcome: &Outcome,
) -> Result<()> {
    let doing = "end a job's try";
    let now = time.now(connection).await?;
    let (state, after, reason, result) = match outcome {
        Outcome::Done { result } => ("done", None, None, result.as_ref()),
        Outcome::Failed { reason } => ("failed", None, Some(reason.as_str()), None),
        Outcome::Again { after, reason } | Outcome::Paused { after, reason } => {
            ("pending", Some(now.saturating_add(micros(*after))), Some(reason.as_str()), None)
        }
    };
    let is_try = !matches!(outcome, Outcome::Paused { .. });
    let error = reason.filter(|_| is_try).map(|reason| json!({ "at": time.stamp(now), "reason": reason }));
    // A job that goes back while its like waits already is done: the other one does the rest.
    let done = sqlx::query(
        "update jobs
         set state = case
                 when ?1 = 'pending'
                      and exists (select 1 from jobs w where w.key = jobs.key and w.state = 'pending') then 'done'
                 else ?1
             end,
             due_at = coalesce(?2, due_at),
             turn_at = coalesce(?2 + priority * ?9, turn_at),
             error = ?3,
             errors = case
                 when ?7 is null then errors
                 else json_insert(case when json_array_length(errors) >= ?10 then json_remove(errors, '$[0]') else errors end,
                                  '$[#]', json_set(?7, '$.attempt', attempts))
             end,
             attempts = max(attempts - ?8, 0),
             result = ?11,
             lease_token = null,
             lease_until = null,
             finished_at = case
                 when ?1 = 'pending'
                      and not exists (select 1 from jobs w where w.key = jobs.key and w.state = 'pending') then null
                 else ?4
             end
         where id = ?5
           and lease_token = ?6
           and state = 'running'",
    )
    .bind(state)
    .bind(after)
    .bind(reason)
    .bind(now)
    .bind(lease.job.to_string())
    .bind(lease.token.to_string())
    .bind(error.map(|error| to_json(&error, doing)).transpose()?)
    .bind(i64::from(!is_try))
    .bind(micros(Priority::STEP))
    .bind(JobError::MOST_KEPT)
    .bind(result)
    .execute(connection)
    .await
    .map_err(failed(doing))?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

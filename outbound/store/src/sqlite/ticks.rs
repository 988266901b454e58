//! When what runs on its own is next due, and who looks. A tick is taken by exactly one of those who ask for it.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::SqliteConnection;

use super::moment::{Moment, micros};
use super::rows::time;
use super::{Result, failed};

pub(super) async fn ticks(connection: &mut SqliteConnection) -> Result<HashMap<String, DateTime<Utc>>> {
    let doing = "read what is due when";
    let rows: Vec<(String, i64)> = sqlx::query_as("select name, due_at from ticks")
        .fetch_all(connection)
        .await
        .map_err(failed(doing))?;
    rows.into_iter().map(|(name, due)| Ok((name, time(due, doing)?))).collect()
}

pub(super) async fn take_tick(
    connection: &mut SqliteConnection,
    name: &str,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<bool> {
    let doing = "take a tick";
    let due: Option<i64> = sqlx::query_scalar("select due_at from ticks where name = ?")
        .bind(name)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed(doing))?;
    let due = due.filter(|due| *due <= now.timestamp_micros());
    // What was taken at a time that has not come was taken by a clock that was wrong.
    let taken = if let Some(due) = due {
        sqlx::query(
            "insert into tick_runs (name, tick_at, taken_at)
             values (?, ?, ?)
             on conflict (name, tick_at) do update
             set taken_at = excluded.taken_at
             where taken_at > excluded.taken_at",
        )
        .bind(name)
        .bind(due)
        .bind(now.timestamp_micros())
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?
        .rows_affected()
            == 1
    } else {
        false
    };
    // What is due moves on. What is not was never due before, or its schedule has become shorter.
    sqlx::query(
        "insert into ticks (name, due_at)
         values (?1, ?2)
         on conflict (name) do update set due_at = ?2 where due_at > ?2 or ?3",
    )
    .bind(name)
    .bind(next.timestamp_micros())
    .bind(due.is_some())
    .execute(connection)
    .await
    .map(|_| taken)
    .map_err(failed(doing))
}

pub(super) async fn forget_tick(connection: &mut SqliteConnection, name: &str) -> Result<()> {
    sqlx::query("delete from ticks where name = ?")
        .bind(name)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed("forget a tick"))
}

pub(super) async fn lead(
    connection: &mut SqliteConnection,
    time_of: &Moment,
    what: &str,
    who: &str,
    length: Duration,
) -> Result<Option<i64>> {
    let now = time_of.now(connection).await?;
    sqlx::query_scalar(
        "insert into leaders (name, holder, term, until_at)
         values (?1, ?2, 1, ?3)
         on conflict (name) do update
         set holder = ?2,
             term = term + (holder <> ?2),
             until_at = ?3
         where holder = ?2
            or until_at <= ?4
         returning term",
    )
    .bind(what)
    .bind(who)
    .bind(now.saturating_add(micros(length)))
    .bind(now)
    .fetch_optional(connection)
    .await
    .map_err(failed("ask to lead"))
}

pub(super) async fn resign(connection: &mut SqliteConnection, what: &str, who: &str) -> Result<()> {
    sqlx::query("update leaders set until_at = 0 where name = ? and holder = ?")
        .bind(what)
        .bind(who)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed("lead no longer"))
}

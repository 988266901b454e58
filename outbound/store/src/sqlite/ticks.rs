//! When what runs on its own is next due. A tick is taken by exactly one of those who ask for it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{SqliteConnection, SqlitePool};

use super::rows::time;
use super::{Result, failed};

pub(super) async fn ticks(pool: &SqlitePool) -> Result<HashMap<String, DateTime<Utc>>> {
    let doing = "read what is due when";
    let rows: Vec<(String, i64)> =
        sqlx::query_as("select name, due_at from ticks").fetch_all(pool).await.map_err(failed(doing))?;
    rows.into_iter().map(|(name, due)| Ok((name, time(due, doing)?))).collect()
}

pub(super) async fn take_tick(
    connection: &mut SqliteConnection,
    name: &str,
    now: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<bool> {
    let doing = "take a tick";
    let taken = sqlx::query("update ticks set due_at = ? where name = ? and due_at <= ?")
        .bind(next.timestamp_micros())
        .bind(name)
        .bind(now.timestamp_micros())
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?;
    if taken.rows_affected() == 1 {
        return Ok(true);
    }
    // Never due before; or a schedule that has become shorter.
    sqlx::query(
        "insert into ticks (name, due_at)
         values (?1, ?2)
         on conflict (name) do update set due_at = ?2 where due_at > ?2",
    )
    .bind(name)
    .bind(next.timestamp_micros())
    .execute(connection)
    .await
    .map(|_| false)
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

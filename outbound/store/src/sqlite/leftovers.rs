//! What is known to be missing of records: gaps, and records that their source had not finished.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use daybook_core::model::document::Record;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::{Gap, OpenRecord};
use sqlx::{SqliteConnection, SqlitePool};

use super::rows::{time, to_json};
use super::{Result, failed};

pub(super) async fn gaps(pool: &SqlitePool, source: SourceKind, limit: u32) -> Result<Vec<Gap>> {
    let doing = "list the gaps";
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "select external_id, what, first_seen_at
         from gaps
         where source = ?
         order by first_seen_at desc, external_id, what
         limit ?",
    )
    .bind(source.word())
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    rows.into_iter()
        .map(|(external_id, what, first)| Ok(Gap { external_id, what, first_seen_at: time(first, doing)? }))
        .collect()
}

pub(super) async fn open_records(
    pool: &SqlitePool,
    source: SourceKind,
    now: DateTime<Utc>,
) -> Result<Vec<OpenRecord>> {
    let doing = "list the records that are not finished";
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "select external_id, reason, since, until
         from open_records
         where source = ? and until > ?
         order by since, external_id",
    )
    .bind(source.word())
    .bind(now.timestamp_micros())
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    rows.into_iter()
        .map(|(external_id, reason, since, until)| {
            Ok(OpenRecord { external_id, reason, since: time(since, doing)?, until: time(until, doing)? })
        })
        .collect()
}

/// Brings both up to what the records of a page say. What has not changed is not written.
pub(super) async fn save(
    connection: &mut SqliteConnection,
    source: SourceKind,
    records: &[Record],
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "look up what was missing of a page";
    // Of a record that came twice the later copy says how it is.
    let last: HashMap<&str, &Record> =
        records.iter().map(|record| (record.external_id.as_str(), record)).collect();
    let ids = to_json(&last.keys().collect::<Vec<_>>(), doing)?;
    let gaps: Vec<(String, String)> = sqlx::query_as(
        "select external_id, what
         from gaps
         where source = ? and external_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(&ids)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let open: Vec<(String, String, i64)> = sqlx::query_as(
        "select external_id, reason, until
         from open_records
         where source = ? and external_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(&ids)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let held: HashSet<(&str, &str)> = gaps.iter().map(|(id, what)| (id.as_str(), what.as_str())).collect();
    let wanted: HashSet<(&str, &str)> = last
        .values()
        .flat_map(|record| record.gaps.iter().map(|what| (record.external_id.as_str(), what.as_str())))
        .collect();
    for (id, what) in held.difference(&wanted) {
        sqlx::query("delete from gaps where source = ? and external_id = ? and what = ?")
            .bind(source.word())
            .bind(id)
            .bind(what)
            .execute(&mut *connection)
            .await
            .map_err(failed("close a gap"))?;
    }
    for (id, what) in wanted.difference(&held) {
        sqlx::query("insert into gaps (source, external_id, what, first_seen_at) values (?, ?, ?, ?)")
            .bind(source.word())
            .bind(id)
            .bind(what)
            .bind(now.timestamp_micros())
            .execute(&mut *connection)
            .await
            .map_err(failed("note a gap"))?;
    }
    for (id, record) in &last {
        let before = open.iter().find(|(held, ..)| held == id);
        match &record.open {
            None if before.is_none() => {}
            None => forget_open(connection, source, id).await?,
            Some(open) => {
                let until = open.until.timestamp_micros();
                if before.is_some_and(|(_, reason, held)| *reason == open.reason && *held == until) {
                    continue;
                }
                sqlx::query(
                    "insert into open_records (source, external_id, reason, since, until)
                     values (?1, ?2, ?3, ?4, ?5)
                     on conflict (source, external_id) do update
                     set reason = ?3,
                         until = ?5",
                )
                .bind(source.word())
                .bind(id)
                .bind(&open.reason)
                .bind(now.timestamp_micros())
                .bind(until)
                .execute(&mut *connection)
                .await
                .map_err(failed("note a record that is not finished"))?;
            }
        }
    }
    Ok(())
}

async fn forget_open(connection: &mut SqliteConnection, source: SourceKind, id: &str) -> Result<()> {
    sqlx::query("delete from open_records where source = ? and external_id = ?")
        .bind(source.word())
        .bind(id)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed("note that a record is finished"))
}

/// Forgets both for records that are gone.
pub(super) async fn forget(
    connection: &mut SqliteConnection,
    source: SourceKind,
    ids: &[&str],
) -> Result<()> {
    let doing = "forget what was missing of records that are gone";
    let ids = to_json(ids, doing)?;
    sqlx::query("delete from gaps where source = ? and external_id in (select value from json_each(?))")
        .bind(source.word())
        .bind(&ids)
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?;
    sqlx::query(
        "delete from open_records where source = ? and external_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(&ids)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

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
    let closed: Vec<_> = held.difference(&wanted).collect();
    let noted: Vec<_> = wanted.difference(&held).collect();
    change_gaps(connection, source, &closed, &noted, now).await?;
    let before: HashMap<&str, (&str, i64)> =
        open.iter().map(|(id, reason, until)| (id.as_str(), (reason.as_str(), *until))).collect();
    let mut finished = Vec::new();
    let mut awaited = Vec::new();
    for (id, record) in &last {
        match &record.open {
            None => finished.extend(before.get(id).map(|_| *id)),
            Some(open) => {
                let now = (open.reason.as_str(), open.until.timestamp_micros());
                awaited.extend((before.get(id) != Some(&now)).then_some((*id, now.0, now.1)));
            }
        }
    }
    change_open(connection, source, &finished, &awaited, now).await
}

async fn change_gaps(
    connection: &mut SqliteConnection,
    source: SourceKind,
    closed: &[&(&str, &str)],
    noted: &[&(&str, &str)],
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "note gaps";
    if !closed.is_empty() {
        sqlx::query(
            "delete from gaps
             where source = ?
               and (external_id, what) in (select value ->> 0, value ->> 1 from json_each(?))",
        )
        .bind(source.word())
        .bind(to_json(closed, doing)?)
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?;
    }
    if !noted.is_empty() {
        sqlx::query(
            "insert into gaps (source, external_id, what, first_seen_at)
             select ?, value ->> 0, value ->> 1, ?
             from json_each(?)",
        )
        .bind(source.word())
        .bind(now.timestamp_micros())
        .bind(to_json(noted, doing)?)
        .execute(connection)
        .await
        .map_err(failed(doing))?;
    }
    Ok(())
}

async fn change_open(
    connection: &mut SqliteConnection,
    source: SourceKind,
    finished: &[&str],
    awaited: &[(&str, &str, i64)],
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "note records that are not finished";
    if !finished.is_empty() {
        forget_open(connection, source, finished).await?;
    }
    if awaited.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into open_records (source, external_id, reason, since, until)
         select ?, value ->> 0, value ->> 1, ?, value ->> 2
         from json_each(?)
         where true
         on conflict (source, external_id) do update
         set reason = excluded.reason,
             until = excluded.until",
    )
    .bind(source.word())
    .bind(now.timestamp_micros())
    .bind(to_json(awaited, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

async fn forget_open(connection: &mut SqliteConnection, source: SourceKind, ids: &[&str]) -> Result<()> {
    let doing = "note that records are finished";
    sqlx::query(
        "delete from open_records where source = ? and external_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(to_json(ids, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

/// Forgets both for records that are gone.
pub(super) async fn forget(
    connection: &mut SqliteConnection,
    source: SourceKind,
    ids: &[&str],
) -> Result<()> {
    let doing = "forget what was missing of records that are gone";
    sqlx::query("delete from gaps where source = ? and external_id in (select value from json_each(?))")
        .bind(source.word())
        .bind(to_json(ids, doing)?)
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?;
    forget_open(connection, source, ids).await
}

//! Records that could not be read, with their reasons. Their bytes are among the raw records.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_core::model::document::Record;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::Quarantined;
use sqlx::{SqliteConnection, SqlitePool};

use super::rows::{time, to_json};
use super::{Result, failed};

pub(super) async fn quarantined(
    pool: &SqlitePool,
    source: SourceKind,
    limit: u32,
) -> Result<Vec<Quarantined>> {
    let doing = "list the quarantine";
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "select external_id, reason, first_seen_at
         from quarantine
         where source = ?
         order by last_seen_at desc
         limit ?",
    )
    .bind(source.word())
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    rows.into_iter()
        .map(|(external_id, reason, first)| {
            Ok(Quarantined { external_id, reason, first_seen_at: time(first, doing)? })
        })
        .collect()
}

pub(super) async fn quarantine(
    connection: &mut SqliteConnection,
    source: SourceKind,
    external_id: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into quarantine (source, external_id, reason, first_seen_at, last_seen_at)
         values (?1, ?2, ?3, ?4, ?4)
         on conflict (source, external_id) do update
         set reason = ?3,
             last_seen_at = ?4",
    )
    .bind(source.word())
    .bind(external_id)
    .bind(reason)
    .bind(now.timestamp_micros())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("put a record into quarantine"))
}

/// Records that can be read now leave the quarantine; of one that came twice, the later copy says so.
pub(super) async fn release(
    connection: &mut SqliteConnection,
    source: SourceKind,
    records: &[Record],
) -> Result<()> {
    let last: HashMap<&str, bool> =
        records.iter().map(|record| (record.external_id.as_str(), record.reading.is_ok())).collect();
    let readable: Vec<&str> = last.into_iter().filter_map(|(id, readable)| readable.then_some(id)).collect();
    forget(connection, source, &readable).await
}

/// Takes records out of quarantine.
pub(super) async fn forget(
    connection: &mut SqliteConnection,
    source: SourceKind,
    external_ids: &[&str],
) -> Result<()> {
    let doing = "release records from quarantine";
    sqlx::query(
        "delete from quarantine
         where source = ?
           and external_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(to_json(external_ids, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

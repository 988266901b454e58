//! What the sources sent, to the byte.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_core::model::document::Record;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::HeldRecord;
use daybook_core::ports::store::StoreError;
use sqlx::{SqliteConnection, SqlitePool};

use super::rows::{time, to_json};
use super::{Result, failed};

pub(super) async fn raw_digests(
    pool: &SqlitePool,
    source: SourceKind,
    after: &str,
    limit: u32,
) -> Result<Vec<(String, String)>> {
    sqlx::query_as(
        "select external_id, digest
         from raw_records r
         where source = ?1
           and external_id > ?2
           and not exists (select 1
                           from documents d
                           where d.source = ?1 and d.external_id = r.external_id and d.tombstone is not null)
         order by external_id
         limit ?3",
    )
    .bind(source.word())
    .bind(after)
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(failed("read the digests of the raw records"))
}

pub(super) async fn raw_record(
    pool: &SqlitePool,
    source: SourceKind,
    external_id: &str,
) -> Result<Option<Vec<u8>>> {
    let doing = "read a raw record";
    let body: Option<Vec<u8>> =
        sqlx::query_scalar("select body from raw_records where source = ? and external_id = ?")
            .bind(source.word())
            .bind(external_id)
            .fetch_optional(pool)
            .await
            .map_err(failed(doing))?;
    let unpacked = body.map(|body| lz4_flex::decompress_size_prepended(&body)).transpose();
    unpacked.map_err(|error| StoreError::Unreadable { doing, what: format!("{external_id}: {error}") })
}

pub(super) async fn held_records(
    pool: &SqlitePool,
    source: SourceKind,
    external_ids: &[&str],
) -> Result<HashMap<String, HeldRecord>> {
    let doing = "look up how records are held";
    let rows: Vec<(String, Option<String>, i64)> = sqlx::query_as(
        "select external_id, version, fetched_at
         from raw_records r
         where source = ?1
           and external_id in (select value from json_each(?2))
           and not exists (select 1
                           from documents d
                           where d.source = ?1 and d.external_id = r.external_id and d.tombstone is not null)
           and not exists (select 1 from quarantine q where q.source = ?1 and q.external_id = r.external_id)",
    )
    .bind(source.word())
    .bind(to_json(external_ids, doing)?)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    rows.into_iter()
        .map(|(id, version, fetched_at)| {
            Ok((id, HeldRecord { version, fetched_at: time(fetched_at, doing)? }))
        })
        .collect()
}

pub(super) async fn save_raw(
    connection: &mut SqliteConnection,
    source: SourceKind,
    record: &Record,
    digest: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into raw_records (source, external_id, digest, fetched_at, version, body)
         values (?, ?, ?, ?, ?, ?)
         on conflict (source, external_id) do update
         set digest = excluded.digest,
             fetched_at = excluded.fetched_at,
             version = excluded.version,
             body = excluded.body",
    )
    .bind(source.word())
    .bind(&record.external_id)
    .bind(digest)
    .bind(now.timestamp_micros())
    .bind(&record.version)
    .bind(lz4_flex::compress_prepend_size(&record.raw))
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("save a raw record"))
}

/// Notes that records were fetched again and are as they were. Only of those that carry a version: whoever asks how
/// they are held goes by when they were fetched.
pub(super) async fn touch(
    connection: &mut SqliteConnection,
    source: SourceKind,
    external_ids: &[&str],
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "note that records were fetched again";
    if external_ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update raw_records
         set fetched_at = ?1
         where source = ?2
           and external_id in (select value from json_each(?3))
           and fetched_at < ?1",
    )
    .bind(now.timestamp_micros())
    .bind(source.word())
    .bind(to_json(external_ids, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

//! Raw records, what becomes of them when a page is saved, and those that could not be read.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use daybook_core::model::document::{Document, Record, Tombstone};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::HeldRecord;
use daybook_core::ports::store::{Quarantined, Saved, StoreError};
use sqlx::{SqliteConnection, SqlitePool};

use super::documents::{UNREADABLE, bury, hide, keep_version, write};
use super::rows::{time, to_json};
use super::{Result, failed, leftovers, worklogs};

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
                           where d.source = ?1 and d.external_id = r.external_id and d.tombstone is not null)",
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

/// Saves documents whose record is held, if they differ from what is held; gives how many did.
pub(super) async fn save_again(
    connection: &mut SqliteConnection,
    documents: &[(String, Document)],
    now: DateTime<Utc>,
) -> Result<u64> {
    let mut changed = 0;
    for (record_id, document) in documents {
        let hash = document.content_hash();
        let held: Option<(i64, String)> = sqlx::query_as(
            "select id, content_hash
             from documents
             where source = ? and external_id = ? and tombstone is null",
        )
        .bind(document.source.word())
        .bind(&document.external_id)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed("look up a document"))?;
        let Some((id, _)) = held.filter(|(_, before)| *before != hash) else { continue };
        keep_version(connection, id, now).await?;
        write(connection, record_id, document, &hash, now).await?;
        changed += 1;
    }
    Ok(changed)
}

/// Takes whole records away. What they were stays as versions; what was waited for or missing of them does not.
pub(super) async fn bury_records(
    connection: &mut SqliteConnection,
    source: SourceKind,
    gone: &[(&str, Tombstone)],
    now: DateTime<Utc>,
) -> Result<u64> {
    let doing = "look up what is to be taken away";
    let mut buried = 0;
    for (external_id, reason) in gone {
        let ids: Vec<i64> = sqlx::query_scalar(
            "select id
             from documents
             where source = ? and record_id = ? and tombstone is null",
        )
        .bind(source.word())
        .bind(external_id)
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(doing))?;
        for id in ids {
            keep_version(connection, id, now).await?;
            bury(connection, id, *reason, now).await?;
            buried += 1;
        }
    }
    let ids: Vec<&str> = gone.iter().map(|(id, _)| *id).collect();
    leftovers::forget(connection, source, &ids).await?;
    Ok(buried)
}

/// What is held of one record. Kept up to date while a page is saved: a record may come twice in one.
#[derive(Default)]
struct Held {
    digest: Option<String>,
    version: Option<String>,
    /// By external id.
    documents: HashMap<String, HeldDocument>,
    /// Whether this page has brought it already, readable.
    met: bool,
}

struct HeldDocument {
    id: i64,
    hash: String,
    buried: bool,
}

pub(super) async fn save_records(
    connection: &mut SqliteConnection,
    source: SourceKind,
    records: &[Record],
    now: DateTime<Utc>,
) -> Result<Saved> {
    let mut held = held_of(connection, source, records).await?;
    let mut saved = Saved::default();
    for record in records {
        let held = held.entry(record.external_id.as_str()).or_default();
        let digest = record.digest();
        if held.digest.as_ref() != Some(&digest) || held.version != record.version {
            save_raw(connection, source, record, &digest, now).await?;
            held.digest = Some(digest);
            held.version.clone_from(&record.version);
        }
        match &record.reading {
            Err(unreadable) => {
                quarantine(connection, source, &record.external_id, &unreadable.reason, now).await?;
                hide_documents(connection, &mut held.documents, now).await?;
                saved.quarantined += 1;
            }
            Ok(documents) => {
                let is_new = held.documents.is_empty() && !held.met;
                held.met = true;
                let written = save_documents(connection, record, documents, &mut held.documents, now).await?;
                match (is_new, written) {
                    (true, _) => saved.new += 1,
                    (false, true) => saved.changed += 1,
                    (false, false) => saved.unchanged += 1,
                }
            }
        }
    }
    release(connection, source, records).await?;
    leftovers::save(connection, source, records, now).await?;
    if source == SourceKind::Jira {
        worklogs::learn_names(connection, records).await?;
    }
    Ok(saved)
}

/// Writes the documents of one record that differ, and buries those that it no longer has. Gives whether it wrote.
async fn save_documents(
    connection: &mut SqliteConnection,
    record: &Record,
    documents: &[Document],
    held: &mut HashMap<String, HeldDocument>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut written = false;
    for document in documents {
        let hash = document.content_hash();
        match held.get(&document.external_id) {
            Some(before) if !before.buried && before.hash == hash => continue,
            Some(before) => keep_version(connection, before.id, now).await?,
            None => {}
        }
        let id = write(connection, &record.external_id, document, &hash, now).await?;
        held.insert(document.external_id.clone(), HeldDocument { id, hash, buried: false });
        written = true;
    }
    let still: HashSet<&str> = documents.iter().map(|document| document.external_id.as_str()).collect();
    for (_, gone) in held.iter_mut().filter(|(id, held)| !held.buried && !still.contains(id.as_str())) {
        keep_version(connection, gone.id, now).await?;
        bury(connection, gone.id, Tombstone::Deleted, now).await?;
        gone.buried = true;
        written = true;
    }
    Ok(written)
}

/// Shows what is held of a record to admins only: it cannot be read any more, so nobody knows whether it has been
/// restricted.
async fn hide_documents(
    connection: &mut SqliteConnection,
    held: &mut HashMap<String, HeldDocument>,
    now: DateTime<Utc>,
) -> Result<()> {
    for document in held.values_mut().filter(|held| !held.buried && held.hash != UNREADABLE) {
        keep_version(connection, document.id, now).await?;
        hide(connection, document.id).await?;
        UNREADABLE.clone_into(&mut document.hash);
    }
    Ok(())
}

async fn held_of<'r>(
    connection: &mut SqliteConnection,
    source: SourceKind,
    records: &'r [Record],
) -> Result<HashMap<&'r str, Held>> {
    let doing = "look up what is held of a page";
    let mut held: HashMap<&str, Held> =
        records.iter().map(|record| (record.external_id.as_str(), Held::default())).collect();
    let ids = to_json(&held.keys().collect::<Vec<_>>(), doing)?;
    let raw: Vec<(String, String, Option<String>)> = sqlx::query_as(
        "select external_id, digest, version
         from raw_records
         where source = ?
           and external_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(&ids)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    for (id, digest, version) in raw {
        if let Some(held) = held.get_mut(id.as_str()) {
            held.digest = Some(digest);
            held.version = version;
        }
    }
    let documents: Vec<(String, String, i64, String, bool)> = sqlx::query_as(
        "select record_id, external_id, id, content_hash, tombstone is not null
         from documents
         where source = ?
           and record_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(&ids)
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    for (record_id, external_id, id, hash, buried) in documents {
        if let Some(held) = held.get_mut(record_id.as_str()) {
            held.documents.insert(external_id, HeldDocument { id, hash, buried });
        }
    }
    Ok(held)
}

async fn save_raw(
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

async fn quarantine(
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
async fn release(connection: &mut SqliteConnection, source: SourceKind, records: &[Record]) -> Result<()> {
    let doing = "release records from quarantine";
    let last: HashMap<&str, bool> =
        records.iter().map(|record| (record.external_id.as_str(), record.reading.is_ok())).collect();
    let readable: Vec<&str> = last.into_iter().filter_map(|(id, readable)| readable.then_some(id)).collect();
    sqlx::query(
        "delete from quarantine
         where source = ?
           and external_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(to_json(&readable, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

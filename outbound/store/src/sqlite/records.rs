//! What becomes of records when a page is saved, and when they are gone.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use daybook_core::model::document::{Document, Record, Tombstone};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::Saved;
use sqlx::SqliteConnection;

use super::documents::{UNREADABLE, bury, hide, keep_versions, write};
use super::raw_records::{save_raw, touch};
use super::rows::to_json;
use super::{Result, failed, leftovers, quarantine, worklogs};

/// Saves documents whose record is held and readable, if they differ from what is held; gives how many did.
pub(super) async fn save_again(
    connection: &mut SqliteConnection,
    documents: &[(String, Document)],
    now: DateTime<Utc>,
) -> Result<u64> {
    let doing = "look up documents that are held";
    let ids: Vec<_> = documents.iter().map(|(_, one)| (one.source.word(), &one.external_id)).collect();
    let held: Vec<(String, String, i64, String)> = sqlx::query_as(
        "select d.source, d.external_id, d.id, d.content_hash
         from json_each(?) wanted
         join documents d on d.source = wanted.value ->> 0 and d.external_id = wanted.value ->> 1
         where d.tombstone is null",
    )
    .bind(to_json(&ids, doing)?)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let held: HashMap<(&str, &str), (i64, &str)> = held
        .iter()
        .map(|(source, external_id, id, hash)| {
            ((source.as_str(), external_id.as_str()), (*id, hash.as_str()))
        })
        .collect();
    let mut changed = Vec::new();
    for (record_id, document) in documents {
        let hash = document.content_hash();
        // What cannot be read any more stays hidden, whatever becomes of what it belongs to.
        let differs = |(_, before): &(i64, &str)| *before != hash && *before != UNREADABLE;
        let key = (document.source.word(), document.external_id.as_str());
        if let Some((id, _)) = held.get(&key).copied().filter(differs) {
            changed.push((id, record_id, document, hash));
        }
    }
    keep_versions(connection, &changed.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), now).await?;
    for (_, record_id, document, hash) in &changed {
        write(connection, record_id, document, hash, now).await?;
    }
    Ok(changed.len() as u64)
}

/// Takes whole records away. What they were stays as versions; what was waited for or missing of them does not.
pub(super) async fn bury_records(
    connection: &mut SqliteConnection,
    source: SourceKind,
    gone: &[(&str, Tombstone)],
    now: DateTime<Utc>,
) -> Result<u64> {
    let doing = "look up what is to be taken away";
    if gone.is_empty() {
        return Ok(0);
    }
    // Of a record that is named twice the later word counts.
    let reasons: HashMap<&str, Tombstone> = gone.iter().copied().collect();
    let ids: Vec<&str> = reasons.keys().copied().collect();
    let held: Vec<(i64, String)> = sqlx::query_as(
        "select id, record_id
         from documents
         where source = ?
           and record_id in (select value from json_each(?))
           and tombstone is null
         order by id",
    )
    .bind(source.word())
    .bind(to_json(&ids, doing)?)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let documents: Vec<(i64, Tombstone)> =
        held.iter().filter_map(|(id, record)| Some((*id, *reasons.get(record.as_str())?))).collect();
    bury(connection, &documents, now).await?;
    leftovers::forget(connection, source, &ids).await?;
    quarantine::forget(connection, source, &ids).await?;
    Ok(documents.len() as u64)
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
    let mut again = Vec::new();
    for record in records {
        let held = held.entry(record.external_id.as_str()).or_default();
        let digest = record.digest();
        if held.digest.as_ref() == Some(&digest) && held.version == record.version {
            again.extend(record.version.as_ref().map(|_| record.external_id.as_str()));
        } else {
            save_raw(connection, source, record, &digest, now).await?;
            held.digest = Some(digest);
            held.version.clone_from(&record.version);
        }
        match &record.reading {
            Err(unreadable) => {
                quarantine::quarantine(connection, source, &record.external_id, &unreadable.reason, now)
                    .await?;
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
    touch(connection, source, &again, now).await?;
    quarantine::release(connection, source, records).await?;
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
            Some(before) => keep_versions(connection, &[before.id], now).await?,
            None => {}
        }
        let id = write(connection, &record.external_id, document, &hash, now).await?;
        held.insert(document.external_id.clone(), HeldDocument { id, hash, buried: false });
        written = true;
    }
    let still: HashSet<&str> = documents.iter().map(|document| document.external_id.as_str()).collect();
    let mut gone = Vec::new();
    for (_, held) in held.iter_mut().filter(|(id, held)| !held.buried && !still.contains(id.as_str())) {
        held.buried = true;
        gone.push((held.id, Tombstone::Deleted));
    }
    written |= !gone.is_empty();
    bury(connection, &gone, now).await?;
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
        keep_versions(connection, &[document.id], now).await?;
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

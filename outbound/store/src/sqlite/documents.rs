//! Documents, their raw records and earlier versions, and the records that could not be read.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_core::model::audience::Viewer;
use daybook_core::model::document::{
    Document, DocumentId, DocumentKind, Project, Record, Revision, StateCategory, StoredDocument,
};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::store::{DocumentCounts, Quarantined, Saved};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::rows::{count, json, time, to_json, word};
use super::{Result, failed};

pub(super) async fn documents(
    pool: &SqlitePool,
    ids: &[DocumentId],
    viewer: &Viewer,
) -> Result<Vec<StoredDocument>> {
    let doing = "read documents";
    let mut found = sqlx::query(
        "select *
         from documents
         where id in (select value from json_each(?))
           and tombstone is null",
    )
    .bind(to_json(ids, doing)?)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?
    .iter()
    .map(|row| to_document(row, doing))
    .collect::<Result<Vec<_>>>()?;
    found.retain(|stored| viewer.may_see(&stored.document.audience));
    Ok(found)
}

pub(super) async fn document_changes(
    pool: &SqlitePool,
    since: Revision,
    limit: u32,
    bytes: u64,
) -> Result<Vec<StoredDocument>> {
    let doing = "read the documents that changed";
    // The first whole batch that stays below so many bytes, but never less than one document.
    sqlx::query(
        "with sized as (
             select id,
                    row_number() over w as place,
                    sum(size) over w as total
             from (select id, revision, octet_length(body) + octet_length(comments) as size from documents
                   where revision > ?1 order by revision limit ?2)
             window w as (order by revision))
         select d.*
         from sized
         join documents d on d.id = sized.id
         where sized.place = 1 or sized.total <= ?3
         order by d.revision",
    )
    .bind(since.0)
    .bind(limit)
    .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?
    .iter()
    .map(|row| to_document(row, doing))
    .collect()
}

pub(super) async fn document_outlines(
    pool: &SqlitePool,
    since: Revision,
    limit: u32,
) -> Result<Vec<StoredDocument>> {
    let doing = "read the outlines of documents that changed";
    sqlx::query(
        "select id, source, kind, external_id, key, url, project_key, project_name, state, state_category, audience,
                created_at, updated_at, content_hash, fetched_at, revision, tombstone, '[]' as labels, '[]' as people,
                '' as title, '' as body, '' as comments
         from documents
         where revision > ?
         order by revision
         limit ?",
    )
    .bind(since.0)
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?
    .iter()
    .map(|row| to_document(row, doing))
    .collect()
}

pub(super) async fn revision(pool: &SqlitePool) -> Result<Revision> {
    sqlx::query_scalar("select last from feed where one = 1")
        .fetch_one(pool)
        .await
        .map(Revision)
        .map_err(failed("read the newest revision"))
}

pub(super) async fn document_counts(
    pool: &SqlitePool,
    model: Option<&ModelId>,
    viewer: &Viewer,
) -> Result<DocumentCounts> {
    let doing = "count the documents";
    // Few audiences, many documents: the database counts, and who may see which audience is said in one place only.
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "select audience,
                count(*),
                count(*) filter (where indexed_model = ?)
         from documents
         where tombstone is null
         group by audience",
    )
    .bind(model.map(|model| &model.0))
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    let mut counts = DocumentCounts::default();
    for (audience, held, with_vectors) in rows {
        if viewer.may_see(&json(&audience, doing)?) {
            counts.held += count(held);
            counts.with_vectors += count(with_vectors);
        }
    }
    Ok(counts)
}

pub(super) async fn raw_digests(
    pool: &SqlitePool,
    source: SourceKind,
    after: &str,
    limit: u32,
) -> Result<Vec<(String, String)>> {
    sqlx::query_as(
        "select external_id, digest
         from raw_records
         where source = ?
           and external_id > ?
         order by external_id
         limit ?",
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

/// What is held of one record before a page is saved.
#[derive(Default)]
struct Held {
    digest: Option<String>,
    /// By external id: row, content hash, whether it is a tombstone.
    documents: HashMap<String, (i64, String, bool)>,
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
        let before = held.remove(&record.external_id).unwrap_or_default();
        let digest = record.digest();
        if before.digest.as_ref() != Some(&digest) {
            save_raw(connection, source, record, &digest, now).await?;
        }
        match &record.reading {
            Err(unreadable) => {
                quarantine(connection, source, &record.external_id, &unreadable.reason, now).await?;
                saved.quarantined += 1;
            }
            Ok(documents) => {
                let is_new = before.documents.is_empty();
                let written = save_documents(connection, record, documents, before.documents, now).await?;
                match (is_new, written) {
                    (true, _) => saved.new += 1,
                    (false, true) => saved.changed += 1,
                    (false, false) => saved.unchanged += 1,
                }
            }
        }
    }
    release(connection, source, records).await?;
    Ok(saved)
}

/// Writes the documents of one record that differ, and buries those that it no longer has. Gives whether it wrote.
async fn save_documents(
    connection: &mut SqliteConnection,
    record: &Record,
    documents: &[Document],
    mut before: HashMap<String, (i64, String, bool)>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut written = false;
    for document in documents {
        let hash = document.content_hash();
        match before.remove(&document.external_id) {
            Some((_, held, false)) if held == hash => {}
            Some((id, ..)) => {
                keep_version(connection, id, now).await?;
                write(connection, &record.external_id, document, &hash, now).await?;
                written = true;
            }
            None => {
                write(connection, &record.external_id, document, &hash, now).await?;
                written = true;
            }
        }
    }
    for (id, _, _) in before.into_values().filter(|(_, _, buried)| !buried) {
        keep_version(connection, id, now).await?;
        bury(connection, id).await?;
        written = true;
    }
    Ok(written)
}

async fn held_of(
    connection: &mut SqliteConnection,
    source: SourceKind,
    records: &[Record],
) -> Result<HashMap<String, Held>> {
    let doing = "look up what is held of a page";
    let ids: Vec<&str> = records.iter().map(|record| record.external_id.as_str()).collect();
    let ids = to_json(&ids, doing)?;
    let mut held: HashMap<String, Held> = HashMap::new();
    let raw: Vec<(String, String)> = sqlx::query_as(
        "select external_id, digest
         from raw_records
         where source = ?
           and external_id in (select value from json_each(?))",
    )
    .bind(source.word())
    .bind(&ids)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    for (id, digest) in raw {
        held.entry(id).or_default().digest = Some(digest);
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
        held.entry(record_id).or_default().documents.insert(external_id, (id, hash, buried));
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
        "insert into raw_records (source, external_id, digest, fetched_at, body)
         values (?, ?, ?, ?, ?)
         on conflict (source, external_id) do update
         set digest = excluded.digest,
             fetched_at = excluded.fetched_at,
             body = excluded.body",
    )
    .bind(source.word())
    .bind(&record.external_id)
    .bind(digest)
    .bind(now.timestamp_micros())
    .bind(lz4_flex::compress_prepend_size(&record.raw))
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("save a raw record"))
}

async fn write(
    connection: &mut SqliteConnection,
    record_id: &str,
    document: &Document,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "save a document";
    let revision = next_revisions(connection, 1).await? + 1;
    let project = document.project.as_ref();
    sqlx::query(
        "insert into documents
             (source, kind, external_id, record_id, key, url, project_key, project_name, state, state_category, audience,
              created_at, updated_at, content_hash, fetched_at, revision, labels, people, title, body, comments)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (source, external_id) do update
         set kind = excluded.kind,
             record_id = excluded.record_id,
             key = excluded.key,
             url = excluded.url,
             project_key = excluded.project_key,
             project_name = excluded.project_name,
             state = excluded.state,
             state_category = excluded.state_category,
             audience = excluded.audience,
             created_at = excluded.created_at,
             updated_at = excluded.updated_at,
             content_hash = excluded.content_hash,
             fetched_at = excluded.fetched_at,
             revision = excluded.revision,
             tombstone = null,
             indexed_at = null,
             indexed_model = null,
             labels = excluded.labels,
             people = excluded.people,
             title = excluded.title,
             body = excluded.body,
             comments = excluded.comments",
    )
    .bind(document.source.word())
    .bind(document.kind.word())
    .bind(&document.external_id)
    .bind(record_id)
    .bind(&document.key)
    .bind(&document.url)
    .bind(project.map(|project| &project.key))
    .bind(project.map(|project| &project.name))
    .bind(&document.state)
    .bind(document.state_category.map(StateCategory::word))
    .bind(to_json(&document.audience, doing)?)
    .bind(document.created_at.timestamp_micros())
    .bind(document.updated_at.timestamp_micros())
    .bind(hash)
    .bind(now.timestamp_micros())
    .bind(revision)
    .bind(to_json(&document.labels, doing)?)
    .bind(to_json(&document.people, doing)?)
    .bind(&document.title)
    .bind(&document.body)
    .bind(&document.comments)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

async fn keep_version(connection: &mut SqliteConnection, id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "insert into document_versions
             (document_id, valid_from, recorded_at, content_hash, key, project_key, state, state_category, audience,
              labels, people, title, body, comments)
         select id, updated_at, ?, content_hash, key, project_key, state, state_category, audience,
                labels, people, title, body, comments
         from documents
         where id = ?",
    )
    .bind(now.timestamp_micros())
    .bind(id)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("keep an earlier version"))
}

async fn bury(connection: &mut SqliteConnection, id: i64) -> Result<()> {
    let revision = next_revisions(connection, 1).await? + 1;
    sqlx::query("update documents set tombstone = 'deleted', revision = ? where id = ?")
        .bind(revision)
        .bind(id)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed("bury a document"))
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

/// Records that can be read now leave the quarantine.
async fn release(connection: &mut SqliteConnection, source: SourceKind, records: &[Record]) -> Result<()> {
    let doing = "release records from quarantine";
    let readable: Vec<&str> = records
        .iter()
        .filter(|record| record.reading.is_ok())
        .map(|record| record.external_id.as_str())
        .collect();
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

/// Takes so many numbers of the feed; gives the last one taken before. Writers of one database take turns by this row.
pub(super) async fn next_revisions(connection: &mut SqliteConnection, how_many: usize) -> Result<i64> {
    let how_many = i64::try_from(how_many).unwrap_or(i64::MAX);
    sqlx::query_scalar("update feed set last = last + ?1 where one = 1 returning last - ?1")
        .bind(how_many)
        .fetch_one(connection)
        .await
        .map_err(failed("take revision numbers"))
}

pub(super) fn to_document(row: &SqliteRow, doing: &'static str) -> Result<StoredDocument> {
    let number = |column: &'static str| row.try_get::<i64, _>(column).map_err(failed(doing));
    let text = |column: &'static str| row.try_get::<String, _>(column).map_err(failed(doing));
    let optional = |column: &'static str| row.try_get::<Option<String>, _>(column).map_err(failed(doing));
    let (source, kind) = (text("source")?, text("kind")?);
    let project = match (optional("project_key")?, optional("project_name")?) {
        (Some(key), name) => Some(Project { name: name.unwrap_or_else(|| key.clone()), key }),
        (None, _) => None,
    };
    let category = optional("state_category")?
        .map(|category| word(StateCategory::from_word(&category), &category, doing))
        .transpose()?;
    let document = Document {
        source: word(source.parse().ok(), &source, doing)?,
        kind: word(DocumentKind::from_word(&kind), &kind, doing)?,
        external_id: text("external_id")?,
        key: text("key")?,
        title: text("title")?,
        body: text("body")?,
        comments: text("comments")?,
        url: text("url")?,
        project,
        state: optional("state")?,
        state_category: category,
        labels: json(&text("labels")?, doing)?,
        people: json(&text("people")?, doing)?,
        audience: json(&text("audience")?, doing)?,
        created_at: time(number("created_at")?, doing)?,
        updated_at: time(number("updated_at")?, doing)?,
    };
    Ok(StoredDocument {
        id: DocumentId(number("id")?),
        document,
        content_hash: text("content_hash")?,
        fetched_at: time(number("fetched_at")?, doing)?,
        revision: Revision(number("revision")?),
        tombstone: optional("tombstone")?,
    })
}

//! Documents and their earlier versions.

use chrono::{DateTime, Utc};
use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::document::{
    Details, Document, DocumentId, DocumentKind, Project, Revision, StateCategory, StoredDocument, Tombstone,
};
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::store::DocumentCounts;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::rows::{count, json, time, to_json, word};
use super::{Result, failed, worklogs};

pub(super) async fn documents(
    pool: &SqlitePool,
    ids: &[DocumentId],
    viewer: &Viewer,
) -> Result<Vec<StoredDocument>> {
    let doing = "read documents";
    let rows = sqlx::query(
        "select *
         from documents
         where id in (select value from json_each(?))
           and tombstone is null",
    )
    .bind(to_json(ids, doing)?)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    visible(&rows, viewer, doing)
}

pub(super) async fn document_beginnings(
    pool: &SqlitePool,
    ids: &[DocumentId],
    viewer: &Viewer,
    characters: u32,
) -> Result<Vec<StoredDocument>> {
    let doing = "read the beginnings of documents";
    let rows = sqlx::query(
        "select id, source, kind, external_id, key, url, project_key, project_name, state, state_category, audience,
                created_at, updated_at, content_hash, fetched_at, revision, tombstone, labels, people, title,
                occurred_at, links, details, substr(body, 1, ?2) as body, substr(comments, 1, ?2) as comments
         from documents
         where id in (select value from json_each(?1))
           and tombstone is null",
    )
    .bind(to_json(ids, doing)?)
    .bind(characters)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    visible(&rows, viewer, doing)
}

/// The documents of these rows that the viewer may see.
fn visible(rows: &[SqliteRow], viewer: &Viewer, doing: &'static str) -> Result<Vec<StoredDocument>> {
    let mut found = rows.iter().map(|row| to_document(row, doing)).collect::<Result<Vec<_>>>()?;
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
                '' as title, '' as body, '' as comments, null as occurred_at, '[]' as links, null as details
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
    // Worklogs come from one source only, and sources are in the index that answers this.
    let rows: Vec<(String, i64, i64, i64)> = sqlx::query_as(
        "select audience,
                count(*),
                count(*) filter (where indexed_model = ?),
                count(*) filter (where source = 'tempo')
         from documents
         where tombstone is null
         group by audience",
    )
    .bind(model.map(|model| &model.0))
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    let mut counts = DocumentCounts::default();
    for (audience, held, with_vectors, without_meaning) in rows {
        if viewer.may_see(&json(&audience, doing)?) {
            counts.held += count(held);
            counts.with_vectors += count(with_vectors);
            counts.without_meaning += count(without_meaning);
        }
    }
    Ok(counts)
}

/// Writes a document in the place of the one held, if there is one. Gives its id.
#[expect(clippy::too_many_lines, reason = "one statement, and what is bound to it")]
pub(super) async fn write(
    connection: &mut SqliteConnection,
    record_id: &str,
    document: &Document,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<i64> {
    let doing = "save a document";
    let revision = next_revisions(connection, 1).await? + 1;
    let project = document.project.as_ref();
    let id = sqlx::query_scalar(
        "insert into documents
             (source, kind, external_id, record_id, key, url, project_key, project_name, state, state_category, audience,
              created_at, updated_at, content_hash, fetched_at, revision, labels, people, title, body, comments,
              occurred_at, links, details)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
             comments = excluded.comments,
             occurred_at = excluded.occurred_at,
             tombstone_at = null,
             links = excluded.links,
             details = excluded.details
         returning id",
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
    .bind(document.occurred_at.map(|at| at.timestamp_micros()))
    .bind(to_json(&document.links, doing)?)
    .bind(document.details.as_ref().map(|details| to_json(details, doing)).transpose()?)
    .fetch_one(&mut *connection)
    .await
    .map_err(failed(doing))?;
    if let Some(Details::Worklog(worklog)) = &document.details {
        worklogs::write(connection, id, worklog).await?;
    }
    Ok(id)
}

/// Keeps what documents are now, before they change.
pub(super) async fn keep_versions(
    connection: &mut SqliteConnection,
    ids: &[i64],
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "keep earlier versions";
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into document_versions
             (document_id, valid_from, recorded_at, content_hash, key, project_key, state, state_category, audience,
              labels, people, title, body, comments, links, details)
         select id, updated_at, ?, content_hash, key, project_key, state, state_category, audience,
                labels, people, title, body, comments, links, details
         from documents
         where id in (select value from json_each(?))",
    )
    .bind(now.timestamp_micros())
    .bind(to_json(ids, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

/// The content hash of a document whose source says something that we cannot read: equal to no content's, so that
/// whatever can be read later is written.
pub(super) const UNREADABLE: &str = "";

/// Shows a document to admins only.
pub(super) async fn hide(connection: &mut SqliteConnection, id: i64) -> Result<()> {
    let doing = "hide a document";
    let revision = next_revisions(connection, 1).await? + 1;
    sqlx::query("update documents set audience = ?, content_hash = ?, revision = ? where id = ?")
        .bind(to_json(&Audience::Unknown, doing)?)
        .bind(UNREADABLE)
        .bind(revision)
        .bind(id)
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed(doing))
}

/// Takes documents away, each for its reason. What they were stays as versions.
pub(super) async fn bury(
    connection: &mut SqliteConnection,
    gone: &[(i64, Tombstone)],
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "bury documents";
    if gone.is_empty() {
        return Ok(());
    }
    keep_versions(connection, &gone.iter().map(|(id, _)| *id).collect::<Vec<_>>(), now).await?;
    let last = next_revisions(connection, gone.len()).await?;
    let rows: Vec<_> =
        gone.iter().zip(last + 1..).map(|((id, reason), revision)| (id, reason.word(), revision)).collect();
    sqlx::query(
        "update documents
         set tombstone = gone.value ->> 1,
             tombstone_at = ?1,
             revision = gone.value ->> 2
         from json_each(?2) gone
         where documents.id = gone.value ->> 0",
    )
    .bind(now.timestamp_micros())
    .bind(to_json(&rows, doing)?)
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
        links: json(&text("links")?, doing)?,
        details: optional("details")?.map(|details| json(&details, doing)).transpose()?,
        audience: json(&text("audience")?, doing)?,
        created_at: time(number("created_at")?, doing)?,
        updated_at: time(number("updated_at")?, doing)?,
        occurred_at: row
            .try_get::<Option<i64>, _>("occurred_at")
            .map_err(failed(doing))?
            .map(|micros| time(micros, doing))
            .transpose()?,
    };
    Ok(StoredDocument {
        id: DocumentId(number("id")?),
        document,
        content_hash: text("content_hash")?,
        fetched_at: time(number("fetched_at")?, doing)?,
        revision: Revision(number("revision")?),
        tombstone: optional("tombstone")?
            .map(|reason| word(Tombstone::from_word(&reason), &reason, doing))
            .transpose()?,
    })
}

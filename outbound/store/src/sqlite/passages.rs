//! Vectors beside their documents.

use daybook_core::model::document::{DocumentId, Revision};
use daybook_core::model::passage::{PassageVector, Piece};
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::store::{Embedded, Unembedded};
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::documents::{next_revisions, to_document};
use super::rows::{json, to_json, word};
use super::{Result, failed};

/// Characters of a text that models could read: far more than they do, far less than a log that was pasted.
const MODELS_READ: u32 = 64 * 1024;

pub(super) async fn vector_changes(
    pool: &SqlitePool,
    model: &ModelId,
    since: Revision,
    limit: u32,
) -> Result<Vec<PassageVector>> {
    let doing = "read the vectors that changed";
    let rows = sqlx::query(
        "select document_id, piece, scale, revision, numbers
         from passages
         where revision > ?
           and model = ?
         order by revision
         limit ?",
    )
    .bind(since.0)
    .bind(&model.0)
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    rows.iter()
        .map(|row| {
            let piece: String = row.try_get("piece").map_err(failed(doing))?;
            let numbers: &[u8] = row.try_get("numbers").map_err(failed(doing))?;
            let scale: f64 = row.try_get("scale").map_err(failed(doing))?;
            #[expect(clippy::cast_possible_truncation, reason = "it was stored from an f32")]
            Ok(PassageVector {
                document: DocumentId(row.try_get("document_id").map_err(failed(doing))?),
                piece: word(Piece::from_word(&piece), &piece, doing)?,
                numbers: numbers.iter().map(|byte| byte.cast_signed()).collect(),
                scale: scale as f32,
                revision: Revision(row.try_get("revision").map_err(failed(doing))?),
            })
        })
        .collect()
}

pub(super) async fn without_vectors(
    pool: &SqlitePool,
    model: &ModelId,
    limit: u32,
) -> Result<Vec<Unembedded>> {
    let doing = "look for documents without vectors";
    // Three ranges of one index: no model, one that sorts before, one that sorts after.
    let rows = sqlx::query(
        "with chosen as (
             select id from (
                 select id, updated_at from documents
                 where tombstone is null and indexed_model is null and kind <> 'worklog'
                 order by updated_at desc limit ?2)
             union all
             select id from (
                 select id from documents
                 where tombstone is null and (indexed_model < ?1 or indexed_model > ?1) and kind <> 'worklog'
                 limit ?2)
             limit ?2)
         select d.id, d.source, d.kind, d.external_id, d.key, d.url, d.project_key, d.project_name, d.state,
                d.state_category, d.audience, d.created_at, d.updated_at, d.content_hash, d.fetched_at, d.revision,
                d.tombstone, d.labels, d.people, d.title, d.occurred_at, '[]' as links, null as details,
                substr(d.body, 1, ?3) as body, '' as comments,
                (select json_group_array(json_array(p.piece, p.text_hash))
                 from passages p
                 where p.document_id = d.id and p.model = ?1) as held
         from chosen
         join documents d on d.id = chosen.id",
    )
    .bind(&model.0)
    .bind(limit)
    .bind(MODELS_READ)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    rows.iter()
        .map(|row| {
            let held: String = row.try_get("held").map_err(failed(doing))?;
            let held: Vec<(String, String)> = json(&held, doing)?;
            let held = held
                .into_iter()
                .map(|(piece, hash)| Ok((word(Piece::from_word(&piece), &piece, doing)?, hash)))
                .collect::<Result<_>>()?;
            Ok(Unembedded { stored: to_document(row, doing)?, held })
        })
        .collect()
}

pub(super) async fn save_vectors(
    connection: &mut SqliteConnection,
    model: &ModelId,
    documents: &[Embedded],
) -> Result<()> {
    let doing = "save vectors";
    let fresh =
        documents.iter().flat_map(|document| &document.pieces).filter(|piece| piece.vector.is_some()).count();
    let mut revision = next_revisions(connection, fresh).await?;
    for document in documents {
        for piece in &document.pieces {
            let Some((numbers, scale)) = &piece.vector else { continue };
            revision += 1;
            let numbers: Vec<u8> = numbers.iter().map(|number| number.cast_unsigned()).collect();
            sqlx::query(
                "insert into passages (document_id, piece, model, text_hash, scale, revision, numbers)
                 values (?, ?, ?, ?, ?, ?, ?)
                 on conflict (document_id, piece) do update
                 set model = excluded.model,
                     text_hash = excluded.text_hash,
                     scale = excluded.scale,
                     revision = excluded.revision,
                     numbers = excluded.numbers",
            )
            .bind(document.document.0)
            .bind(piece.piece.word())
            .bind(&model.0)
            .bind(&piece.text_hash)
            .bind(f64::from(*scale))
            .bind(revision)
            .bind(numbers)
            .execute(&mut *connection)
            .await
            .map_err(failed(doing))?;
        }
    }
    // A document that has changed since keeps its place in the list of those to embed.
    let made_from: Vec<(i64, &str)> =
        documents.iter().map(|d| (d.document.0, d.content_hash.as_str())).collect();
    sqlx::query(
        "update documents
         set indexed_model = ?1,
             indexed_at = unixepoch() * 1000000
         from (select value ->> 0 as id, value ->> 1 as content_hash from json_each(?2)) as made
         where documents.id = made.id
           and documents.content_hash = made.content_hash",
    )
    .bind(&model.0)
    .bind(to_json(&made_from, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

//! Changes of records' fields in the source's own time.

use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::document::{Change, DocumentId};
use daybook_core::model::source::SourceKind;
use serde_json::json;
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::rows::{json as read_json, time, to_json};
use super::{Result, failed};

pub(super) async fn changes(pool: &SqlitePool, id: DocumentId, viewer: &Viewer) -> Result<Vec<Change>> {
    let doing = "read the changes of a document";
    let document: Option<(String, String, String)> = sqlx::query_as(
        "select source, record_id, audience
         from documents
         where id = ? and tombstone is null and external_id = record_id",
    )
    .bind(id.0)
    .fetch_optional(pool)
    .await
    .map_err(failed(doing))?;
    let Some((source, record_id, audience)) = document else { return Ok(Vec::new()) };
    if !viewer.may_see(&read_json::<Audience>(&audience, doing)?) {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(
        "select *
         from changes
         where source = ? and record_id = ?
         order by at, change_id, field",
    )
    .bind(source)
    .bind(record_id)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    rows.iter()
        .map(|row| {
            let text = |column: &'static str| row.try_get::<String, _>(column).map_err(failed(doing));
            let optional =
                |column: &'static str| row.try_get::<Option<String>, _>(column).map_err(failed(doing));
            Ok(Change {
                record_id: text("record_id")?,
                change_id: text("change_id")?,
                field: text("field")?,
                at: time(row.try_get("at").map_err(failed(doing))?, doing)?,
                author: optional("author")?,
                author_name: optional("author_name")?,
                from: optional("from_value")?,
                to: optional("to_value")?,
            })
        })
        .collect()
}

/// What is held already stays as it is: history does not change.
pub(super) async fn save_changes(
    connection: &mut SqliteConnection,
    source: SourceKind,
    changes: &[Change],
) -> Result<u64> {
    let doing = "save changes in the source's own time";
    if changes.is_empty() {
        return Ok(0);
    }
    let rows: Vec<_> = changes
        .iter()
        .map(|change| {
            json!([
                change.record_id,
                change.change_id,
                change.field,
                change.at.timestamp_micros(),
                change.author,
                change.author_name,
                change.from,
                change.to
            ])
        })
        .collect();
    sqlx::query(
        "insert into changes
             (source, record_id, change_id, field, at, author, author_name, from_value, to_value)
         select ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
         from json_each(?)
         where true
         on conflict do nothing",
    )
    .bind(source.word())
    .bind(to_json(&rows, doing)?)
    .execute(connection)
    .await
    .map(|done| done.rows_affected())
    .map_err(failed(doing))
}

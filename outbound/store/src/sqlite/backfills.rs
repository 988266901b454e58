//! Backfills, their checkpoints, and what a running one has met.

use chrono::{DateTime, Utc};
use daybook_core::model::backfill::{Backfill, BackfillId, BackfillState, Days, Progress, RunKind, Window};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::Cursor;
use daybook_core::ports::store::StoreError;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool};

use super::rows::{json, time, to_json, uuid, word};
use super::{Result, censuses, failed};

pub(super) async fn backfill<'c, E>(executor: E, id: BackfillId) -> Result<Option<Backfill>>
where
    E: sqlx::Executor<'c, Database = Sqlite>,
{
    let doing = "read a backfill";
    sqlx::query("select * from backfills where id = ?")
        .bind(id.to_string())
        .fetch_optional(executor)
        .await
        .map_err(failed(doing))?
        .map(|row| to_backfill(&row, doing))
        .transpose()
}

pub(super) async fn backfills(pool: &SqlitePool, limit: u32) -> Result<Vec<Backfill>> {
    let doing = "list the backfills";
    sqlx::query(
        "select *
         from backfills
         order by created_at desc, id desc
         limit ?",
    )
    .bind(limit)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?
    .iter()
    .map(|row| to_backfill(row, doing))
    .collect()
}

pub(super) async fn checkpoint(pool: &SqlitePool, id: BackfillId) -> Result<Option<Cursor>> {
    sqlx::query_scalar("select cursor from checkpoints where backfill_id = ?")
        .bind(id.to_string())
        .fetch_optional(pool)
        .await
        .map(|cursor| cursor.map(Cursor))
        .map_err(failed("read a checkpoint"))
}

pub(super) async fn add_backfill(connection: &mut SqliteConnection, backfill: &Backfill) -> Result<()> {
    let doing = "add a backfill";
    sqlx::query(
        "insert into backfills
             (id, source, from_at, to_at, days, project, state, progress, warnings, error, requested_by,
              created_at, started_at, finished_at, kind, item, accepts_losses)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(backfill.id.to_string())
    .bind(backfill.source.word())
    .bind(backfill.window.from.timestamp_micros())
    .bind(backfill.window.to.timestamp_micros())
    .bind(backfill.window.days.map(Days::get))
    .bind(&backfill.project)
    .bind(backfill.state.word())
    .bind(to_json(&backfill.progress, doing)?)
    .bind(to_json(&backfill.warnings, doing)?)
    .bind(&backfill.error)
    .bind(&backfill.requested_by)
    .bind(backfill.created_at.timestamp_micros())
    .bind(backfill.started_at.map(|at| at.timestamp_micros()))
    .bind(backfill.finished_at.map(|at| at.timestamp_micros()))
    .bind(backfill.kind.word())
    .bind(&backfill.item)
    .bind(backfill.accepts_losses)
    .execute(connection)
    .await
    .map_err(failed(doing))?;
    Ok(())
}

pub(super) async fn active_backfills(
    connection: &mut SqliteConnection,
    source: SourceKind,
) -> Result<Vec<Backfill>> {
    let doing = "look for runs that are not over";
    sqlx::query(
        "select *
         from backfills
         where state in ('queued', 'running')
           and source = ?
         order by created_at",
    )
    .bind(source.word())
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?
    .iter()
    .map(|row| to_backfill(row, doing))
    .collect()
}

pub(super) async fn advance(
    connection: &mut SqliteConnection,
    id: BackfillId,
    progress: &Progress,
    cursor: Option<&Cursor>,
) -> Result<()> {
    let doing = "save a backfill's progress";
    let done = sqlx::query("update backfills set progress = ?, error = null where id = ?")
        .bind(to_json(progress, doing)?)
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?;
    must_be_one(done.rows_affected(), doing, id)?;
    if let Some(Cursor(cursor)) = cursor {
        sqlx::query(
            "insert into checkpoints (backfill_id, cursor)
             values (?, ?)
             on conflict (backfill_id) do update set cursor = excluded.cursor",
        )
        .bind(id.to_string())
        .bind(cursor)
        .execute(connection)
        .await
        .map_err(failed("save a checkpoint"))?;
    }
    Ok(())
}

pub(super) async fn set_backfill_state(
    connection: &mut SqliteConnection,
    id: BackfillId,
    state: BackfillState,
    warnings: &[String],
    error: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "move a backfill to a state";
    let now = now.timestamp_micros();
    let done = sqlx::query(
        "update backfills
         set state = ?1,
             warnings = ?2,
             error = ?3,
             started_at = case when ?1 = 'running' then coalesce(started_at, ?4) else started_at end,
             finished_at = case when ?1 in ('done', 'failed', 'cancelled') then ?4 end
         where id = ?5",
    )
    .bind(state.word())
    .bind(to_json(warnings, doing)?)
    .bind(error)
    .bind(now)
    .bind(id.to_string())
    .execute(&mut *connection)
    .await
    .map_err(failed(doing))?;
    must_be_one(done.rows_affected(), doing, id)?;
    if state == BackfillState::Done {
        take_back_failure(connection, id).await?;
    }
    Ok(())
}

/// As if it had only just been asked for. What it stored stays, and is found unchanged.
pub(super) async fn restart_backfill(connection: &mut SqliteConnection, id: BackfillId) -> Result<()> {
    let doing = "put a run back to its beginning";
    sqlx::query("delete from checkpoints where backfill_id = ?")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(failed(doing))?;
    let done = sqlx::query(
        "update backfills
         set state = 'queued',
             progress = ?1,
             warnings = '[]',
             error = null,
             started_at = null,
             finished_at = null
         where id = ?2",
    )
    .bind(to_json(&Progress::default(), doing)?)
    .bind(id.to_string())
    .execute(connection)
    .await
    .map_err(failed(doing))?;
    must_be_one(done.rows_affected(), doing, id)
}

/// A run over a whole source ended well: why an earlier one failed is no longer how it stands.
async fn take_back_failure(connection: &mut SqliteConnection, id: BackfillId) -> Result<()> {
    sqlx::query(
        "update sources
         set last_error = null,
             last_error_at = null
         where last_error is not null
           and source = (select source from backfills where id = ? and project is null and item is null)",
    )
    .bind(id.to_string())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("note that a run ended well"))
}

pub(super) async fn note_seen(
    connection: &mut SqliteConnection,
    id: BackfillId,
    external_ids: &[&str],
) -> Result<u64> {
    let doing = "note which records have come";
    sqlx::query(
        "insert into backfill_seen (backfill_id, external_id)
         select ?, value
         from json_each(?)
         where true
         on conflict do nothing",
    )
    .bind(id.to_string())
    .bind(to_json(external_ids, doing)?)
    .execute(connection)
    .await
    .map(|done| done.rows_affected())
    .map_err(failed(doing))
}

pub(super) async fn forget_seen(connection: &mut SqliteConnection, id: BackfillId) -> Result<()> {
    sqlx::query("delete from backfill_seen where backfill_id = ?")
        .bind(id.to_string())
        .execute(&mut *connection)
        .await
        .map_err(failed("forget which records have come"))?;
    censuses::forget_listed(connection, id).await
}

/// So many are forgotten at a time, so that nobody waits long for it.
const FORGOTTEN_AT_ONCE: u32 = 100;

/// Forgets syncs and censuses that ended before a moment, in microseconds. Backfills stay.
pub(super) async fn forget_over(connection: &mut SqliteConnection, before: i64) -> Result<()> {
    let doing = "forget runs that are over";
    let ids: Vec<String> = sqlx::query_scalar(
        "select id
         from backfills
         where kind <> 'backfill'
           and finished_at is not null
           and finished_at < ?
         order by finished_at
         limit ?",
    )
    .bind(before)
    .bind(FORGOTTEN_AT_ONCE)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    if ids.is_empty() {
        return Ok(());
    }
    let ids = to_json(&ids, doing)?;
    for forget in [
        "delete from checkpoints where backfill_id in (select value from json_each(?))",
        "delete from backfills where id in (select value from json_each(?))",
    ] {
        sqlx::query(forget).bind(&ids).execute(&mut *connection).await.map_err(failed(doing))?;
    }
    Ok(())
}

fn must_be_one(rows: u64, doing: &'static str, id: BackfillId) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::Unreadable { doing, what: format!("{rows} rows for backfill {id}") })
    }
}

fn to_backfill(row: &SqliteRow, doing: &'static str) -> Result<Backfill> {
    let get = |column: &'static str| row.try_get::<i64, _>(column).map_err(failed(doing));
    let text = |column: &'static str| row.try_get::<String, _>(column).map_err(failed(doing));
    let optional_time = |column: &'static str| {
        let micros: Option<i64> = row.try_get(column).map_err(failed(doing))?;
        micros.map(|micros| time(micros, doing)).transpose()
    };
    let (source, state, kind) = (text("source")?, text("state")?, text("kind")?);
    let days: Option<i64> = row.try_get("days").map_err(failed(doing))?;
    Ok(Backfill {
        id: BackfillId(uuid(&text("id")?, doing)?),
        kind: word(RunKind::from_word(&kind), &kind, doing)?,
        source: word(source.parse().ok(), &source, doing)?,
        window: Window {
            from: time(get("from_at")?, doing)?,
            to: time(get("to_at")?, doing)?,
            days: days
                .map(Days::try_from)
                .transpose()
                .map_err(|error| StoreError::Unreadable { doing, what: error.to_string() })?,
        },
        project: row.try_get("project").map_err(failed(doing))?,
        item: row.try_get("item").map_err(failed(doing))?,
        accepts_losses: row.try_get("accepts_losses").map_err(failed(doing))?,
        state: word(BackfillState::from_word(&state), &state, doing)?,
        progress: json(&text("progress")?, doing)?,
        warnings: json(&text("warnings")?, doing)?,
        error: row.try_get("error").map_err(failed(doing))?,
        requested_by: text("requested_by")?,
        created_at: time(get("created_at")?, doing)?,
        started_at: optional_time("started_at")?,
        finished_at: optional_time("finished_at")?,
    })
}

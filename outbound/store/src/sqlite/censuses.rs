//! What a census has listed, and how it compares with what is held.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use daybook_core::model::backfill::BackfillId;
use daybook_core::model::census::{Ledger, Line};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::Listed;
use daybook_core::ports::store::{Comparison, StoreError};
use sqlx::{SqliteConnection, SqlitePool};

use super::rows::{count, json, to_json};
use super::{Result, failed};

pub(super) async fn ledger(pool: &SqlitePool, source: SourceKind) -> Result<Option<Ledger>> {
    let doing = "read what a census found";
    let ledger: Option<Option<String>> = sqlx::query_scalar("select ledger from sources where source = ?")
        .bind(source.word())
        .fetch_optional(pool)
        .await
        .map_err(failed(doing))?;
    ledger.flatten().map(|ledger| json(&ledger, doing)).transpose()
}

pub(super) async fn save_ledger(
    connection: &mut SqliteConnection,
    source: SourceKind,
    ledger: &Ledger,
) -> Result<()> {
    let doing = "keep what a census found";
    sqlx::query(
        "insert into sources (source, ledger)
         values (?1, ?2)
         on conflict (source) do update set ledger = ?2",
    )
    .bind(source.word())
    .bind(to_json(ledger, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

pub(super) async fn note_listed(
    connection: &mut SqliteConnection,
    id: BackfillId,
    listed: &[Listed],
) -> Result<u64> {
    let doing = "note what a census has listed";
    let rows: Vec<_> = listed
        .iter()
        .map(|one| (&one.external_id, &one.project, one.day.map(|day| day.to_string())))
        .collect();
    sqlx::query(
        "insert into census_listed (backfill_id, external_id, project, day)
         select ?, value ->> 0, value ->> 1, value ->> 2
         from json_each(?)
         where true
         on conflict do nothing",
    )
    .bind(id.to_string())
    .bind(to_json(&rows, doing)?)
    .execute(connection)
    .await
    .map(|done| done.rows_affected())
    .map_err(failed(doing))
}

/// The records of a source that are held from a moment on: those whose first document is theirs, in the projects that
/// were listed.
const HELD: &str = "with held as (
         select record_id, project_key, key, coalesce(occurred_at, updated_at) as moment
         from documents
         where source = ?1
           and tombstone is null
           and external_id = record_id
           and coalesce(occurred_at, updated_at) >= ?2
           and (?3 = '[]' or project_key in (select value from json_each(?3))))
     ";

pub(super) async fn compare(
    connection: &mut SqliteConnection,
    id: BackfillId,
    source: SourceKind,
    from: DateTime<Utc>,
    projects: &[String],
) -> Result<Comparison> {
    let doing = "compare a census with what is held";
    let (from, projects) = (from.timestamp_micros(), to_json(projects, doing)?);
    let held: Vec<(Option<String>, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{HELD} select project_key, count(*) from held group by 1"
    )))
    .bind(source.word())
    .bind(from)
    .bind(&projects)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    // A list that does not say the project of a record leaves it to the document that is held of it.
    let listed: Vec<(Option<String>, i64)> = sqlx::query_as(
        "select coalesce(l.project, d.project_key), count(*)
         from census_listed l
         left join documents d on d.source = ? and d.external_id = l.external_id and d.tombstone is null
         where l.backfill_id = ?
         group by 1",
    )
    .bind(source.word())
    .bind(id.to_string())
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    // Records that cannot be read are held, in quarantine.
    let missing: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
        "select l.external_id, l.project, l.day
         from census_listed l
         where l.backfill_id = ?2
           and not exists (select 1 from documents d
                           where d.source = ?1 and d.external_id = l.external_id and d.tombstone is null)
           and not exists (select 1 from quarantine q where q.source = ?1 and q.external_id = l.external_id)
           and not exists (select 1 from open_records o where o.source = ?1 and o.external_id = l.external_id)
         order by l.external_id",
    )
    .bind(source.word())
    .bind(id.to_string())
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let surplus: Vec<(String, Option<String>, String, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{HELD} select record_id, project_key, key, date(moment / 1000000, 'unixepoch')
         from held
         where not exists (select 1 from census_listed l
                           where l.backfill_id = ?4 and l.external_id = held.record_id)
         order by record_id"
        )))
        .bind(source.word())
        .bind(from)
        .bind(&projects)
        .bind(id.to_string())
        .fetch_all(&mut *connection)
        .await
        .map_err(failed(doing))?;
    let unseen_projects: Vec<String> = sqlx::query_scalar(
        "select distinct project_key
         from documents
         where source = ?1
           and tombstone is null
           and coalesce(occurred_at, updated_at) >= ?2
           and ?3 <> '[]'
           and project_key is not null
           and project_key not in (select value from json_each(?3))
         order by 1",
    )
    .bind(source.word())
    .bind(from)
    .bind(&projects)
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    let day = |text: &str| -> Result<NaiveDate> {
        text.parse().map_err(|_| StoreError::Unreadable { doing, what: format!("the day {text}") })
    };
    let mut lines: BTreeMap<Option<String>, Line> = BTreeMap::new();
    let line = |project: &Option<String>| Line { project: project.clone(), source: 0, held: 0 };
    for (project, number) in &held {
        lines.entry(project.clone()).or_insert_with(|| line(project)).held = count(*number);
    }
    for (project, number) in &listed {
        lines.entry(project.clone()).or_insert_with(|| line(project)).source = count(*number);
    }
    Ok(Comparison {
        source: listed.iter().map(|(_, number)| count(*number)).sum(),
        held: held.iter().map(|(_, number)| count(*number)).sum(),
        lines: lines.into_values().collect(),
        missing: missing
            .into_iter()
            .map(|(external_id, project, at)| {
                Ok(Listed { external_id, project, day: at.as_deref().map(day).transpose()? })
            })
            .collect::<Result<_>>()?,
        surplus: surplus
            .into_iter()
            .map(|(external_id, project, key, at)| {
                Ok((Listed { external_id, project, day: Some(day(&at)?) }, key))
            })
            .collect::<Result<_>>()?,
        unseen_projects,
    })
}

pub(super) async fn forget_listed(connection: &mut SqliteConnection, id: BackfillId) -> Result<()> {
    sqlx::query("delete from census_listed where backfill_id = ?")
        .bind(id.to_string())
        .execute(connection)
        .await
        .map(|_| ())
        .map_err(failed("forget what a census has listed"))
}

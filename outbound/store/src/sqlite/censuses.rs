//! What a census has listed, and how it compares with what is held.

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
        .map(|one| (&one.external_id, &one.project, one.day.map(|day| day.to_string()), &one.version))
        .collect();
    sqlx::query(
        "insert into census_listed (backfill_id, external_id, project, day, version)
         select ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3
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

pub(super) async fn compare(
    connection: &mut SqliteConnection,
    id: BackfillId,
    source: SourceKind,
    from: DateTime<Utc>,
    projects: &[String],
) -> Result<Comparison> {
    let doing = "compare a census with what is held";
    let found: Option<(String, String)> =
        sqlx::query_as("select lines, unseen_projects from census_found where backfill_id = ?")
            .bind(id.to_string())
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed(doing))?;
    let (lines, unseen_projects) = if let Some((lines, unseen)) = found {
        (json(&lines, doing)?, json(&unseen, doing)?)
    } else {
        let projects = to_json(projects, doing)?;
        note_missing(connection, id, source).await?;
        note_stale(connection, id, source).await?;
        note_surplus(connection, id, source, from, &projects).await?;
        let lines = lines(connection, id, source).await?;
        let unseen = unseen_projects(connection, source, from, &projects).await?;
        sqlx::query("insert into census_found (backfill_id, lines, unseen_projects) values (?, ?, ?)")
            .bind(id.to_string())
            .bind(to_json(&lines, doing)?)
            .bind(to_json(&unseen, doing)?)
            .execute(&mut *connection)
            .await
            .map_err(failed(doing))?;
        (lines, unseen)
    };
    let (missing, missing_beyond) = differences(connection, id, MISSING).await?;
    let (surplus, surplus_beyond) = differences(connection, id, SURPLUS).await?;
    let (stale, stale_beyond) = differences(connection, id, STALE).await?;
    let named = |found: Vec<(Listed, Option<String>)>| {
        found.into_iter().map(|(listed, key)| (listed, key.unwrap_or_default())).collect()
    };
    Ok(Comparison {
        source: lines.iter().map(|line: &Line| line.source).sum(),
        held: lines.iter().map(|line| line.held).sum(),
        lines,
        missing: missing.into_iter().map(|(listed, _)| listed).collect(),
        missing_beyond,
        surplus: named(surplus),
        surplus_beyond,
        stale: named(stale),
        stale_beyond,
        unseen_projects,
        older: older(connection, source, from).await?,
    })
}

const MISSING: &str = "missing";
const SURPLUS: &str = "surplus";
const STALE: &str = "stale";

/// Listed in another state than it was read in. Where either side does not say, nothing is concluded; what its source
/// had not finished is asked for with every sync.
async fn note_stale(connection: &mut SqliteConnection, id: BackfillId, source: SourceKind) -> Result<()> {
    sqlx::query(
        "insert into census_differences (backfill_id, side, external_id, project, key, day)
         select l.backfill_id, ?1, l.external_id, coalesce(l.project, d.project_key), d.key, l.day
         from census_listed l
         join raw_records r on r.source = ?3 and r.external_id = l.external_id
         join documents d on d.source = ?3 and d.external_id = l.external_id and d.tombstone is null
         where l.backfill_id = ?2
           and l.version <> r.version
           and not exists (select 1 from open_records o where o.source = ?3 and o.external_id = l.external_id)",
    )
    .bind(STALE)
    .bind(id.to_string())
    .bind(source.word())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("note what has changed without a sync noticing"))
}

/// Listed and not held, or held as something that cannot be read: it may be readable by now. What its source has not
/// finished is asked for with every sync.
async fn note_missing(connection: &mut SqliteConnection, id: BackfillId, source: SourceKind) -> Result<()> {
    sqlx::query(
        "insert into census_differences (backfill_id, side, external_id, project, day)
         select l.backfill_id, ?1, l.external_id, l.project, l.day
         from census_listed l
         where l.backfill_id = ?2
           and (not exists (select 1 from documents d
                            where d.source = ?3 and d.external_id = l.external_id and d.tombstone is null)
                or exists (select 1 from quarantine q where q.source = ?3 and q.external_id = l.external_id))
           and not exists (select 1 from open_records o where o.source = ?3 and o.external_id = l.external_id)",
    )
    .bind(MISSING)
    .bind(id.to_string())
    .bind(source.word())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("note what a census found missing"))
}

/// Held from a moment on and not listed: records whose first document is theirs, in the projects that were listed.
async fn note_surplus(
    connection: &mut SqliteConnection,
    id: BackfillId,
    source: SourceKind,
    from: DateTime<Utc>,
    projects: &str,
) -> Result<()> {
    sqlx::query(
        "insert into census_differences (backfill_id, side, external_id, project, key, day)
         select ?1, ?2, d.external_id, d.project_key, d.key,
                date(coalesce(d.occurred_at, d.updated_at) / 1000000, 'unixepoch')
         from documents d
         where d.source = ?3
           and d.tombstone is null
           and d.external_id = d.record_id
           and coalesce(d.occurred_at, d.updated_at) >= ?4
           and (?5 = '[]' or d.project_key in (select value from json_each(?5)))
           and not exists (select 1 from census_listed l
                           where l.backfill_id = ?1 and l.external_id = d.external_id)",
    )
    .bind(id.to_string())
    .bind(SURPLUS)
    .bind(source.word())
    .bind(from.timestamp_micros())
    .bind(projects)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("note what a census did not list"))
}

/// Both sides by project: what is held is what was listed, without what is missing and with what is surplus.
async fn lines(connection: &mut SqliteConnection, id: BackfillId, source: SourceKind) -> Result<Vec<Line>> {
    let doing = "count what a census compared";
    // A list that does not say the project of a record leaves it to the document that is held of it.
    let rows: Vec<(Option<String>, i64, i64)> = sqlx::query_as(
        "select project, sum(listed), sum(held)
         from (select coalesce(l.project, d.project_key) as project, count(*) as listed, count(*) as held
               from census_listed l
               left join documents d
                      on d.source = ?1 and d.external_id = l.external_id and d.tombstone is null
               where l.backfill_id = ?2
               group by 1
               union all
               select project, 0, sum(case side when 'missing' then -1 when 'surplus' then 1 else 0 end)
               from census_differences
               where backfill_id = ?2
               group by 1)
         group by project
         order by project",
    )
    .bind(source.word())
    .bind(id.to_string())
    .fetch_all(connection)
    .await
    .map_err(failed(doing))?;
    let line = |(project, listed, held)| Line { project, source: count(listed), held: count(held) };
    Ok(rows.into_iter().map(line).collect())
}

/// Records that are held from before a moment: they are not compared.
async fn older(connection: &mut SqliteConnection, source: SourceKind, from: DateTime<Utc>) -> Result<u64> {
    sqlx::query_scalar(
        "select count(*)
         from documents
         where source = ?
           and tombstone is null
           and external_id = record_id
           and coalesce(occurred_at, updated_at) < ?",
    )
    .bind(source.word())
    .bind(from.timestamp_micros())
    .fetch_one(connection)
    .await
    .map(count)
    .map_err(failed("count what a census did not compare"))
}

/// Projects of which something is held and that were not listed.
async fn unseen_projects(
    connection: &mut SqliteConnection,
    source: SourceKind,
    from: DateTime<Utc>,
    projects: &str,
) -> Result<Vec<String>> {
    sqlx::query_scalar(
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
    .bind(from.timestamp_micros())
    .bind(projects)
    .fetch_all(connection)
    .await
    .map_err(failed("look for projects that a census did not list"))
}

/// Id, project, day, and what people call it.
type DifferenceRow = (String, Option<String>, Option<String>, Option<String>);

/// The first differences of a side, with what people call them, and how many more there are.
async fn differences(
    connection: &mut SqliteConnection,
    id: BackfillId,
    side: &str,
) -> Result<(Vec<(Listed, Option<String>)>, u64)> {
    let doing = "read what a census found";
    let rows: Vec<DifferenceRow> = sqlx::query_as(
        "select external_id, project, day, key
         from census_differences
         where backfill_id = ?
           and side = ?
         order by external_id
         limit ?",
    )
    .bind(id.to_string())
    .bind(side)
    .bind(i64::try_from(Comparison::MOST_LISTED).unwrap_or(i64::MAX))
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let all: i64 =
        sqlx::query_scalar("select count(*) from census_differences where backfill_id = ? and side = ?")
            .bind(id.to_string())
            .bind(side)
            .fetch_one(connection)
            .await
            .map_err(failed(doing))?;
    let day = |text: String| -> Result<NaiveDate> {
        text.parse().map_err(|_| StoreError::Unreadable { doing, what: format!("the day {text}") })
    };
    let found = rows
        .into_iter()
        .map(|(external_id, project, at, key)| {
            Ok((Listed { external_id, project, day: at.map(day).transpose()?, version: None }, key))
        })
        .collect::<Result<Vec<_>>>()?;
    let beyond = count(all).saturating_sub(found.len() as u64);
    Ok((found, beyond))
}

pub(super) async fn forget_listed(connection: &mut SqliteConnection, id: BackfillId) -> Result<()> {
    let (doing, id) = ("forget what a census has listed", id.to_string());
    for forget in [
        "delete from census_listed where backfill_id = ?",
        "delete from census_differences where backfill_id = ?",
        "delete from census_found where backfill_id = ?",
    ] {
        sqlx::query(forget).bind(&id).execute(&mut *connection).await.map_err(failed(doing))?;
    }
    Ok(())
}

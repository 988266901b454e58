//! How fresh each source is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use daybook_core::model::audience::Viewer;
use daybook_core::model::census::Ledger;
use daybook_core::model::source::{Confirmed, Freshness, SourceKind};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection, SqlitePool};

use super::rows::{count, json, time, to_json, word};
use super::{Result, failed};

pub(super) async fn freshness(pool: &SqlitePool, viewer: &Viewer) -> Result<Vec<Freshness>> {
    let doing = "read how fresh the sources are";
    let held = held(pool, viewer).await?;
    let rows = sqlx::query(
        "select name.source,
                (select count(*) from quarantine q where q.source = name.source) as quarantined,
                s.confirmed_from,
                s.confirmed_until,
                s.last_success_at,
                s.last_error,
                (select count(*) from gaps g where g.source = name.source) as gaps,
                (select count(*) from open_records o where o.source = name.source) as open_records,
                coalesce(s.unseen, '[]') as unseen,
                s.ledger,
                (select b.kind || ' since ' || strftime('%Y-%m-%d %H:%M UTC', b.created_at / 1000000, 'unixepoch')
                        || case when b.state = 'queued' then ', waiting'
                                when b.error is not null then ', ' || b.error
                                else '' end
                 from backfills b
                 where b.source = name.source and b.state in ('queued', 'running')
                 order by b.state = 'running' desc, b.created_at
                 limit 1) as running,
                (select due_at from ticks t where t.name = 'sync:' || name.source) as next_sync,
                (select due_at from ticks t where t.name = 'census:' || name.source) as next_census
         from (select value as source from json_each(?)) as name
         left join sources s on s.source = name.source
         where s.source is not null
            or exists (select 1 from backfills b where b.source = name.source)",
    )
    .bind(to_json(&SourceKind::ALL, doing)?)
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    let found = rows.iter().map(|row| to_freshness(row, &held, doing));
    let found: BTreeMap<SourceKind, Freshness> =
        found.map(|one| one.map(|one| (one.source, one))).collect::<Result<_>>()?;
    Ok(found.into_values().collect())
}

fn to_freshness(row: &SqliteRow, held: &BTreeMap<SourceKind, u64>, doing: &'static str) -> Result<Freshness> {
    let source: String = row.try_get("source").map_err(failed(doing))?;
    let source: SourceKind = word(source.parse().ok(), &source, doing)?;
    let optional_time = |column: &'static str| {
        let micros: Option<i64> = row.try_get(column).map_err(failed(doing))?;
        micros.map(|micros| time(micros, doing)).transpose()
    };
    let number = |column: &'static str| row.try_get::<i64, _>(column).map(count).map_err(failed(doing));
    Ok(Freshness {
        source,
        held: held.get(&source).copied().unwrap_or(0),
        quarantined: number("quarantined")?,
        confirmed: optional_time("confirmed_from")?
            .zip(optional_time("confirmed_until")?)
            .map(|(from, until)| Confirmed { from, until }),
        last_success_at: optional_time("last_success_at")?,
        last_error: row.try_get("last_error").map_err(failed(doing))?,
        gaps: number("gaps")?,
        open: number("open_records")?,
        unseen: json(&row.try_get::<String, _>("unseen").map_err(failed(doing))?, doing)?,
        census: row
            .try_get::<Option<String>, _>("ledger")
            .map_err(failed(doing))?
            .map(|ledger| json::<Ledger>(&ledger, doing))
            .transpose()?
            .and_then(|ledger| ledger.summary()),
        running: row.try_get("running").map_err(failed(doing))?,
        next_sync_at: optional_time("next_sync")?,
        next_census_at: optional_time("next_census")?,
    })
}

/// Documents that the viewer may see, by source.
async fn held(pool: &SqlitePool, viewer: &Viewer) -> Result<BTreeMap<SourceKind, u64>> {
    let doing = "count what is held of each source";
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "select source, audience, count(*)
         from documents
         where tombstone is null
         group by audience, source",
    )
    .fetch_all(pool)
    .await
    .map_err(failed(doing))?;
    let mut held = BTreeMap::new();
    for (source, audience, number) in rows {
        if viewer.may_see(&json(&audience, doing)?) {
            *held.entry(word(source.parse().ok(), &source, doing)?).or_default() += count(number);
        }
    }
    Ok(held)
}

pub(super) async fn confirm(
    connection: &mut SqliteConnection,
    source: SourceKind,
    stretch: Confirmed,
    now: DateTime<Utc>,
) -> Result<()> {
    let doing = "note how fresh a source is";
    let held: Option<(Option<i64>, Option<i64>)> =
        sqlx::query_as("select confirmed_from, confirmed_until from sources where source = ?")
            .bind(source.word())
            .fetch_optional(&mut *connection)
            .await
            .map_err(failed(doing))?;
    let stretch = match held {
        Some((Some(from), Some(until))) => {
            // What reaches beyond now was confirmed by a clock that was wrong.
            Confirmed { from: time(from, doing)?, until: time(until, doing)?.min(now) }.and(stretch)
        }
        _ => stretch,
    };
    sqlx::query(
        "insert into sources (source, confirmed_from, confirmed_until, last_success_at)
         values (?1, ?2, ?3, ?4)
         on conflict (source) do update
         set confirmed_from = ?2,
             confirmed_until = ?3,
             last_success_at = ?4,
             last_error = null,
             last_error_at = null",
    )
    .bind(source.word())
    .bind(stretch.from.timestamp_micros())
    .bind(stretch.until.timestamp_micros())
    .bind(now.timestamp_micros())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

pub(super) async fn note_failure(
    connection: &mut SqliteConnection,
    source: SourceKind,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query(
        "insert into sources (source, last_error, last_error_at)
         values (?1, ?2, ?3)
         on conflict (source) do update
         set last_error = ?2,
             last_error_at = ?3",
    )
    .bind(source.word())
    .bind(reason)
    .bind(now.timestamp_micros())
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed("note why a source's run failed"))
}

pub(super) async fn note_unseen(
    connection: &mut SqliteConnection,
    source: SourceKind,
    unseen: &[String],
) -> Result<()> {
    let doing = "note what a credential is not shown";
    sqlx::query(
        "insert into sources (source, unseen)
         values (?1, ?2)
         on conflict (source) do update set unseen = ?2 where unseen <> ?2",
    )
    .bind(source.word())
    .bind(to_json(unseen, doing)?)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(failed(doing))
}

//! `daybook sources`: how fresh each source is, and what of it could not be read.

use std::sync::Arc;

use daybook_core::model::audience::Viewer;
use daybook_core::model::source::{Confirmed, Freshness, SourceKind};
use daybook_core::ports::clock::Clock;
use daybook_core::ports::store::Store as _;
use daybook_sources::http::LocalBudget;
use serde_json::json;

use crate::cli::Sources;
use crate::config::Config;
use crate::ended::Ended;
use crate::{output, parts};

/// Quarantined records that are listed of a source.
const LISTED: u32 = 100;

pub(super) async fn run(flags: &Sources, config: &Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    super::log_quietly(config)?;
    parts::check(config)?;
    let configured = parts::sources(config, Arc::new(LocalBudget::default()), Arc::clone(&clock))?;
    let store = parts::existing_store(config).await?;
    let fresh = store.freshness(&Viewer::admin()).await.map_err(|error| Ended::from_fault(&error))?;
    if flags.quarantine {
        return quarantine(flags, &store).await;
    }
    if flags.gaps {
        return gaps(flags, &store, clock.as_ref()).await;
    }
    if flags.json {
        let rows: Vec<_> = fresh.iter().map(to_json).collect();
        return Ok(output::json(&json!(rows))?);
    }
    for kind in SourceKind::ALL {
        let off = if configured.contains_key(&kind) { "" } else { "  (off: it has no settings here)" };
        match fresh.iter().find(|fresh| fresh.source == kind) {
            Some(fresh) => output::line(&output::plain(&format!("{}{off}", row(fresh, clock.as_ref()))))?,
            None => output::line(&format!("{kind:<10} nothing was ever read{off}"))?,
        }
    }
    Ok(())
}

fn row(fresh: &Freshness, clock: &dyn Clock) -> String {
    let until = fresh.confirmed.map_or_else(
        || "never read to an end".to_owned(),
        |Confirmed { from, until }| {
            let age = in_words(clock.now() - until);
            let (from, until) = (from.format("%Y-%m-%d"), until.format("%Y-%m-%d %H:%M"));
            format!("complete until {until} UTC ({age} ago) for changes since {from}")
        },
    );
    let quarantined =
        if fresh.quarantined > 0 { format!(", {} in quarantine", fresh.quarantined) } else { String::new() };
    let error = fresh
        .last_error
        .as_deref()
        .map_or_else(String::new, |error| format!("\n           last run failed: {error}"));
    let mut row =
        format!("{:<10} {} documents{quarantined}, {until}{error}", fresh.source.word(), fresh.held);
    for line in details(fresh, clock) {
        row.push_str("\n           ");
        row.push_str(&line);
    }
    row
}

/// What else is known of a source, a line each.
fn details(fresh: &Freshness, clock: &dyn Clock) -> Vec<String> {
    let mut lines = Vec::new();
    match fresh.census {
        Some(census) => lines.push(format!(
            "the source's own list: {} records, {} held then, {}, compared {} ago",
            census.source,
            census.held,
            if census.differing == 0 {
                "no difference".to_owned()
            } else {
                format!("{} differed", census.differing)
            },
            in_words(clock.now() - census.compared_at)
        )),
        None => lines.push(format!("never compared: `daybook prove {}` does", fresh.source)),
    }
    if fresh.gaps + fresh.open > 0 {
        lines.push(format!(
            "{} gaps, {} records not finished at the source (`daybook sources --gaps`)",
            fresh.gaps, fresh.open
        ));
    }
    lines.extend(fresh.running.iter().map(|running| format!("now: {running}")));
    let next = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or_else(|| "not on its own".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string())
    };
    lines.push(format!("next sync {}, next census {}", next(fresh.next_sync_at), next(fresh.next_census_at)));
    lines.extend(fresh.unseen.iter().map(|unseen| format!("not seen: {unseen}")));
    lines
}

async fn gaps(
    flags: &Sources,
    store: &daybook_store::sqlite::SqliteStore,
    clock: &dyn Clock,
) -> Result<(), Ended> {
    let (mut rows, mut open) = (Vec::new(), Vec::new());
    for kind in SourceKind::ALL {
        let gaps = store.gaps(kind, LISTED).await.map_err(|error| Ended::from_fault(&error))?;
        rows.extend(gaps.into_iter().map(|gap| (kind, gap)));
        let waiting = store.open_records(kind, clock.now()).await;
        let waiting = waiting.map_err(|error| Ended::from_fault(&error))?;
        open.extend(waiting.into_iter().map(|one| (kind, one)));
    }
    if flags.json {
        let gaps: Vec<_> = rows
            .iter()
            .map(|(kind, gap)| json!({"source": kind, "external_id": gap.external_id, "what": gap.what, "first_seen_at": gap.first_seen_at}))
            .collect();
        let open: Vec<_> = open
            .iter()
            .map(|(kind, one)| json!({"source": kind, "external_id": one.external_id, "reason": one.reason, "since": one.since, "until": one.until}))
            .collect();
        return Ok(output::json(&json!({"gaps": gaps, "open": open}))?);
    }
    if rows.is_empty() && open.is_empty() {
        output::line("No gaps are known, and nothing is waited for.")?;
    }
    for (kind, gap) in &rows {
        let since = gap.first_seen_at.format("%Y-%m-%d");
        output::line(&output::plain(&format!("{kind}  {}  since {since}  {}", gap.external_id, gap.what)))?;
    }
    for (kind, one) in &open {
        let until = one.until.format("%Y-%m-%d %H:%M UTC");
        output::line(&output::plain(&format!(
            "{kind}  {}  waited for until {until}: {}",
            one.external_id, one.reason
        )))?;
    }
    Ok(())
}

/// An age in its largest whole unit.
pub(super) fn in_words(age: chrono::TimeDelta) -> String {
    if age.num_minutes() < 1 {
        return "a moment".to_owned();
    }
    let (number, unit) = match age.num_minutes() {
        minutes @ ..120 => (minutes.max(0), "minute"),
        minutes @ 120..2_880 => (minutes / 60, "hour"),
        minutes => (minutes / 1_440, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

async fn quarantine(flags: &Sources, store: &daybook_store::sqlite::SqliteStore) -> Result<(), Ended> {
    let mut rows = Vec::new();
    for kind in SourceKind::ALL {
        let kept = store.quarantined(kind, LISTED).await.map_err(|error| Ended::from_fault(&error))?;
        rows.extend(kept.into_iter().map(|kept| (kind, kept)));
    }
    if flags.json {
        let rows: Vec<_> = rows
            .iter()
            .map(|(kind, kept)| json!({"source": kind, "external_id": kept.external_id, "reason": kept.reason, "first_seen_at": kept.first_seen_at}))
            .collect();
        return Ok(output::json(&json!(rows))?);
    }
    if rows.is_empty() {
        output::line("Every record could be read.")?;
    }
    for (kind, kept) in &rows {
        let since = kept.first_seen_at.format("%Y-%m-%d");
        output::line(&output::plain(&format!(
            "{kind}  {}  since {since}  {}",
            kept.external_id, kept.reason
        )))?;
    }
    Ok(())
}

pub(super) fn to_json(fresh: &Freshness) -> serde_json::Value {
    json!({
        "source": fresh.source, "held": fresh.held, "quarantined": fresh.quarantined,
        "confirmed_from": fresh.confirmed.map(|stretch| stretch.from),
        "confirmed_until": fresh.confirmed.map(|stretch| stretch.until), "last_success_at": fresh.last_success_at,
        "last_error": fresh.last_error, "gaps": fresh.gaps, "open": fresh.open, "unseen": fresh.unseen,
        "counted": fresh.census.map(|census| census.source), "counted_held": fresh.census.map(|census| census.held),
        "differing": fresh.census.map(|census| census.differing),
        "compared_at": fresh.census.map(|census| census.compared_at),
        "running": fresh.running, "next_sync_at": fresh.next_sync_at, "next_census_at": fresh.next_census_at,
    })
}

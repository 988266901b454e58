//! `daybook sources`: how fresh each source is, and what of it could not be read.

use std::sync::Arc;

use daybook_core::model::audience::Viewer;
use daybook_core::model::source::{Confirmed, Freshness, SourceKind};
use daybook_core::ports::clock::Clock;
use daybook_core::ports::store::Store as _;
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
    let configured = parts::sources(config)?;
    let store = parts::existing_store(config).await?;
    let fresh = store.freshness(&Viewer::admin()).await.map_err(|error| Ended::from_fault(&error))?;
    if flags.quarantine {
        return quarantine(flags, &store).await;
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
    format!("{:<10} {} documents{quarantined}, {until}{error}", fresh.source.word(), fresh.held)
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
        "last_error": fresh.last_error,
    })
}

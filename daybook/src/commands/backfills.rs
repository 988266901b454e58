//! `daybook backfills`: the newest ones, or one of them.

use std::sync::Arc;

use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::{Backfill, BackfillId};
use daybook_core::ports::clock::Clock;

use super::backfill::{report, to_json};
use crate::cli::Backfills;
use crate::config::Config;
use crate::ended::Ended;
use crate::{output, parts};

pub(super) async fn run(flags: &Backfills, config: &Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    super::log_quietly(config)?;
    parts::check(config)?;
    let store = parts::existing_store(config).await?;
    let watch = WatchBackfills::new(Arc::clone(&store) as _, clock);
    let proof = Admin::at_the_console();
    if let Some(id) = flags.id.map(BackfillId) {
        let found = if flags.cancel { watch.cancel(&proof, id).await } else { watch.one(&proof, id).await };
        let backfill = found.map_err(|error| Ended::from_fault(&error))?.ok_or_else(|| {
            Ended::Failed(format!("there is no backfill {id}; `daybook backfills` lists them"))
        })?;
        if flags.json {
            return Ok(output::json(&to_json(&backfill))?);
        }
        report(&backfill, None)?;
        if let Some(error) = &backfill.error {
            output::line(&output::plain(error))?;
        }
        return Ok(());
    }
    let newest = watch.newest(&proof).await.map_err(|error| Ended::from_fault(&error))?;
    if flags.json {
        return Ok(output::json(&newest.iter().map(to_json).collect())?);
    }
    if newest.is_empty() {
        output::line(
            "No backfill was ever asked for. `daybook backfill jira --days 365 --wait` begins one.",
        )?;
    }
    for backfill in &newest {
        output::line(&row(backfill))?;
    }
    Ok(())
}

fn row(backfill: &Backfill) -> String {
    let share =
        backfill.share().map_or_else(|| "  ?%".to_owned(), |share| format!("{:>3.0}%", share * 100.0));
    let project = backfill.project.as_deref().map_or_else(String::new, |project| format!(" {project}"));
    let reason = backfill.error.as_deref().map_or_else(String::new, |error| format!("  {error}"));
    let what = match &backfill.item {
        Some(item) => item.clone(),
        None => format!(
            "{} to {}",
            backfill.window.from.format("%Y-%m-%d"),
            backfill.window.to.format("%Y-%m-%d")
        ),
    };
    output::plain(&format!(
        "{}  {}  {:<8} {:<9} {share} {:>8} records  {}{project} {what}{reason}",
        backfill.id,
        backfill.created_at.format("%Y-%m-%d %H:%M"),
        backfill.kind.word(),
        backfill.state.word(),
        backfill.progress.distinct,
        backfill.source,
    ))
}

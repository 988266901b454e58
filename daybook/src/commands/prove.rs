//! `daybook prove`: takes a census now and prints the ledger. Exit 1 on a difference, even if it was mended: run it again
//! to see that nothing is left.

use std::sync::Arc;

use daybook_core::model::account::Admin;
use daybook_core::model::backfill::{Backfill, BackfillState};
use daybook_core::model::census::{Difference, Ledger, Outcome};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::store::Store as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backfill::watch;
use super::sync::chosen;
use crate::assemble::{Role, assemble};
use crate::cli::Prove;
use crate::config::Config;
use crate::ended::Ended;
use crate::output;

/// Differences that are printed one by one.
const PRINTED: usize = 20;

pub(super) async fn run(flags: &Prove, config: &Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    super::log_quietly(config)?;
    let (mut wrong, mut told) = (Vec::new(), Vec::new());
    for source in chosen(flags.source.as_deref(), config, &clock).await? {
        if let Err(ended) = prove(flags, source, config, Arc::clone(&clock), &mut told).await {
            match ended {
                Ended::Failed(reason) => wrong.push(reason),
                other => return Err(other),
            }
        }
    }
    match (flags.json, &flags.source, told.pop()) {
        (true, Some(_), Some(one)) => output::json(&one)?,
        (true, _, last) => output::json(&json!(told.into_iter().chain(last).collect::<Vec<_>>()))?,
        (false, ..) => {}
    }
    if wrong.is_empty() { Ok(()) } else { Err(Ended::Failed(wrong.join("\n"))) }
}

async fn prove(
    flags: &Prove,
    source: SourceKind,
    config: &Config,
    clock: Arc<dyn Clock>,
    told: &mut Vec<Value>,
) -> Result<(), Ended> {
    let daybook = assemble(config, clock, Role::BACKFILL).await?;
    let accepted = daybook.keep_fresh.census(&Admin::at_the_console(), source, flags.accept_losses).await;
    let id = accepted.map_err(|error| Ended::from_fault(&error))?.run.id;
    let store = Arc::clone(&daybook.store);
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let signals = super::signals::stop_on_signal(stop.clone(), || ())?;
    daybook.start_background(&tasks, &stop);
    tasks.close();
    let run = watch(store.as_ref(), id, &stop).await?;
    stop.cancel();
    tasks.wait().await;
    signals.abort();
    let ledger = store.ledger(source).await.map_err(|error| Ended::from_fault(&error))?;
    store.close().await;
    let Some(run) = run else {
        return Err(Ended::Failed(format!("stopped; the census {id} goes on when a worker runs")));
    };
    // A census that failed before it could compare leaves the ledger of the one before.
    let ledger = ledger.filter(|ledger| ledger.compared_at >= run.started_at && run.started_at.is_some());
    if flags.json {
        told.push(json!({
            "source": source, "id": run.id, "state": run.state, "error": run.error, "warnings": run.warnings,
            "requests": run.progress.requests, "ledger": ledger,
        }));
    } else if let Some(ledger) = &ledger {
        output::line(&output::plain(&text(source, ledger, &run)))?;
    }
    verdict(source, ledger.as_ref(), &run)
}

fn verdict(source: SourceKind, ledger: Option<&Ledger>, run: &Backfill) -> Result<(), Ended> {
    if run.state != BackfillState::Done {
        let reason = run.error.clone().unwrap_or_else(|| format!("the census is {}", run.state.word()));
        return Err(Ended::Failed(reason));
    }
    match ledger {
        Some(ledger) if ledger.is_equal() => Ok(()),
        Some(ledger) if ledger.differing == 0 => Err(Ended::Failed(format!(
            "{source}: nothing could be compared of {}, which the credential does not see any more",
            ledger.unseen_projects.join(", ")
        ))),
        Some(ledger) => Err(Ended::Failed(format!(
            "{source}: {} records differed; `daybook prove {source}` again shows whether anything is left",
            ledger.differing
        ))),
        None => Err(Ended::Failed(format!("{source}: the census left no ledger"))),
    }
}

fn text(source: SourceKind, ledger: &Ledger, run: &Backfill) -> String {
    let from = ledger.from.map_or_else(String::new, |from| format!(" since {}", from.format("%Y-%m-%d")));
    let mut lines = vec![
        format!(
            "{source}{from}: {} listed, {} held, {} differ",
            ledger.source, ledger.held, ledger.differing
        ),
        format!("  {:<24} {:>9} {:>9}", "project", "listed", "held"),
    ];
    for line in &ledger.lines {
        let name = line.project.as_deref().unwrap_or("-");
        let mark = if line.source == line.held { "" } else { "   <- differs" };
        lines.push(format!("  {name:<24} {:>9} {:>9}{mark}", line.source, line.held));
    }
    lines.extend(ledger.differences.iter().take(PRINTED).map(row));
    let beyond = ledger.differing.saturating_sub(PRINTED as u64);
    if beyond > 0 {
        lines.push(format!("  ... and {beyond} more (--json lists a thousand)"));
    }
    lines.extend(run.warnings.iter().map(|warning| format!("Warning: {warning}")));
    lines.join("\n")
}

fn row(one: &Difference) -> String {
    let outcome = match one.outcome {
        Outcome::Fetched => "was missing here; read now".to_owned(),
        Outcome::Renewed => "had changed there unnoticed; read again now".to_owned(),
        Outcome::Unavailable => "is missing here, and could not be read".to_owned(),
        Outcome::Missing => "is missing here, or not as it is there; start a backfill".to_owned(),
        Outcome::Tombstoned(reason) => format!("left its source ({}); no longer found here", reason.word()),
        Outcome::Unlisted => "is there, though the source does not list it; kept".to_owned(),
        Outcome::Kept => "is not listed; kept until somebody confirms".to_owned(),
    };
    let name = one.key.as_deref().unwrap_or(&one.external_id);
    let day = one.day.map_or_else(String::new, |day| format!(" of {day}"));
    format!("  {name}{day}: {outcome}")
}

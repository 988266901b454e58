//! `daybook backfill`: accepts a backfill, shows its plan, or stays until it is over.

mod report;
mod watch;

use std::sync::Arc;

use daybook_core::actions::check_health::WORKER_SILENCE;
use daybook_core::actions::start_backfill::Request;
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::{Asked, BackfillId};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::Scope;
use daybook_core::ports::store::Store as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(super) use report::{ended_well, report, to_json};
pub(super) use watch::{caught_up, watch};

use crate::assemble::{Daybook, Role, assemble};
use crate::cli::Backfill;
use crate::config::Config;
use crate::ended::Ended;
use crate::{output, parts};

pub(super) async fn run(flags: &Backfill, config: &Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    super::log_quietly(config)?;
    let source: SourceKind = flags.source.parse().map_err(|error| Ended::WrongUse(format!("{error}")))?;
    if flags.dry_run {
        return plan(flags, source, config, clock.as_ref()).await;
    }
    let daybook = assemble(config, clock, if flags.wait { Role::BACKFILL } else { Role::LOOKS }).await?;
    let request = Request { source, asked: asked(flags), project: flags.project.clone(), request_id: None };
    let accepted = daybook.start_backfill.run(&Admin::at_the_console(), request).await;
    let accepted = accepted.map_err(|error| Ended::from_fault(&error))?;
    let backfill = accepted.backfill;
    if flags.wait {
        if accepted.deduplicated {
            output::remark(&format!("The same window is being read already, as {}.", backfill.id));
        }
        return stay(flags, daybook, backfill.id).await;
    }
    if flags.json {
        return Ok(output::json(&to_json(&backfill))?);
    }
    let word = if accepted.deduplicated { "is under way already" } else { "was accepted" };
    output::line(&format!(
        "The backfill {} {word}. `daybook backfills {}` shows it.",
        backfill.id, backfill.id
    ))?;
    let since = daybook.clock.now() - WORKER_SILENCE;
    if !daybook.store.worker_seen_since(since).await.map_err(|error| Ended::from_fault(&error))? {
        output::remark("No worker is running: start `daybook serve` or `daybook worker`.");
    }
    Ok(())
}

/// Watches a backfill to its end. This process works on the queue meanwhile: whether another worker lives cannot be
/// known for sure, and whoever claims a job has it alone.
async fn stay(flags: &Backfill, daybook: Daybook, id: BackfillId) -> Result<(), Ended> {
    let (store, search) = (Arc::clone(&daybook.store), Arc::clone(&daybook.search));
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let signals = super::signals::stop_on_signal(stop.clone(), || ())?;
    daybook.start_background(&tasks, &stop);
    tasks.close();
    let ended = watch(store.as_ref(), id, &stop).await?;
    let searchable = if ended.is_some() { caught_up(&search, &stop).await? } else { None };
    stop.cancel();
    tasks.wait().await;
    signals.abort();
    store.close().await;
    let Some(backfill) = ended else {
        return Err(Ended::Failed(format!(
            "stopped; the backfill {id} goes on from its last page when a worker runs"
        )));
    };
    if flags.json {
        output::json(&to_json(&backfill))?;
    } else {
        report(&backfill, searchable)?;
    }
    ended_well(&backfill)
}

fn asked(flags: &Backfill) -> Asked {
    Asked { days: flags.days.clone(), from_date: flags.from_date.clone(), to_date: flags.to_date.clone() }
}

/// What a backfill would do; nothing is started.
async fn plan(
    flags: &Backfill,
    source_kind: SourceKind,
    config: &Config,
    clock: &dyn Clock,
) -> Result<(), Ended> {
    parts::check(config)?;
    let window = asked(flags).window(source_kind, clock.now()).map_err(|error| Ended::from_fault(&error))?;
    let sources = parts::sources(config)?;
    let source = sources.get(&source_kind).ok_or_else(|| {
        Ended::WrongUse(format!("{source_kind} is off: this Daybook has no settings for it, or its release cannot read it; `daybook config` shows what can be set"))
    })?;
    let scope = Scope { window, project: flags.project.clone() };
    let survey = source.survey(&scope).await.map_err(|error| Ended::from_fault(&error))?;
    if flags.json {
        return Ok(output::json(&serde_json::json!({
            "source": source_kind.word(), "from": window.from, "to": window.to, "project": scope.project,
            "expected": survey.expected, "pages": survey.expected.map(pages), "warnings": survey.warnings,
        }))?);
    }
    let within = scope.project.map_or_else(String::new, |project| format!(" of the project {project}"));
    output::line(&format!(
        "{source_kind}{within}: changes from {} to {} (UTC)",
        window.from.format("%Y-%m-%d %H:%M"),
        window.to.format("%Y-%m-%d %H:%M")
    ))?;
    match survey.expected {
        Some(expected) => {
            output::line(&format!("{expected} records, {} pages. Nothing was started.", pages(expected)))?;
        }
        None => output::line("The source does not say how many records there are. Nothing was started.")?,
    }
    for warning in &survey.warnings {
        output::line(&format!("Warning: {warning}"))?;
    }
    Ok(())
}

/// Pages at the usual size.
fn pages(records: u64) -> u64 {
    records.div_ceil(100)
}

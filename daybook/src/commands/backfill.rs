//! `daybook backfill`: accepts a backfill, shows its plan, or stays until it is over.

mod report;
mod watch;

use std::sync::Arc;

use daybook_core::actions::check_health::WORKER_SILENCE;
use daybook_core::actions::start_backfill::Request;
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::{Asked, Backfill as Run, BackfillId, Plan};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::{Reach, Scope};
use daybook_core::ports::store::Store as _;
use daybook_sources::http::LocalBudget;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(super) use report::{Searchable, ended_well, report, to_json};
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
        return plan(flags, source, config, &clock).await;
    }
    let daybook = assemble(config, clock, if flags.wait { Role::BACKFILL } else { Role::LOOKS }).await?;
    let request = Request {
        source,
        asked: asked(flags),
        project: flags.project.clone(),
        item: flags.item.clone(),
        request_id: None,
    };
    let accepted = daybook.start_backfill.run(&Admin::at_the_console(), request).await;
    let accepted = accepted.map_err(|error| Ended::from_fault(&error))?;
    let backfill = accepted.backfill;
    if flags.wait {
        if accepted.deduplicated {
            output::remark(&format!("The same window is being read already, as {}.", backfill.id));
        }
        let (ended, searchable) = stay(daybook, backfill.id).await?;
        if flags.json {
            output::json(&to_json(&ended))?;
        } else {
            report(&ended, searchable)?;
        }
        return ended_well(&ended);
    }
    if flags.json {
        return Ok(output::json(&to_json(&backfill))?);
    }
    let word = if accepted.deduplicated { "is under way already" } else { "was accepted" };
    output::line(&format!(
        "The backfill {} {word}. `daybook backfills {}` shows it.",
        backfill.id, backfill.id
    ))?;
    if !daybook.store.worker_seen_within(WORKER_SILENCE).await.map_err(|error| Ended::from_fault(&error))? {
        output::remark("No worker is running: start `daybook serve` or `daybook worker`.");
    }
    Ok(())
}

/// Watches a backfill to its end. This process works on the queue meanwhile: whether another worker lives cannot be
/// known for sure, and whoever claims a job has it alone.
pub(super) async fn stay(daybook: Daybook, id: BackfillId) -> Result<(Run, Option<Searchable>), Ended> {
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
    Ok((backfill, searchable))
}

fn asked(flags: &Backfill) -> Asked {
    Asked { days: flags.days.clone(), from_date: flags.from_date.clone(), to_date: flags.to_date.clone() }
}

/// What a backfill would do; nothing is started.
async fn plan(
    flags: &Backfill,
    source_kind: SourceKind,
    config: &Config,
    clock: &Arc<dyn Clock>,
) -> Result<(), Ended> {
    parts::check(config)?;
    let window = asked(flags).window(source_kind, clock.now()).map_err(|error| Ended::from_fault(&error))?;
    let sources = parts::sources(config, Arc::new(LocalBudget::default()), Arc::clone(clock))?;
    let source = sources.get(&source_kind).ok_or_else(|| {
        Ended::WrongUse(format!("{source_kind} is off: this Daybook has no settings for it, or its release cannot read it; `daybook config` shows what can be set"))
    })?;
    let scope = match &flags.item {
        Some(item) => Scope { reach: Reach::Items(vec![item.clone()]), project: None, also: Vec::new() },
        None => Scope { project: flags.project.clone(), ..Scope::history(window) },
    };
    let survey = source.survey(&scope).await.map_err(|error| Ended::from_fault(&error))?;
    if flags.json {
        return Ok(output::json(&serde_json::json!({
            "source": source_kind.word(), "from": window.from, "to": window.to, "project": scope.project,
            "expected": survey.expected, "plan": survey.plan, "warnings": survey.warnings, "unseen": survey.unseen,
        }))?);
    }
    let within = scope.project.map_or_else(String::new, |project| format!(" of the project {project}"));
    output::line(&format!(
        "{source_kind}{within}: changes from {} to {} (UTC)",
        window.from.format("%Y-%m-%d %H:%M"),
        window.to.format("%Y-%m-%d %H:%M")
    ))?;
    match survey.expected {
        Some(expected) => output::line(&format!("{expected} records"))?,
        None => output::line("The source does not say how many records there are.")?,
    }
    if let Some(plan) = survey.plan {
        output::line(&in_words(plan))?;
    }
    output::line("Nothing was started.")?;
    for unseen in &survey.unseen {
        output::line(&output::plain(&format!("Not seen: {unseen}")))?;
    }
    for warning in &survey.warnings {
        output::line(&format!("Warning: {warning}"))?;
    }
    Ok(())
}

/// What a run will take.
fn in_words(plan: Plan) -> String {
    let about = if plan.estimated { "about " } else { "" };
    let time = match plan.seconds {
        0..90 => format!("{} s", plan.seconds.max(1)),
        seconds => format!("{} min", seconds.div_ceil(60)),
    };
    format!("{about}{} requests, at least {time} at the pace that is kept", plan.requests)
}

//! `daybook sync`: reads what has changed in one source, or in all that are on.

use std::sync::Arc;

use daybook_core::model::account::Admin;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use serde_json::json;

use super::backfill::{ended_well, report, stay, to_json};
use crate::assemble::{Role, assemble};
use crate::cli::Sync;
use crate::config::Config;
use crate::ended::Ended;
use crate::output;

pub(super) async fn run(flags: &Sync, config: &Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    super::log_quietly(config)?;
    let (mut first_failure, mut told) = (Ok(()), Vec::new());
    for source in chosen(flags.source.as_deref(), config, &clock).await? {
        let role = if flags.wait { Role::BACKFILL } else { Role::LOOKS };
        let daybook = assemble(config, Arc::clone(&clock), role).await?;
        let accepted = daybook.keep_fresh.sync(&Admin::at_the_console(), source).await;
        let ended = match accepted {
            Ok(accepted) if flags.wait => match stay(daybook, accepted.run.id).await {
                Ok((run, searchable)) => {
                    if flags.json {
                        told.push(to_json(&run));
                    } else {
                        report(&run, searchable)?;
                    }
                    ended_well(&run)
                }
                Err(error) => Err(error),
            },
            Ok(accepted) if flags.json => {
                told.push(to_json(&accepted.run));
                Ok(())
            }
            Ok(accepted) => {
                let word = if accepted.deduplicated { "is under way already" } else { "was accepted" };
                let id = accepted.run.id;
                Ok(output::line(&format!(
                    "The sync {id} of {source} {word}. `daybook backfills {id}` shows it."
                ))?)
            }
            Err(error) => Err(Ended::from_fault(&error)),
        };
        if let Err(error) = ended {
            // The other sources are read all the same.
            if first_failure.is_ok() {
                first_failure = Err(error);
            } else {
                output::remark(&format!("daybook: {}", error.message()));
            }
        }
    }
    match (flags.json, &flags.source, told.pop()) {
        (true, Some(_), Some(one)) => output::json(&one)?,
        (true, _, last) => output::json(&json!(told.into_iter().chain(last).collect::<Vec<_>>()))?,
        (false, ..) => {}
    }
    first_failure
}

/// The source that was named, or all that are on.
pub(super) async fn chosen(
    named: Option<&str>,
    config: &Config,
    clock: &Arc<dyn Clock>,
) -> Result<Vec<SourceKind>, Ended> {
    if let Some(word) = named {
        return Ok(vec![word.parse().map_err(|error| Ended::WrongUse(format!("{error}")))?]);
    }
    let daybook = assemble(config, Arc::clone(clock), Role::LOOKS).await?;
    let sources: Vec<SourceKind> = daybook.keep_fresh.sources().collect();
    daybook.store.close().await;
    if sources.is_empty() {
        return Err(Ended::WrongUse("no source is on; `daybook config` shows what can be set".to_owned()));
    }
    Ok(sources)
}

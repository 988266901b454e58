//! The commands, a file each, and what happens around every one of them: settings, logs, the runtime, the exit code.

mod backfill;
mod backfills;
mod config;
mod demo;
mod eval;
mod init;
mod models;
mod prove;
mod search;
mod serve;
mod signals;
mod sim;
mod sources;
mod sync;
mod worker;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use daybook_core::ports::clock::Clock;

use crate::cli::{Cli, Command};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::ended::Ended;
use crate::{output, telemetry};

/// Runs a command to its end.
pub fn run(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::remark(&format!("daybook: the runtime cannot be started: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(dispatch(cli));
    // Blocking work that nobody waits for any more must not hold the process.
    runtime.shutdown_background();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            output::remark(&format!("daybook: {}", ended.message()));
            ended.code()
        }
    }
}

async fn dispatch(cli: Cli) -> Result<(), Ended> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match &cli.command {
        Command::Demo(flags) => return demo::run(flags, clock).await,
        Command::Sim(flags) => return sim::run(flags, clock).await,
        Command::Init(flags) => return init::run(flags, cli.config.as_deref()),
        _ => {}
    }
    let mut config = load(cli.config.as_deref())?;
    match cli.command {
        Command::Demo(_) | Command::Sim(_) | Command::Init(_) => Ok(()),
        Command::Serve(flags) => serve::run(&flags, &mut config, clock).await,
        Command::Worker => worker::run(&config, clock).await,
        Command::Config(flags) => config::run(&flags, &config),
        Command::Backfill(flags) => backfill::run(&flags, &config, clock).await,
        Command::Backfills(flags) => backfills::run(&flags, &config, clock).await,
        Command::Sources(flags) => sources::run(&flags, &config, clock).await,
        Command::Sync(flags) => sync::run(&flags, &config, clock).await,
        Command::Prove(flags) => prove::run(&flags, &config, clock).await,
        Command::Search(flags) => search::run(&flags, &config, clock).await,
        Command::Eval(flags) => eval::run(&flags, &config, clock).await,
        Command::Models(flags) => models::run(&flags, &config).await,
    }
}

fn load(file: Option<&Path>) -> Result<Config, Ended> {
    Ok(Config::load(file)?)
}

/// Begins to log for a command whose output is for people.
fn log_quietly(config: &Config) -> Result<(), Ended> {
    telemetry::begin(config, true).map_err(Ended::Misconfigured)
}

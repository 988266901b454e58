//! The `daybook` command.

use std::process::ExitCode;

use clap::Parser as _;
use daybook::cli::Cli;
use daybook::commands;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}

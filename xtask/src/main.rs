//! Writes the generated files (`cargo xtask`), or says which are not up to date (`cargo xtask --check`).

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _, Parser};
use daybook::cli::Cli;
use daybook::config::KNOWN;

/// Writes the generated files.
#[derive(Debug, Parser)]
struct Arguments {
    /// Write nothing; fail if a file is not what it would be
    #[arg(long)]
    check: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    let mut outdated = false;
    for (name, path, content) in outdated_files()? {
        if arguments.check {
            writeln!(out, "{name} is not up to date: `cargo xtask` writes it")?;
            outdated = true;
        } else {
            let folder = path.parent().context("a file without a folder")?;
            std::fs::create_dir_all(folder)?;
            std::fs::write(&path, content).with_context(|| format!("cannot write {name}"))?;
            writeln!(out, "wrote {name}")?;
        }
    }
    Ok(if outdated { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The generated files that are not what they would be now.
fn outdated_files() -> anyhow::Result<Vec<(&'static str, PathBuf, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace has no root")?;
    let files = [
        ("docs/api/openapi.json", openapi()?),
        ("docs/CLI.md", commands()),
        ("docs/SETTINGS.md", settings()),
    ];
    let paths = files.into_iter().map(|(name, content)| (name, root.join(name), content));
    Ok(paths
        .filter(|(_, path, content)| std::fs::read_to_string(path).ok().as_ref() != Some(content))
        .collect())
}

fn openapi() -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&daybook_web::openapi())? + "\n")
}

fn commands() -> String {
    let mut text = "# Commands\n\nGenerated from the program by `cargo xtask`; `daybook COMMAND --help` says the same.\n".to_owned();
    // The width of this file is not that of somebody's terminal.
    let mut cli = Cli::command().term_width(100);
    cli.build();
    describe(&mut cli, "##", &mut text);
    text
}

fn describe(command: &mut Command, heading: &str, text: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    // Writing to a String cannot fail.
    let _ = write!(text, "\n{heading} `{name}`\n\n```text\n{}\n```\n", help.trim_end());
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
        let mut inner = inner.clone().term_width(100);
        describe(&mut inner, "##", text);
    }
}

fn settings() -> String {
    let mut text = "# Settings\n\nGenerated from the program by `cargo xtask`.\n\nEach can stand in the environment, or in lower or upper case in the settings file (`daybook.toml`). The environment\nwins over the file, the command line over both. A secret can also come from a file that `NAME_FILE` names.\n`daybook config` shows what is in force and from where.\n\n| setting | default | what it is for |\n|---|---|---|\n".to_owned();
    for known in KNOWN {
        let default = match (known.secret, known.default) {
            (true, _) => "(secret)".to_owned(),
            (false, "") => String::new(),
            (false, default) => format!("`{default}`"),
        };
        let _ = writeln!(text, "| `{}` | {default} | {} |", known.name, known.about.replace('|', "\\|"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_up_to_date() {
        let names: Vec<_> = outdated_files().unwrap().into_iter().map(|(name, ..)| name).collect();
        assert!(names.is_empty(), "`cargo xtask` writes {names:?}");
    }
}

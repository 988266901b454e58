//! `daybook config`: what is in force and from where, and everything that is wrong with it.

use serde_json::json;

use crate::cli::ConfigCommand;
use crate::config::{Config, ConfigError};
use crate::ended::Ended;
use crate::{output, parts};

pub(super) fn run(flags: &ConfigCommand, config: &Config) -> Result<(), Ended> {
    if flags.json {
        let rows: Vec<_> = config
            .table()
            .into_iter()
            .map(|(known, value, origin)| {
                json!({"name": known.name, "value": value, "origin": origin, "secret": known.secret, "about": known.about})
            })
            .collect();
        output::json(&json!(rows))?;
    } else if !flags.check {
        for (known, value, origin) in config.table() {
            let value = if value.is_empty() { "-" } else { &value };
            output::line(&format!("{:<26} {value:<40} {origin}\n    {}", known.name, known.about))?;
        }
    }
    let wrong = parts::faults(config);
    if !wrong.is_empty() {
        return Err(ConfigError(wrong).into());
    }
    if flags.check {
        output::line("the settings are in order")?;
    }
    Ok(())
}

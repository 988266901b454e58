//! Logs: text for people, JSON lines for machines, always to standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Config;

/// Begins to log as the settings say; `quietly`: not at all unless asked, for commands that say themselves what happens.
pub fn begin(config: &Config, quietly: bool) -> Result<(), String> {
    let asked = config.text("DAYBOOK_LOG").unwrap_or("info");
    let filter = filter(if quietly && asked == "info" { "off" } else { asked })?;
    let json = is_json(config)?;
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let registry = tracing_subscriber::registry().with(filter);
    // A second beginning (tests) keeps the first.
    let _ = if json {
        registry.with(layer.json().flatten_event(true)).try_init()
    } else {
        registry.with(layer.with_target(false).compact()).try_init()
    };
    Ok(())
}

/// Whether the settings of the logs make sense.
pub fn check(config: &Config) -> Result<(), String> {
    filter(config.text("DAYBOOK_LOG").unwrap_or("info"))?;
    is_json(config).map(|_| ())
}

fn filter(words: &str) -> Result<EnvFilter, String> {
    // A target may be called anything; a word alone must be a level.
    let is_level = |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word);
    let odd = words.split(',').map(str::trim).find(|word| !word.contains('=') && !is_level(word));
    if let Some(odd) = odd {
        return Err(format!(
            "DAYBOOK_LOG must be levels like `info` or `info,daybook_sources=debug`, and `{odd}` is none"
        ));
    }
    EnvFilter::try_new(words).map_err(|error| format!("DAYBOOK_LOG: {error}"))
}

fn is_json(config: &Config) -> Result<bool, String> {
    match config.text("DAYBOOK_LOG_FORMAT") {
        Some("json") => Ok(true),
        Some("text") => Ok(false),
        None => Ok(config.text("DAYBOOK_ENV") == Some("production")),
        Some(other) => Err(format!("DAYBOOK_LOG_FORMAT must be text or json, and `{other}` is neither")),
    }
}

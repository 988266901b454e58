//! Logs: text for people, JSON lines for machines, always to standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::Config;

/// Begins to log as the settings say; `quietly`: warnings only, for commands whose output is for people.
pub fn begin(config: &Config, quietly: bool) -> Result<(), String> {
    let asked = config.text("DAYBOOK_LOG").unwrap_or("info");
    let chosen = if quietly && asked == "info" { "warn" } else { asked };
    let filter = EnvFilter::try_new(chosen).map_err(|error| format!("DAYBOOK_LOG: {error}"))?;
    let production = config.text("DAYBOOK_ENV") == Some("production");
    let json = match config.text("DAYBOOK_LOG_FORMAT") {
        Some("json") => true,
        Some("text") => false,
        None => production,
        Some(other) => {
            return Err(format!("DAYBOOK_LOG_FORMAT must be text or json, and `{other}` is neither"));
        }
    };
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

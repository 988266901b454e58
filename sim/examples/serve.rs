//! Serves the simulated vendors alone: `serve [PORT] [DIR | SEED ISSUES]`. Ends on Ctrl-C.

use std::error::Error;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chrono::Utc;
use daybook_sim::{Settings, WorldChoice, questions, start};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port = arguments.first().map_or(Ok(4100), |port| port.parse())?;
    let world = match &arguments[1.min(arguments.len())..] {
        [] => WorldChoice::demo(),
        [folder] => WorldChoice::Folder(folder.into()),
        [seed, issues, ..] => WorldChoice::Seed { seed: seed.parse()?, issues: issues.parse()? },
    };
    let mut settings = Settings::new(world, Arc::new(Utc::now));
    settings.address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let begun = std::time::Instant::now();
    let running = start(settings.clone()).await?;
    let mut out = std::io::stdout();
    writeln!(out, "{} issues after {} ms", running.issues(), begun.elapsed().as_millis())?;
    writeln!(out, "{}  {}  {}", running.jira_url(), settings.email, settings.token)?;
    for url in ["tempo", "notion"].into_iter().filter_map(|vendor| running.url(vendor)) {
        writeln!(out, "{url}  {}", settings.token)?;
    }
    for question in running.world().map(|world| questions(&world)).unwrap_or_default() {
        writeln!(out, "  {question}")?;
    }
    tokio::signal::ctrl_c().await?;
    running.shutdown().await;
    Ok(())
}

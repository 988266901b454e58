//! `daybook sim`: the simulated vendors alone.

use std::net::SocketAddr;
use std::sync::Arc;

use daybook_core::ports::clock::Clock;
use daybook_sim::{Settings, WorldChoice, start};
use tokio_util::sync::CancellationToken;

use crate::cli::Sim;
use crate::ended::Ended;
use crate::output;

pub(super) async fn run(flags: &Sim, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    let world = match flags.world.as_str() {
        "seed" => WorldChoice::Seed { seed: flags.seed, issues: flags.issues as usize },
        folder => WorldChoice::Folder(folder.into()),
    };
    let mut settings = Settings::new(world, Arc::new(move || clock.now()));
    settings.address = SocketAddr::from(([127, 0, 0, 1], flags.port));
    output::remark("loading the world …");
    let (email, token) = (settings.email.clone(), settings.token.clone());
    let running =
        start(settings).await.map_err(|error| Ended::Failed(format!("{:#}", anyhow::Error::new(error))))?;
    output::line(&format!(
        "The simulated vendors serve {} issues on {}\n\n  JIRA_URL={}\n  JIRA_USERNAME={email}\n  JIRA_API_TOKEN={token}\n{}\nLedger: GET {}/_sim/ledger    Ctrl-C ends it.",
        running.issues(),
        running.base_url(),
        running.jira_url(),
        running
            .url("tempo")
            .map_or_else(String::new, |tempo| format!("\nTempo, with the same token as Bearer: {tempo}\n")),
        running.base_url(),
    ))?;
    let stop = CancellationToken::new();
    let signals = super::signals::stop_on_signal(stop.clone(), || ())?;
    stop.cancelled().await;
    running.shutdown().await;
    signals.abort();
    Ok(())
}

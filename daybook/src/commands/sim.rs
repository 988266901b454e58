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
    settings.limits = flags.limits;
    settings.notion_pages = flags.pages as usize;
    settings.meetings = flags.meetings as usize;
    settings.worklogs_a_day = flags.worklogs_a_day as usize;
    let (email, token) = (settings.email.clone(), settings.token.clone());
    let running =
        start(settings).await.map_err(|error| Ended::Failed(format!("{:#}", anyhow::Error::new(error))))?;
    let url = running.base_url();
    output::line(&format!(
        "The simulated vendors serve on {url}, {} issues among the rest\n\n  \
         JIRA_URL={}\n  JIRA_USERNAME={email}\n  JIRA_API_TOKEN={token}\n  JIRA_PACE=off\n  \
         NOTION_API_URL={url}/notion\n  NOTION_API_KEY={token}\n  NOTION_PACE=off\n  \
         TEMPO_API_URL={url}/tempo\n  TEMPO_API_TOKEN={token}\n  TEMPO_PACE=off\n  \
         FIREFLIES_API_URL={url}/fireflies/graphql\n  FIREFLIES_API_KEY={token}\n  FIREFLIES_PACE=off\n\n\
         Ledger: GET {url}/_sim/ledger    Ctrl-C ends it.",
        running.issues(),
        running.jira_url(),
    ))?;
    let stop = CancellationToken::new();
    let signals = super::signals::stop_on_signal(stop.clone(), || ())?;
    stop.cancelled().await;
    running.shutdown().await;
    signals.abort();
    Ok(())
}

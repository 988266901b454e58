//! `daybook demo`: everything on one machine with a made-up company, and nothing left behind.

mod scratch;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use daybook_core::actions::start_backfill::Request;
use daybook_core::model::account::Admin;
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::Asked;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use daybook_embedding::fetch::{FetchSettings, fetch};
use daybook_embedding::is_installed;
use daybook_sim::{Running, Settings, WorldChoice, questions, start};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::scratch::Scratch;
use super::backfill::{caught_up, ended_well, watch};
use crate::assemble::{Daybook, Role, assemble};
use crate::cli::Demo;
use crate::config::Config;
use crate::ended::Ended;
use crate::progress::Progress;
use crate::{output, parts, telemetry};

/// How long the demo waits for the model before it goes on with keywords alone.
const MODEL_PATIENCE: Duration = Duration::from_secs(45);

pub(super) async fn run(flags: &Demo, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    // First of all: a taken port is said before anything is made.
    let listener = TcpListener::bind(("127.0.0.1", flags.port)).await.with_context(|| {
        format!("cannot listen on port {}; `daybook demo --port 0` takes a free one", flags.port)
    })?;
    let folder = Scratch::new()?;
    let (stop, path) = (CancellationToken::new(), folder.path().to_owned());
    let signals = super::signals::stop_on_signal(stop.clone(), move || {
        // Nobody is left to be told.
        std::fs::remove_dir_all(path).ok();
    })?;
    let ended = play(flags, clock, listener, &folder, &stop).await;
    folder.remove()?;
    signals.abort();
    output::remark("The demo is over; its folder is gone.");
    // Whatever breaks while everything stops is no failure of the demo.
    if stop.is_cancelled() { Ok(()) } else { ended }
}

async fn play(
    flags: &Demo,
    clock: Arc<dyn Clock>,
    listener: TcpListener,
    folder: &Scratch,
    stop: &CancellationToken,
) -> Result<(), Ended> {
    let sim = company(flags, Arc::clone(&clock)).await?;
    let config = settings(folder.path(), &sim, flags)?;
    telemetry::begin(&config, true).map_err(Ended::Misconfigured)?;
    if !flags.no_models {
        install_model(&config, stop).await?;
    }
    let suggestions = sim.world().map_or_else(Vec::new, |world| questions(&world));
    let daybook = assemble(&config, clock, Role::WHOLE).await?.suggesting(suggestions.clone());
    let ended = show(daybook, listener, &suggestions, stop).await;
    sim.shutdown().await;
    ended
}

/// The simulated vendors over the made-up company.
async fn company(flags: &Demo, clock: Arc<dyn Clock>) -> Result<Running, Ended> {
    let world = WorldChoice::Seed { seed: flags.seed, issues: flags.issues as usize };
    let sim = start(Settings::new(world, Arc::new(move || clock.now()))).await;
    let sim = sim.map_err(|error| Ended::Failed(format!("{:#}", anyhow::Error::new(error))))?;
    output::remark(&format!(
        "The simulated Jira, Notion, Tempo and Fireflies serve on {}, {} issues among the rest",
        sim.base_url(),
        sim.issues()
    ));
    Ok(sim)
}

/// Settings of its own: nothing of this machine's environment or files takes part, but for the models' folder.
fn settings(folder: &Path, sim: &Running, flags: &Demo) -> Result<Config, Ended> {
    let own = Config::load(None).ok().and_then(|config| parts::models_folder_of(&config));
    let models = own.unwrap_or_else(|| folder.join("models"));
    let mut variables = BTreeMap::from([
        ("DAYBOOK_DATA_DIR".to_owned(), folder.display().to_string()),
        ("DAYBOOK_MODELS_DIR".to_owned(), models.display().to_string()),
        ("DAYBOOK_CONFIG".to_owned(), empty_file(folder)?.display().to_string()),
        ("DAYBOOK_VISITORS".to_owned(), "members".to_owned()),
        ("ADMIN_API_KEY".to_owned(), super::init::secret()?),
        ("JIRA_URL".to_owned(), "https://birchlane.atlassian.net".to_owned()),
        ("JIRA_API_URL".to_owned(), sim.jira_url()),
        ("JIRA_USERNAME".to_owned(), "demo@birchlane.example".to_owned()),
        ("JIRA_API_TOKEN".to_owned(), "demo-token".to_owned()),
        ("JIRA_PACE".to_owned(), "off".to_owned()),
        ("NOTION_API_KEY".to_owned(), "demo-token".to_owned()),
        ("NOTION_API_URL".to_owned(), format!("{}/notion", sim.base_url())),
        ("NOTION_PACE".to_owned(), "off".to_owned()),
        ("TEMPO_API_TOKEN".to_owned(), "demo-token".to_owned()),
        ("TEMPO_API_URL".to_owned(), format!("{}/tempo", sim.base_url())),
        ("TEMPO_PACE".to_owned(), "off".to_owned()),
        ("TEMPO_HOURS_SHOWN".to_owned(), "members".to_owned()),
        ("FIREFLIES_API_KEY".to_owned(), "demo-token".to_owned()),
        ("FIREFLIES_API_URL".to_owned(), format!("{}/fireflies/graphql", sim.base_url())),
        ("FIREFLIES_PACE".to_owned(), "off".to_owned()),
        ("FIREFLIES_TEAM".to_owned(), "members".to_owned()),
        ("DAYBOOK_EMBEDDINGS".to_owned(), if flags.no_models { "off" } else { "local" }.to_owned()),
    ]);
    if let Ok(log) = Config::load(None)
        && let Some(log) = log.text("DAYBOOK_LOG")
    {
        variables.insert("DAYBOOK_LOG".to_owned(), log.to_owned());
    }
    Ok(Config::from(&variables)?)
}

/// A settings file that says nothing, so that the one in the current folder does not take part.
fn empty_file(folder: &Path) -> Result<PathBuf, Ended> {
    let path = folder.join("daybook.toml");
    std::fs::write(&path, "")?;
    Ok(path)
}

/// The model for the user; without it the demo goes on and says so.
async fn install_model(config: &Config, stop: &CancellationToken) -> Result<(), Ended> {
    let folder = parts::models_folder(config)?;
    if is_installed(&folder) {
        return Ok(());
    }
    output::remark(&format!("Fetching the embedding model, once, into {}", folder.display()));
    let settings = FetchSettings { folder, ..FetchSettings::default() };
    let fetched = tokio::select! {
        fetched = tokio::time::timeout(MODEL_PATIENCE, fetch(&settings, output::remark)) => fetched,
        () = stop.cancelled() => return Ok(()),
    };
    match fetched {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => output::remark(&format!("{error}\nThe demo goes on with keywords alone.")),
        Err(_) => output::remark("The model did not come in time; the demo goes on with keywords alone."),
    }
    Ok(())
}

/// Serves, reads the company's history, and waits for Ctrl-C.
async fn show(
    daybook: Daybook,
    listener: TcpListener,
    suggestions: &[String],
    stop: &CancellationToken,
) -> Result<(), Ended> {
    let begun = Instant::now();
    let url = format!("http://localhost:{}", listener.local_addr()?.port());
    let (store, search) = (Arc::clone(&daybook.store), Arc::clone(&daybook.search));
    let model = daybook.embedder.as_ref().ok().map(|embedder| embedder.model().clone());
    if let Err(reason) = &daybook.embedder {
        output::remark(&format!("Search by keywords alone: {reason}"));
    }
    let start_backfill = Arc::clone(&daybook.start_backfill);
    let tasks = TaskTracker::new();
    tasks.spawn(daybook.serve(listener, stop.clone()));
    tasks.close();
    let work = async {
        let start = async |source| {
            let asked = Asked { days: Some("3650".to_owned()), ..Asked::default() };
            let request = Request { source, asked, project: None, item: None, request_id: None };
            let accepted = start_backfill.run(&Admin::at_the_console(), request).await;
            accepted.map(|accepted| accepted.backfill.id).map_err(|error| Ended::from_fault(&error))
        };
        // The first source answers the questions; the others come in while somebody reads.
        let [first, others @ ..] = SourceKind::ALL;
        let ended = watch(store.as_ref(), start(first).await?, stop).await?;
        ended.as_ref().map_or(Ok(()), ended_well)?;
        if caught_up(&search, stop).await?.is_some() {
            output::line(&greeting(&url, suggestions, begun.elapsed()))?;
        }
        let mut under_way = Vec::new();
        for source in others.into_iter().filter(|_| !stop.is_cancelled()) {
            under_way.push(start(source).await?);
        }
        for id in under_way {
            let ended = watch(store.as_ref(), id, stop).await?;
            ended.as_ref().map_or(Ok(()), ended_well)?;
        }
        if !stop.is_cancelled() {
            output::line("All four sources are read; `/sources` shows what is held of each.")?;
        }
        while let Some(model) = model.as_ref().filter(|_| !stop.is_cancelled()) {
            if embedded(store.as_ref(), model, stop).await? {
                break;
            }
        }
        stop.cancelled().await;
        Ok(())
    };
    let ended = work.await;
    stop.cancel();
    tasks.wait().await;
    ended
}

/// Shows how far the vectors are; `true` when all are there or we were told to stop.
async fn embedded(
    store: &dyn daybook_core::ports::store::Store,
    model: &daybook_core::ports::embedder::ModelId,
    stop: &CancellationToken,
) -> Result<bool, Ended> {
    let mut bar = Progress::new("vectors");
    loop {
        let counts = store
            .document_counts(Some(model), &Viewer::admin())
            .await
            .map_err(|error| Ended::from_fault(&error))?;
        let wanted = counts.held.saturating_sub(counts.without_meaning);
        if counts.with_vectors >= wanted {
            bar.end(counts.with_vectors, Some(wanted), "complete; Ctrl-C ends");
            return Ok(true);
        }
        bar.report(counts.with_vectors, Some(wanted), "Ctrl-C ends");
        tokio::select! {
            () = stop.cancelled() => return Ok(true),
            () = tokio::time::sleep(Duration::from_millis(250)) => {}
        }
    }
}

fn greeting(url: &str, suggestions: &[String], spent: Duration) -> String {
    let mut lines = vec![format!("\nReady after {:.1} s:  {url}\n", spent.as_secs_f64())];
    if !suggestions.is_empty() {
        lines.push("Worth asking:".to_owned());
        lines.extend(suggestions.iter().map(|question| format!("  {question}")));
        lines.push(String::new());
    }
    lines.join("\n")
}

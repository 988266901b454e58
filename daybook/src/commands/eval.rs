//! `daybook eval`: how well the search as built finds the duplicates of real issues. The issues take the whole way that
//! a customer's take: a simulated Jira, a backfill over HTTP, the store, the indexes, the same search action.

mod files;
mod judged;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use daybook_core::actions::start_backfill::Request;
use daybook_core::model::account::Admin;
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::Asked;
use daybook_core::model::hit::Question;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::store::Store as _;
use daybook_sim::{Running, Settings, WorldChoice, start};
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::files::Query;
use self::judged::{Judged, Scores};
use super::backfill::{caught_up, ended_well, report, watch};
use crate::assemble::{Daybook, Role, assemble};
use crate::cli::Eval;
use crate::config::Config;
use crate::ended::Ended;
use crate::progress::Progress;
use crate::{output, parts};

const ISSUES: &str = "jira-dev.issues.jsonl.gz";
/// How deep the rankings are that are written for other judges.
const DEPTH: usize = 100;

pub(super) async fn run(flags: &Eval, config: &Config, clock: Arc<dyn Clock>) -> Result<(), Ended> {
    super::log_quietly(config)?;
    let queries = files::queries(&flags.dataset.join("jira-dev.dup-queries.jsonl.gz"))?;
    let judged = Judged::read(&flags.dataset.join("jira-dev.dup-qrels.tsv"))?;
    let scratch = tempfile::Builder::new().prefix("daybook-eval-").tempdir()?;
    let sim = site(&flags.dataset.join(ISSUES), &scratch, Arc::clone(&clock)).await?;
    let settings = settings(flags, config, &scratch, &sim)?;
    let daybook = assemble(&settings, clock, Role::WHOLE).await?;
    if let Err(reason) = &daybook.embedder {
        let reason = if flags.keywords_only { "as asked" } else { reason };
        output::remark(&format!("Keywords alone: {reason}"));
    }
    let stop = CancellationToken::new();
    let signals = super::signals::stop_on_signal(stop.clone(), || ())?;
    let measured = measure(daybook, &queries, &judged, flags, &stop).await;
    sim.shutdown().await;
    signals.abort();
    measured
}

/// A Jira that holds just the issues of the data set.
async fn site(issues: &Path, scratch: &TempDir, clock: Arc<dyn Clock>) -> Result<Running, Ended> {
    let issues = issues
        .canonicalize()
        .map_err(|error| Ended::WrongUse(format!("cannot read {}: {error}", issues.display())))?;
    let world = scratch.path().join("world");
    std::fs::create_dir(&world)?;
    std::os::unix::fs::symlink(&issues, world.join(ISSUES))?;
    output::remark("loading the issues …");
    let sim = start(Settings::new(WorldChoice::Folder(world), Arc::new(move || clock.now()))).await;
    sim.map_err(|error| Ended::Failed(format!("{:#}", anyhow::Error::new(error))))
}

/// The settings of this machine, but for the source and the database.
fn settings(flags: &Eval, config: &Config, scratch: &TempDir, sim: &Running) -> Result<Config, Ended> {
    let data = flags.into.clone().unwrap_or_else(|| scratch.path().join("data"));
    std::fs::create_dir_all(&data)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let blank = data.join("eval.toml");
    std::fs::write(&blank, "")?;
    let variables = BTreeMap::from(
        [
            ("DAYBOOK_CONFIG", blank.display().to_string()),
            ("DAYBOOK_DATA_DIR", data.display().to_string()),
            ("DAYBOOK_MODELS_DIR", parts::models_folder(config)?.display().to_string()),
            ("DAYBOOK_EMBEDDINGS", if flags.keywords_only { "off" } else { "local" }.to_owned()),
            ("DAYBOOK_EMBEDDING_THREADS", threads.to_string()),
            ("JIRA_URL", "https://records.atlassian.net".to_owned()),
            ("JIRA_API_URL", sim.jira_url()),
            ("JIRA_USERNAME", "demo@birchlane.example".to_owned()),
            ("JIRA_API_TOKEN", "demo-token".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    Ok(Config::from(&variables)?)
}

async fn measure(
    daybook: Daybook,
    queries: &[Query],
    judged: &Judged,
    flags: &Eval,
    stop: &CancellationToken,
) -> Result<(), Ended> {
    let search = Arc::clone(&daybook.search);
    let store = Arc::clone(&daybook.store);
    let tasks = TaskTracker::new();
    let inner = stop.child_token();
    let filled = fill(daybook, flags, &tasks, &inner, stop).await;
    let outcome = match filled {
        Ok(true) => rank(&search, queries).await.map(Some),
        Ok(false) => Ok(None),
        Err(error) => Err(error),
    };
    inner.cancel();
    tasks.close();
    tasks.wait().await;
    store.close().await;
    let Some(ranked) = outcome? else { return Err(Ended::Failed("stopped".to_owned())) };
    if let Some(path) = &flags.run {
        files::write_run(path, &ranked.rankings)?;
    }
    show(&judged.scores(&ranked.rankings), &ranked, flags)
}

/// Reads the issues in, and waits for everything that makes them findable; `false`: we were told to stop.
async fn fill(
    daybook: Daybook,
    flags: &Eval,
    tasks: &TaskTracker,
    inner: &CancellationToken,
    stop: &CancellationToken,
) -> Result<bool, Ended> {
    let asked = Asked {
        from_date: Some("2000-01-01".to_owned()),
        to_date: Some(daybook.clock.now().format("%Y-%m-%d").to_string()),
        ..Asked::default()
    };
    let request = Request { source: SourceKind::Jira, asked, project: None, item: None, request_id: None };
    let accepted = daybook.start_backfill.run(&Admin::at_the_console(), request).await;
    let id = accepted.map_err(|error| Ended::from_fault(&error))?.backfill.id;
    let (store, search) = (Arc::clone(&daybook.store), Arc::clone(&daybook.search));
    let model = daybook.embedder.as_ref().ok().map(|embedder| embedder.model().clone());
    daybook.start_background(tasks, inner);
    let Some(backfill) = watch(store.as_ref(), id, stop).await? else { return Ok(false) };
    let Some(searchable) = caught_up(&search, stop).await? else { return Ok(false) };
    if !flags.json {
        report(&backfill, Some(searchable))?;
    }
    ended_well(&backfill)?;
    let Some(model) = model else { return Ok(true) };
    let mut bar = Progress::new("vectors");
    loop {
        let counts = store
            .document_counts(Some(&model), &Viewer::admin())
            .await
            .map_err(|error| Ended::from_fault(&error))?;
        let coverage = search.coverage(&Viewer::admin()).await.map_err(|error| Ended::from_fault(&error))?;
        if counts.with_vectors >= counts.held && coverage.by_meaning >= counts.held {
            bar.end(counts.with_vectors, Some(counts.held), "");
            return Ok(true);
        }
        bar.report(counts.with_vectors, Some(counts.held), "");
        tokio::select! {
            () = stop.cancelled() => return Ok(false),
            () = tokio::time::sleep(std::time::Duration::from_millis(250)) => {}
        }
    }
}

struct RankedQueries {
    rankings: Vec<(String, Vec<String>)>,
    documents: u64,
    queries_per_second: f64,
    by_meaning: bool,
}

async fn rank(
    search: &daybook_core::actions::search::Search,
    queries: &[Query],
) -> Result<RankedQueries, Ended> {
    let mut rankings = Vec::with_capacity(queries.len());
    let mut by_meaning = true;
    let begun = Instant::now();
    for query in queries {
        let question = Question { text: query.text.clone(), limit: DEPTH, ..Question::default() };
        let answers = search.run(&Viewer::admin(), &question).await;
        let answers = answers.map_err(|error| Ended::from_fault(&error))?;
        by_meaning &= answers.coverage.without_meaning.is_none();
        let keys = answers.hits.into_iter().map(|hit| hit.stored.document.key);
        // The issue that the question was made of is no answer to it.
        rankings.push((query.id.clone(), keys.filter(|key| !query.exclude.contains(key)).collect()));
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let queries_per_second = queries.len() as f64 / begun.elapsed().as_secs_f64();
    let documents =
        search.coverage(&Viewer::admin()).await.map_err(|error| Ended::from_fault(&error))?.documents;
    Ok(RankedQueries { rankings, documents, queries_per_second, by_meaning })
}

fn show(scores: &Scores, ranked: &RankedQueries, flags: &Eval) -> Result<(), Ended> {
    let sides = if ranked.by_meaning { "words and meaning" } else { "words" };
    if flags.json {
        output::json(&json!({
            "queries": ranked.rankings.len(), "documents": ranked.documents, "by": sides,
            "ndcg@10": scores.ndcg, "recall@10": scores.recall, "mrr@10": scores.mrr,
            "queries_per_second": ranked.queries_per_second,
        }))?;
    } else {
        output::line(&format!(
            "{} queries among {} documents, by {sides}\nnDCG@10 {:.4}   Recall@10 {:.4}   MRR@10 {:.4}   {:.1} queries/s",
            ranked.rankings.len(),
            ranked.documents,
            scores.ndcg,
            scores.recall,
            scores.mrr,
            ranked.queries_per_second,
        ))?;
    }
    Ok(())
}

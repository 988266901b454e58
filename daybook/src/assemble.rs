//! Parts to a whole: one function that reads top to bottom, and the running of what it put together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use daybook_core::actions::check_health::CheckHealth;
use daybook_core::actions::follow_store::FollowStore;
use daybook_core::actions::index_documents::IndexDocuments;
use daybook_core::actions::keep_fresh::KeepFresh;
use daybook_core::actions::keep_schedule::KeepSchedule;
use daybook_core::actions::plan_backfill::PlanBackfill;
use daybook_core::actions::read_document::ReadDocument;
use daybook_core::actions::run_backfill::{self, RunBackfill};
use daybook_core::actions::search::Search;
use daybook_core::actions::settle_job::SettleJob;
use daybook_core::actions::start_backfill::StartBackfill;
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::actions::watch_sources::WatchSources;
use daybook_core::model::job::Job;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::budget::Budget;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::embedder::Embedder;
use daybook_core::ports::source::Source;
use daybook_core::ports::store::{Retention, Store};
use daybook_index::vectors::FlatVectors;
use daybook_store::sqlite::{SqliteBudget, SqliteStore};
use daybook_web::Access;
use daybook_worker::{Actions, Worker};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::ended::Ended;
use crate::parts;

/// How long answers may take to end when the process is going.
const GRACE: Duration = Duration::from_secs(10);

/// What a process that answers questions does beside.
#[expect(clippy::struct_excessive_bools, reason = "four things that a process may do, each for itself")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Understands questions by their meaning: loads the embedding model.
    pub understands: bool,
    /// Runs backfills.
    pub backfills: bool,
    /// Gives documents their vectors.
    pub embeds: bool,
    /// Starts what is due on its own.
    pub keeps_schedule: bool,
}

impl Role {
    /// Everything in one process.
    pub const WHOLE: Self = Self { understands: true, backfills: true, embeds: true, keeps_schedule: true };
    /// Answers only.
    pub const ANSWERS: Self =
        Self { understands: true, backfills: false, embeds: false, keeps_schedule: false };
    /// A command that does a backfill's work itself, and leaves it searchable by words.
    pub const BACKFILL: Self =
        Self { understands: false, backfills: true, embeds: false, keeps_schedule: false };
    /// A command that looks at rows.
    pub const LOOKS: Self =
        Self { understands: false, backfills: false, embeds: false, keeps_schedule: false };
}

/// A Daybook, put together and not yet running.
pub struct Daybook {
    /// The rows.
    pub store: Arc<SqliteStore>,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// Accepts backfills.
    pub start_backfill: Arc<StartBackfill>,
    /// Shows backfills.
    pub watch_backfills: Arc<WatchBackfills>,
    /// Reads sources again.
    pub keep_fresh: Arc<KeepFresh>,
    keep_schedule: Option<Arc<KeepSchedule>>,
    /// Searches.
    pub search: Arc<Search>,
    /// Reads one document.
    pub read_document: Arc<ReadDocument>,
    /// Brings the indexes up to the store.
    pub follow_store: FollowStore,
    /// Does the queue's work; `None`: this process leaves it to others.
    pub worker: Option<Worker>,
    /// The embedder, or in words why there is none.
    pub embedder: Result<Arc<dyn Embedder>, String>,
    plan_backfill: Arc<PlanBackfill>,
    watch_sources: Arc<WatchSources>,
    access: Access,
    check_health: Arc<CheckHealth>,
    suggestions: Vec<String>,
}

/// Puts a Daybook together for a role.
pub async fn assemble(config: &Config, clock: Arc<dyn Clock>, role: Role) -> Result<Daybook, Ended> {
    parts::check(config)?;
    let store = parts::store(config).await?;
    let rows: Arc<dyn Store> = Arc::clone(&store) as _;
    let sources = parts::sources(config, budget(&store, &clock), Arc::clone(&clock))?;
    let configured: BTreeSet<_> = sources.keys().copied().collect();
    let upkeep = parts::upkeep(config, &sources)?;
    let keep_fresh = Arc::new(KeepFresh::new(Arc::clone(&rows), Arc::clone(&clock), upkeep));
    let embedder = if role.understands || role.embeds {
        parts::embedder(config).await?
    } else {
        Err("this command does not load the embedding model".to_owned())
    };
    let known = embedder.as_ref().ok().cloned();

    let keywords = if role == Role::LOOKS {
        parts::keywords_to_read(config, &store).await?
    } else {
        parts::keywords(config, &store).await?
    };
    let vectors = Arc::new(FlatVectors::default());
    let mut search =
        Search::new(Arc::clone(&rows), keywords.clone(), vectors.clone(), known.clone(), Arc::clone(&clock));
    if let Err(reason) = &embedder {
        search = search.without_embedder_because(reason.clone());
    }
    let follow_store = FollowStore::new(Arc::clone(&rows), keywords, vectors, known.as_deref());
    let plan_backfill = Arc::new(PlanBackfill::new(Arc::clone(&clock), sources.clone()));
    let worker = worker(config, &rows, &clock, sources, known, role).await?;
    Ok(Daybook {
        plan_backfill,
        keep_schedule: role.keeps_schedule.then(|| keep_schedule(&rows, &keep_fresh)),
        keep_fresh,
        start_backfill: Arc::new(StartBackfill::new(Arc::clone(&rows), Arc::clone(&clock), configured)),
        watch_backfills: Arc::new(WatchBackfills::new(Arc::clone(&rows), Arc::clone(&clock))),
        watch_sources: Arc::new(WatchSources::new(Arc::clone(&rows), Arc::clone(&clock))),
        read_document: Arc::new(ReadDocument::new(Arc::clone(&rows))),
        check_health: Arc::new(CheckHealth::new(Arc::clone(&rows))),
        access: Access { admin_key: parts::admin_key(config)?, visitors: parts::visitors(config)? },
        search: Arc::new(search),
        suggestions: Vec::new(),
        store,
        clock,
        follow_store,
        worker,
        embedder,
    })
}

/// A worker alone: it answers no questions, so it keeps no index.
pub async fn assemble_worker(
    config: &Config,
    clock: Arc<dyn Clock>,
) -> Result<(Arc<SqliteStore>, Worker, Arc<KeepSchedule>), Ended> {
    parts::check(config)?;
    let store = parts::store(config).await?;
    let rows: Arc<dyn Store> = Arc::clone(&store) as _;
    let embedder = parts::embedder(config).await?;
    if let Err(reason) = &embedder {
        tracing::warn!(reason, "this worker gives no vectors");
    }
    let sources = parts::sources(config, budget(&store, &clock), Arc::clone(&clock))?;
    let upkeep = parts::upkeep(config, &sources)?;
    let keep_fresh = Arc::new(KeepFresh::new(Arc::clone(&rows), Arc::clone(&clock), upkeep));
    let worker = worker(config, &rows, &clock, sources, embedder.ok(), Role::WHOLE).await?;
    let worker =
        worker.ok_or_else(|| Ended::Failed("there is nothing that this worker could do".to_owned()))?;
    Ok((store, worker, keep_schedule(&rows, &keep_fresh)))
}

fn keep_schedule(rows: &Arc<dyn Store>, keep_fresh: &Arc<KeepFresh>) -> Arc<KeepSchedule> {
    Arc::new(KeepSchedule::new(Arc::clone(rows), Arc::clone(keep_fresh), Retention::default()))
}

/// The budgets that all processes on this database share.
fn budget(store: &SqliteStore, clock: &Arc<dyn Clock>) -> Arc<dyn Budget> {
    Arc::new(SqliteBudget::new(store.clone(), Arc::clone(clock)))
}

/// The queue's worker for what this process is able to do; `None`: nothing.
async fn worker(
    config: &Config,
    rows: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    sources: BTreeMap<SourceKind, Arc<dyn Source>>,
    embedder: Option<Arc<dyn Embedder>>,
    role: Role,
) -> Result<Option<Worker>, Ended> {
    let embeds = role.embeds && embedder.is_some();
    let kinds: Vec<&'static str> = [
        (role.backfills, Job::RUN_BACKFILL),
        (embeds, Job::INDEX_DOCUMENTS),
        (role == Role::WHOLE, Job::PING),
    ]
    .into_iter()
    .filter_map(|(does, kind)| does.then_some(kind))
    .collect();
    if kinds.is_empty() {
        return Ok(None);
    }
    let index_documents = IndexDocuments::new(Arc::clone(rows), embedder);
    if embeds {
        index_documents.enqueue_if_wanted(clock.as_ref()).await.map_err(|error| Ended::from_fault(&error))?;
    }
    let settings = run_backfill::Settings {
        embeds: parts::wants_vectors(config)?,
        hours_shown: parts::hours_shown(config)?,
    };
    let actions = Actions {
        run_backfill: RunBackfill::new(Arc::clone(rows), Arc::clone(clock), sources, settings),
        index_documents,
        settle_job: SettleJob::new(Arc::clone(rows), Arc::clone(clock)),
    };
    let mut settings = parts::worker(config, format!("worker-{}", clock.fresh_id()), &kinds)?;
    if role == Role::BACKFILL {
        // Somebody sits at the terminal; the checkpoint makes up for what is cut short.
        settings.grace = Duration::from_secs(1);
    }
    Ok(Some(Worker::new(Arc::clone(rows), Arc::clone(clock), actions, settings)))
}

impl Daybook {
    /// Questions that the first page proposes.
    #[must_use]
    pub fn suggesting(self, suggestions: Vec<String>) -> Self {
        Self { suggestions, ..self }
    }

    /// What the HTTP way in works with.
    pub fn state(&self) -> daybook_web::State {
        daybook_web::State {
            search: Arc::clone(&self.search),
            read_document: Arc::clone(&self.read_document),
            plan_backfill: Arc::clone(&self.plan_backfill),
            start_backfill: Arc::clone(&self.start_backfill),
            watch_backfills: Arc::clone(&self.watch_backfills),
            keep_fresh: Arc::clone(&self.keep_fresh),
            watch_sources: Arc::clone(&self.watch_sources),
            check_health: Arc::clone(&self.check_health),
            clock: Arc::clone(&self.clock),
            access: self.access.clone(),
            suggestions: self.suggestions.clone().into(),
        }
    }

    /// Answers on that listener and works on the queue, until told to stop; then ends what it has begun.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        let router = daybook_web::router(self.state());
        tasks.spawn(daybook_web::serve(listener, router, stop.clone(), GRACE));
        let store = Arc::clone(&self.store);
        self.start_background(&tasks, &stop);
        tasks.close();
        tasks.wait().await;
        store.close().await;
    }

    /// The indexes and the worker, as far as this process has them.
    pub fn start_background(self, tasks: &TaskTracker, stop: &CancellationToken) {
        tasks.spawn(daybook_worker::follow(self.follow_store, stop.clone()));
        if let Some(worker) = self.worker {
            tasks.spawn(worker.run(stop.clone()));
        }
        if let Some(keep) = self.keep_schedule {
            let (store, name) = (Arc::clone(&self.store) as _, format!("schedule-{}", self.clock.fresh_id()));
            tasks.spawn(daybook_worker::schedule(store, name, keep, stop.clone()));
        }
    }
}

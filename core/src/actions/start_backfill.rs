//! Accepts a backfill: its row and its job are written together, so that a "yes" survives any restart.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::model::account::Admin;
use crate::model::backfill::{
    Asked, Backfill, BackfillId, BackfillState, Progress, RunKind, Window, WindowError,
};
use crate::model::fault::{Fault, FaultKind};
use crate::model::job::{Job, NewJob, Priority};
use crate::model::source::SourceKind;
use crate::ports::clock::Clock;
use crate::ports::store::{Store, StoreError};

/// Accepts backfills.
pub struct StartBackfill {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    configured: BTreeSet<SourceKind>,
}

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which source.
    pub source: SourceKind,
    /// Which days, in the asker's words.
    pub asked: Asked,
    /// Only this project.
    pub project: Option<String>,
    /// Only this record, whenever it is from: its id at the source, or what people call it.
    pub item: Option<String>,
    /// The request that asks, for the logs of the job.
    pub request_id: Option<String>,
}

/// An accepted backfill.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The one that runs or will run.
    pub backfill: Backfill,
    /// Whether it was accepted before: the same window is not read twice at once.
    pub deduplicated: bool,
}

/// Why what was asked for makes no sense.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The window makes no sense.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The project's key is not one.
    #[error("project must be a key of letters, digits and underscores (at most 64), and `{0}` is not one")]
    Project(String),
    /// The item's name is none.
    #[error(
        "item must be a record's id or key, at most 200 letters, digits, dashes, dots, colons or underscores, and `{0}` is not one"
    )]
    Item(String),
    /// A whole source is not meant together with one record of it.
    #[error("give either an item or a project, not both")]
    ItemAndProject,
    /// The source has no settings.
    #[error(
        "{source_kind} is off: this Daybook has no settings for it, or its release cannot read it; `daybook config` shows what can be set"
    )]
    Off {
        /// Which.
        source_kind: SourceKind,
    },
}

impl Fault for RequestError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Window(error) => error.kind(),
            Self::Project(_) | Self::Item(_) | Self::ItemAndProject | Self::Off { .. } => FaultKind::Invalid,
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Window(error) => error.field(),
            Self::Project(_) => Some("project"),
            Self::Item(_) | Self::ItemAndProject => Some("item"),
            Self::Off { .. } => Some("source"),
        }
    }
}

/// Why a backfill was not accepted. Nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum StartBackfillError {
    /// What was asked for makes no sense.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The store failed.
    #[error("the backfill was not accepted")]
    Store(#[from] StoreError),
}

impl Fault for StartBackfillError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Request(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Request(error) => error.field(),
            Self::Store(_) => None,
        }
    }
}

impl Request {
    /// The window that is meant, if the request makes sense and its source has settings. Planning and starting ask alike.
    pub(super) fn checked(&self, is_on: bool, now: DateTime<Utc>) -> Result<Window, RequestError> {
        let window = self.asked.window(self.source, now)?;
        if let Some(project) = self.project.as_deref().filter(|project| !is_project_key(project)) {
            return Err(RequestError::Project(project.to_owned()));
        }
        if let Some(item) = self.item.as_deref().filter(|item| !is_item(item)) {
            return Err(RequestError::Item(item.to_owned()));
        }
        if self.item.is_some() && self.project.is_some() {
            return Err(RequestError::ItemAndProject);
        }
        if is_on { Ok(window) } else { Err(RequestError::Off { source_kind: self.source }) }
    }
}

impl StartBackfill {
    /// Accepts backfills of the sources that have settings.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, configured: BTreeSet<SourceKind>) -> Self {
        Self { store, clock, configured }
    }

    /// Accepts a backfill, or points to the one that reads the same window already.
    pub async fn run(&self, proof: &Admin, request: Request) -> Result<Accepted, StartBackfillError> {
        let now = self.clock.now();
        let window = request.checked(self.configured.contains(&request.source), now)?;
        let mut tx = self.store.begin().await?;
        let is_same = |other: &Backfill| {
            other.kind == RunKind::Backfill
                && other.project == request.project
                && other.item == request.item
                && (other.item.is_some() || other.window.same_request(&window))
        };
        if let Some(backfill) = tx.active_backfills(request.source).await?.into_iter().find(is_same) {
            return Ok(Accepted { backfill, deduplicated: true });
        }
        let backfill = self.fresh(&request, window, proof);
        tx.add_backfill(&backfill).await?;
        let job = Job::RunBackfill { backfill: backfill.id, source: Some(backfill.source) };
        // Somebody waits for a single record; a long history gives way to what keeps the present fresh.
        let priority = if backfill.item.is_some() { Priority::Soon } else { Priority::Normal };
        let job = NewJob::now(job, self.clock.fresh_id()).with_priority(priority);
        tx.enqueue(&job.asked_by(request.request_id.as_deref())).await?;
        tx.commit().await?;
        tracing::info!(backfill.id = %backfill.id, source = %backfill.source, "accepted a backfill from {}", backfill.source);
        Ok(Accepted { backfill, deduplicated: false })
    }

    fn fresh(&self, request: &Request, window: Window, proof: &Admin) -> Backfill {
        Backfill {
            id: BackfillId(self.clock.fresh_id()),
            kind: RunKind::Backfill,
            source: request.source,
            window,
            project: request.project.clone(),
            item: request.item.clone(),
            accepts_losses: false,
            state: BackfillState::Queued,
            progress: Progress::default(),
            warnings: Vec::new(),
            error: None,
            requested_by: proof.who().to_owned(),
            created_at: self.clock.now(),
            started_at: None,
            finished_at: None,
        }
    }
}

fn is_project_key(word: &str) -> bool {
    (1..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Ids and keys of all four sources; what is none never reaches one.
fn is_item(word: &str) -> bool {
    (1..=200).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

//! The actions that routes may use. A handler takes the one field that it needs, never the whole.

use std::sync::Arc;

use axum::extract::FromRef;
use daybook_core::actions::check_health::CheckHealth;
use daybook_core::actions::keep_fresh::KeepFresh;
use daybook_core::actions::plan_backfill::PlanBackfill;
use daybook_core::actions::read_document::ReadDocument;
use daybook_core::actions::search::Search;
use daybook_core::actions::start_backfill::StartBackfill;
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::actions::watch_sources::WatchSources;
use daybook_core::model::account::AdminKey;
use daybook_core::ports::clock::Clock;

/// Everything that routes need; put together by the door.
#[derive(Clone, FromRef)]
pub struct State {
    /// Answers questions.
    pub search: Arc<Search>,
    /// Shows one document.
    pub read_document: Arc<ReadDocument>,
    /// Says what backfills would take.
    pub plan_backfill: Arc<PlanBackfill>,
    /// Accepts backfills.
    pub start_backfill: Arc<StartBackfill>,
    /// Shows and cancels backfills, and how fresh sources are.
    pub watch_backfills: Arc<WatchBackfills>,
    /// Reads sources again, and compares them with what is held.
    pub keep_fresh: Arc<KeepFresh>,
    /// Shows what is missing of sources.
    pub watch_sources: Arc<WatchSources>,
    /// Says whether Daybook can do its work.
    pub check_health: Arc<CheckHealth>,
    /// The time, and ids for requests.
    pub clock: Arc<dyn Clock>,
    /// Who may come in.
    pub access: Access,
    /// Example questions for the first page; may be empty.
    pub suggestions: Arc<[String]>,
}

/// Who may come in.
#[derive(Debug, Clone)]
pub struct Access {
    /// The key of the administrator (`ADMIN_API_KEY`). `None`: nobody is one over HTTP.
    pub admin_key: Option<AdminKey>,
    /// What visitors without a key may do (`DAYBOOK_VISITORS`).
    pub visitors: Visitors,
}

/// What whoever reaches the port without a key may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Visitors {
    /// Nothing but ask whether we live.
    #[default]
    Nobody,
    /// Read what every member may read.
    Members,
}

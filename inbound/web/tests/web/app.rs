//! The router over fakes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use daybook_core::actions::check_health::CheckHealth;
use daybook_core::actions::keep_fresh::{KeepFresh, Upkeep};
use daybook_core::actions::plan_backfill::PlanBackfill;
use daybook_core::actions::read_document::ReadDocument;
use daybook_core::actions::search::Search;
use daybook_core::actions::start_backfill::StartBackfill;
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::actions::watch_sources::WatchSources;
use daybook_core::model::account::AdminKey;
use daybook_core::model::document::StoredDocument;
use daybook_core::model::schedule::Schedule;
use daybook_core::model::source::{Freshness, SourceKind};
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::{Manners, Source};
use daybook_core::ports::store::Store;
use daybook_web::{Access, State, Visitors, router};
use uuid::Uuid;

use crate::fake_index::{FakeKeywords, FakeVectors};
use crate::fake_source::FakeSource;
use crate::fake_store::FakeStore;
use crate::sample;

/// The admin key of the tests.
pub(crate) const KEY: &str = "an admin key for tests";

/// A clock that stands still and counts ids.
#[derive(Default)]
pub(crate) struct FakeClock {
    count: AtomicU64,
}

impl Clock for FakeClock {
    fn now(&self) -> DateTime<Utc> {
        sample::now()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.count.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

/// What a test starts from.
pub(crate) struct Setup {
    pub(crate) documents: Vec<StoredDocument>,
    pub(crate) freshness: Vec<Freshness>,
    pub(crate) visitors: Visitors,
    pub(crate) admin_key: Option<&'static str>,
    pub(crate) suggestions: Vec<String>,
    /// The rest of what the store holds.
    pub(crate) store: FakeStore,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            documents: sample::documents(),
            freshness: sample::freshness(),
            visitors: Visitors::Members,
            admin_key: Some(KEY),
            suggestions: vec!["Why does the export fail?".to_owned()],
            store: FakeStore::default(),
        }
    }
}

/// A whole way in.
pub(crate) struct App {
    pub(crate) router: Router,
    pub(crate) store: Arc<FakeStore>,
}

impl App {
    pub(crate) fn new() -> Self {
        Self::of(Setup::default())
    }

    pub(crate) fn of(setup: Setup) -> Self {
        let held: Vec<_> = setup.documents.iter().filter(|one| one.tombstone.is_none()).cloned().collect();
        let keywords = Arc::new(FakeKeywords { documents: held });
        let store = Arc::new(FakeStore {
            documents: setup.documents,
            freshness: setup.freshness,
            has_worker: AtomicBool::new(true),
            ..setup.store
        });
        let shared: Arc<dyn Store> = store.clone();
        let clock: Arc<dyn Clock> = Arc::new(FakeClock::default());
        let vectors = Arc::new(FakeVectors { count: 3 });
        let configured = BTreeSet::from([SourceKind::Jira]);
        let sources: BTreeMap<SourceKind, Arc<dyn Source>> =
            BTreeMap::from([(SourceKind::Jira, Arc::new(FakeSource) as _)]);
        let manners = Manners { overlap: Duration::from_mins(5), settle: Duration::from_mins(1) };
        let upkeep = Upkeep { manners, sync: Schedule::Off, census: Schedule::Off };
        let upkeep = BTreeMap::from([(SourceKind::Jira, upkeep)]);
        let state = State {
            search: Arc::new(Search::new(shared.clone(), keywords, vectors, None, clock.clone())),
            read_document: Arc::new(ReadDocument::new(shared.clone())),
            plan_backfill: Arc::new(PlanBackfill::new(clock.clone(), sources)),
            start_backfill: Arc::new(StartBackfill::new(shared.clone(), clock.clone(), configured)),
            watch_backfills: Arc::new(WatchBackfills::new(shared.clone(), clock.clone())),
            keep_fresh: Arc::new(KeepFresh::new(shared.clone(), clock.clone(), upkeep)),
            watch_sources: Arc::new(WatchSources::new(shared.clone(), clock.clone())),
            check_health: Arc::new(CheckHealth::new(shared)),
            clock,
            access: Access { admin_key: setup.admin_key.map(AdminKey::new), visitors: setup.visitors },
            suggestions: setup.suggestions.into(),
        };
        Self { router: router(state), store }
    }
}

//! What Daybook does, over a real SQLite store and a scripted vendor.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

mod index_documents;
mod plan_backfill;
mod run_backfill;
mod search;
mod start_backfill;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use daybook_core::actions::run_backfill::{RunBackfill, Settings as RunSettings};
use daybook_core::actions::settle_job::SettleJob;
use daybook_core::actions::start_backfill::{Accepted, Request, StartBackfill, StartBackfillError};
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::{Asked, Backfill, BackfillId};
use daybook_core::model::document::Record;
use daybook_core::model::job::{Claimed, Job};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::Source;
use daybook_core::ports::store::{Store, Wish};
use daybook_store::sqlite::{Settings, SqliteStore};
use daybook_testkit::manual_clock::ManualClock;
use daybook_testkit::sample::{issue, record};
use daybook_testkit::source::{ScriptedSource, Turn};
use tempfile::TempDir;

/// A store in a folder of its own, and a clock that stands.
struct House {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    _folder: TempDir,
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&Settings::at(folder.path().join("daybook.db"))).await.unwrap();
        let clock = Arc::new(ManualClock::at("2026-11-24T15:00:00Z"));
        Self { store: Arc::new(store), clock, _folder: folder }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as _
    }

    async fn start(&self, asked: Asked) -> Result<Accepted, StartBackfillError> {
        let action = StartBackfill::new(
            Arc::clone(&self.store),
            self.clock(),
            BTreeSet::from([SourceKind::Jira, SourceKind::Notion]),
        );
        let request =
            Request { source: SourceKind::Jira, asked, project: None, item: None, request_id: None };
        action.run(&Admin::at_the_console(), request).await
    }

    async fn started(&self) -> BackfillId {
        self.start(Asked { days: Some("30".to_owned()), ..Asked::default() }).await.unwrap().backfill.id
    }

    fn runner(&self, source: ScriptedSource) -> RunBackfill {
        let sources: BTreeMap<SourceKind, Arc<dyn Source>> =
            BTreeMap::from([(SourceKind::Jira, Arc::new(source) as _)]);
        let settings = RunSettings { embeds: true, ..RunSettings::default() };
        RunBackfill::new(Arc::clone(&self.store), self.clock(), sources, settings)
    }

    async fn claim(&self, kind: &'static str) -> Option<Claimed> {
        let wish = Wish {
            worker: "w",
            kinds: &[kind],
            token: self.clock.fresh_id(),
            now: self.clock.now(),
            lease: Duration::from_secs(15),
        };
        self.store.claim(&wish).await.unwrap()
    }

    async fn claim_run(&self) -> Claimed {
        self.claim(Job::RUN_BACKFILL).await.unwrap()
    }

    fn settle(&self) -> SettleJob {
        SettleJob::new(Arc::clone(&self.store), self.clock())
    }

    async fn backfill(&self, id: BackfillId) -> Backfill {
        self.store.backfill(id).await.unwrap().unwrap()
    }
}

fn page(numbers: std::ops::Range<u32>) -> Vec<Record> {
    numbers.map(|number| record(issue(number, "some title"))).collect()
}

fn turn(numbers: std::ops::Range<u32>) -> Turn {
    Turn::Page(page(numbers))
}

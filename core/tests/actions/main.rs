//! What Daybook does, over a real SQLite store and a scripted vendor.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

mod census;
mod index_documents;
mod keep_fresh;
mod plan_backfill;
mod run_backfill;
mod schedule;
mod search;
mod start_backfill;
mod worklogs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use daybook_core::actions::keep_fresh::{KeepFresh, Upkeep};
use daybook_core::actions::keep_schedule::KeepSchedule;
use daybook_core::actions::run_backfill::{RunBackfill, Settings as RunSettings};
use daybook_core::actions::settle_job::SettleJob;
use daybook_core::actions::start_backfill::{Accepted, Request, StartBackfill, StartBackfillError};
use daybook_core::model::account::Admin;
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::{Asked, Backfill, BackfillId, BackfillState};
use daybook_core::model::document::{Record, Revision, StoredDocument};
use daybook_core::model::job::{Claimed, Job, StopSign};
use daybook_core::model::schedule::Schedule;
use daybook_core::model::source::{Freshness, SourceKind};
use daybook_core::model::worklog::HoursShown;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::Source;
use daybook_core::ports::store::{Retention, Store, Wish};
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
        let clock = Arc::new(ManualClock::at("2026-11-24T15:00:00Z"));
        let settings = Settings {
            clock: Some(Arc::clone(&clock) as _),
            ..Settings::at(folder.path().join("daybook.db"))
        };
        let store = SqliteStore::open(&settings).await.unwrap();
        Self { store: Arc::new(store), clock, _folder: folder }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock) as _
    }

    async fn start(&self, asked: Asked) -> Result<Accepted, StartBackfillError> {
        self.request(SourceKind::Jira, asked, None).await
    }

    async fn request(
        &self,
        source: SourceKind,
        asked: Asked,
        item: Option<&str>,
    ) -> Result<Accepted, StartBackfillError> {
        let configured = BTreeSet::from([SourceKind::Jira, SourceKind::Notion, SourceKind::Tempo]);
        let action = StartBackfill::new(Arc::clone(&self.store), self.clock(), configured);
        let item = item.map(str::to_owned);
        action
            .run(&Admin::at_the_console(), Request { source, asked, project: None, item, request_id: None })
            .await
    }

    async fn started(&self) -> BackfillId {
        self.started_of(SourceKind::Jira).await
    }

    async fn started_of(&self, source: SourceKind) -> BackfillId {
        let asked = Asked { days: Some("30".to_owned()), ..Asked::default() };
        self.request(source, asked, None).await.unwrap().backfill.id
    }

    fn runner(&self, source: ScriptedSource) -> RunBackfill {
        self.runner_showing(source, HoursShown::default())
    }

    fn runner_showing(&self, source: ScriptedSource, hours_shown: HoursShown) -> RunBackfill {
        let sources: BTreeMap<SourceKind, Arc<dyn Source>> =
            BTreeMap::from([(source.kind(), Arc::new(source) as _)]);
        let settings = RunSettings { embeds: true, hours_shown };
        RunBackfill::new(Arc::clone(&self.store), self.clock(), sources, settings)
    }

    /// Keeps the schedule of these sources.
    fn scheduling(&self, sources: &[(SourceKind, Schedule, Schedule)]) -> KeepSchedule {
        let keep_fresh = Arc::new(self.keeping(sources));
        KeepSchedule::new(Arc::clone(&self.store), keep_fresh, Retention::default())
    }

    /// Keeps these sources fresh, by their schedules.
    fn keeping(&self, sources: &[(SourceKind, Schedule, Schedule)]) -> KeepFresh {
        let manners = ScriptedSource::new(None, Vec::new()).manners();
        let upkeep = |&(source, sync, census)| (source, Upkeep { manners, sync, census });
        KeepFresh::new(Arc::clone(&self.store), self.clock(), sources.iter().map(upkeep).collect())
    }

    fn keep_fresh(&self) -> KeepFresh {
        self.keeping(&[(SourceKind::Jira, Schedule::Off, Schedule::Off)])
    }

    /// Runs the only run that waits, one try after the other as a worker does, until it is over.
    async fn work(&self, source: &ScriptedSource) -> Backfill {
        let runner = self.runner(source.clone());
        let mut newest = None;
        for round in 0..200 {
            let Some(claimed) = self.claim(Job::RUN_BACKFILL).await else {
                // Pauses grow: whoever waits for the end of all tries waits for half a day.
                let pause = if round < 40 { TimeDelta::seconds(10) } else { TimeDelta::minutes(20) };
                self.clock.advance(pause);
                continue;
            };
            let Job::RunBackfill { backfill, .. } = claimed.job else { unreachable!("it was not claimed") };
            newest = Some(backfill);
            match runner.run(backfill, &claimed.lease, &StopSign::default()).await {
                Ok(_) => self.settle().done(&claimed, None).await.unwrap(),
                Err(error) => drop(self.settle().failed(&claimed, &error).await.unwrap()),
            }
            if self.backfill(backfill).await.state.is_over() {
                break;
            }
        }
        self.backfill(newest.unwrap()).await
    }

    /// Reads these records as the history of their source, so that it is confirmed up to now.
    async fn read(&self, source: SourceKind, records: Vec<Record>) -> Backfill {
        let id = self.started_of(source).await;
        let script = if records.is_empty() { Vec::new() } else { vec![Turn::Page(records)] };
        let done = self.work(&ScriptedSource::new(None, script).of(source)).await;
        assert_eq!((done.id, done.state), (id, BackfillState::Done), "{:?}", done.error);
        done
    }

    async fn fresh(&self, source: SourceKind) -> Freshness {
        let all = self.store.freshness(&Viewer::admin()).await.unwrap();
        all.into_iter().find(|one| one.source == source).unwrap()
    }

    /// The documents that are there, by their ids at the source.
    async fn held(&self) -> BTreeMap<String, StoredDocument> {
        let all = self.store.document_changes(Revision(0), 10_000, u64::MAX).await.unwrap();
        let there = all.into_iter().filter(|one| one.tombstone.is_none());
        there.map(|one| (one.document.external_id.clone(), one)).collect()
    }

    async fn claim(&self, kind: &'static str) -> Option<Claimed> {
        let wish =
            Wish { worker: "w", kind, most: 1, token: self.clock.fresh_id(), lease: Duration::from_secs(15) };
        self.store.claim(&wish).await.unwrap().pop()
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

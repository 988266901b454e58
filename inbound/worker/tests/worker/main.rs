//! The life of a job in a worker's hands: leases that are kept, bugs that are contained, stops that lose nothing.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use daybook_core::actions::index_documents::IndexDocuments;
use daybook_core::actions::keep_fresh::{KeepFresh, Upkeep};
use daybook_core::actions::keep_schedule::KeepSchedule;
use daybook_core::actions::run_backfill::RunBackfill;
use daybook_core::actions::settle_job::SettleJob;
use daybook_core::actions::start_backfill::{Request, StartBackfill};
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::{Asked, Backfill, BackfillId, BackfillState, RunKind};
use daybook_core::model::job::Job;
use daybook_core::model::schedule::Schedule;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::Source;
use daybook_core::ports::store::{Retention, Store};
use daybook_store::sqlite::{Settings as SqliteSettings, SqliteStore};
use daybook_testkit::sample::{issue, record};
use daybook_testkit::source::{ScriptedSource, Turn};
use daybook_worker::{Actions, Settings, Worker, schedule};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Leases are about real time, so the clock is a real one.
struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

struct House {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    source: ScriptedSource,
    _folder: TempDir,
}

impl House {
    async fn new(script: Vec<Turn>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&SqliteSettings::at(folder.path().join("daybook.db"))).await.unwrap();
        let source = ScriptedSource::new(Some(2), script);
        Self { store: Arc::new(store), clock: Arc::new(RealClock), source, _folder: folder }
    }

    fn worker(&self, name: &str) -> Worker {
        self.worker_with_lease(name, Duration::from_millis(600))
    }

    fn worker_with_lease(&self, name: &str, lease: Duration) -> Worker {
        let sources: BTreeMap<SourceKind, Arc<dyn Source>> =
            BTreeMap::from([(SourceKind::Jira, Arc::new(self.source.clone()) as _)]);
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        let actions = Actions {
            run_backfill: RunBackfill::new(
                Arc::clone(&store),
                Arc::clone(&clock),
                sources,
                daybook_core::actions::run_backfill::Settings::default(),
            ),
            index_documents: IndexDocuments::new(Arc::clone(&store), None),
            settle_job: SettleJob::new(Arc::clone(&store), Arc::clone(&clock)),
        };
        let settings = Settings {
            lease,
            poll: Duration::from_millis(20),
            grace: Duration::from_millis(400),
            ..Settings::named(name, &[(Job::RUN_BACKFILL, 1)])
        };
        Worker::new(store, clock, actions, settings)
    }

    async fn start(&self) -> BackfillId {
        self.start_of("30").await
    }

    async fn start_of(&self, days: &str) -> BackfillId {
        let action = StartBackfill::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            BTreeSet::from([SourceKind::Jira]),
        );
        let asked = Asked { days: Some(days.to_owned()), ..Asked::default() };
        let request =
            Request { source: SourceKind::Jira, asked, project: None, item: None, request_id: None };
        action.run(&Admin::at_the_console(), request).await.unwrap().backfill.id
    }

    async fn until(&self, id: BackfillId, what: impl Fn(&Backfill) -> bool) -> Backfill {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let backfill = self.store.backfill(id).await.unwrap().unwrap();
            if what(&backfill) {
                return backfill;
            }
            assert!(Instant::now() < until, "it never comes: {backfill:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn one(number: u32) -> Vec<daybook_core::model::document::Record> {
    vec![record(issue(number, "some title"))]
}

/// Runs workers of these names while `work` goes on.
async fn with_workers<T>(house: &House, names: &[&str], work: impl Future<Output = T>) -> T {
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    for name in names {
        tasks.spawn(house.worker(name).run(stop.clone()));
    }
    tasks.close();
    let result = work.await;
    stop.cancel();
    tasks.wait().await;
    result
}

#[tokio::test]
async fn a_page_that_takes_longer_than_the_lease_is_not_taken_over() {
    let late = Turn::Late(Duration::from_secs(2), one(1));
    let house = House::new(vec![late, Turn::Page(one(2))]).await;
    let id = house.start().await;
    let done = with_workers(&house, &["one", "two"], house.until(id, |b| b.state.is_over())).await;
    assert_eq!((done.state, done.progress.seen), (BackfillState::Done, 2), "read once, by one of the two");
    assert_eq!(done.progress.requests, 3, "one survey, two pages");
}

#[tokio::test]
async fn a_bug_in_an_adapter_fails_its_job_and_not_the_worker() {
    let house = House::new(vec![Turn::Panic]).await;
    let id = house.start().await;
    let failed = with_workers(&house, &["one"], async {
        let failed = house.until(id, |b| b.state.is_over()).await;
        assert!(house.store.worker_seen_within(Duration::from_secs(5)).await.unwrap());
        failed
    })
    .await;
    assert_eq!(failed.state, BackfillState::Failed);
    assert!(failed.error.unwrap().contains("panicked"));
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_puts_its_job_back_and_another_goes_on() {
    let late = Turn::Late(Duration::from_secs(3), one(2));
    let house = House::new(vec![Turn::Page(one(1)), late]).await;
    let id = house.start().await;
    let begun = Instant::now();
    with_workers(&house, &["one"], house.until(id, |b| b.progress.pages == 1)).await;
    assert!(begun.elapsed() < Duration::from_millis(2_500), "it does not wait longer than its grace");
    assert_eq!(house.store.queue_counts().await.unwrap().pending, 1, "free at once");
    let done = with_workers(&house, &["two"], house.until(id, |b| b.state.is_over())).await;
    assert_eq!((done.state, done.progress.seen, done.progress.pages), (BackfillState::Done, 2, 2));
}

#[tokio::test]
async fn an_outage_is_waited_out() {
    let house = House::new(vec![Turn::Away, Turn::Page(one(1))]).await;
    let id = house.start().await;
    let paused = with_workers(&house, &["one"], house.until(id, |b| b.error.is_some())).await;
    assert_eq!(paused.state, BackfillState::Running);
    assert!(paused.error.unwrap().contains("503"));
}

#[tokio::test]
async fn a_run_that_is_cancelled_is_let_go_long_before_its_lease_ends_and_the_next_of_its_source_begins() {
    let late = Turn::Late(Duration::from_mins(5), one(2));
    let house = House::new(vec![Turn::Page(one(1)), late]).await;
    let id = house.start().await;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    tasks.spawn(house.worker_with_lease("one", Duration::from_mins(1)).run(stop.clone()));
    tasks.close();
    house.until(id, |b| b.progress.pages == 1).await;
    let watch = WatchBackfills::new(Arc::clone(&house.store), Arc::clone(&house.clock));
    watch.cancel(&Admin::at_the_console(), id).await.unwrap();
    let begun = Instant::now();
    let next = house.start_of("60").await;
    house.until(next, |b| b.state == BackfillState::Running).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let over = house.store.backfill(id).await.unwrap().unwrap();
    assert_eq!((over.state, over.progress.seen), (BackfillState::Cancelled, 1));
    stop.cancel();
    tasks.wait().await;
}

#[tokio::test]
async fn what_is_due_is_started_and_done_and_the_schedule_stops_when_told() {
    let house = House::new(vec![Turn::Page(one(1))]).await;
    let id = house.start().await;
    let manners = house.source.manners();
    let (sync, census) = (Schedule::Every(chrono::Duration::days(1)), Schedule::Off);
    let sources = BTreeMap::from([(SourceKind::Jira, Upkeep { manners, sync, census })]);
    let keep_fresh = Arc::new(KeepFresh::new(Arc::clone(&house.store), Arc::clone(&house.clock), sources));
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    with_workers(&house, &["one"], house.until(id, |b| b.state == BackfillState::Done)).await;
    let keep = Arc::new(KeepSchedule::new(Arc::clone(&house.store), keep_fresh, Retention::default()));
    for name in ["one", "other"] {
        let store = Arc::clone(&house.store);
        tasks.spawn(schedule(store, name.to_owned(), Arc::clone(&keep), stop.clone()));
    }
    tasks.close();
    let until = Instant::now() + Duration::from_secs(20);
    while !house.store.ticks().await.unwrap().contains_key("sync:jira") {
        assert!(Instant::now() < until, "nobody looks");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // It is due a day after it was last read: make it due now.
    let now = Utc::now();
    let mut tx = house.store.begin().await.unwrap();
    tx.take_tick("sync:jira", now, now - chrono::Duration::seconds(1)).await.unwrap();
    tx.commit().await.unwrap();
    let is_sync = |run: &Backfill| run.kind == RunKind::Sync && run.state == BackfillState::Done;
    with_workers(&house, &["one"], async {
        while !house.store.backfills(9).await.unwrap().iter().any(is_sync) {
            assert!(Instant::now() < until, "it is not started");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), tasks.wait()).await.unwrap();
    assert_eq!(house.store.backfills(9).await.unwrap().len(), 2, "once, by one of the two");
}

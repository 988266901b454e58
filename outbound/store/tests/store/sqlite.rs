//! The contract on a SQLite file, and two processes' worth of stores on one file.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use daybook_core::model::backfill::{Backfill, BackfillState, Progress, RunKind};
use daybook_core::model::job::{Job, JobId, JobState, NewJob};
use daybook_core::ports::clock::Clock as _;
use daybook_core::ports::source::Cursor;
use daybook_core::ports::store::{Retention, Store, Wish};
use daybook_store::sqlite::{Settings, SqliteStore};
use daybook_testkit::manual_clock::ManualClock;
use daybook_testkit::sample::backfill;
use daybook_testkit::store_contract;
use tempfile::TempDir;
use uuid::Uuid;

use crate::beside;

async fn open(clock: Arc<ManualClock>) -> (Arc<dyn Store>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { clock: Some(clock), ..Settings::at(folder.path().join("daybook.db")) };
    let store = SqliteStore::open(&settings).await.unwrap();
    (Arc::new(store), folder)
}

store_contract!(open);

#[tokio::test]
async fn stores_that_open_one_new_file_at_once_all_get_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::at(folder.path().join("daybook.db"));
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let settings = settings.clone();
        opening
            .spawn(async move { SqliteStore::open(&settings).await.unwrap().instance_id().await.unwrap() });
    }
    let ids = opening.join_all().await;
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::at(folder.path().join("daybook.db"));
    let store = SqliteStore::open(&settings).await.unwrap();
    store.worker_beat("w").await.unwrap();
    drop(store);
    let store = SqliteStore::open(&settings).await.unwrap();
    assert!(store.worker_seen_within(Duration::from_mins(1)).await.unwrap());
}

#[tokio::test]
async fn a_job_of_another_release_is_put_aside_and_found_again_when_it_can_be_read() {
    let clock = Arc::new(ManualClock::at("2026-11-25T03:00:00Z"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daybook.db");
    let settings = Settings { clock: Some(Arc::clone(&clock) as _), ..Settings::at(&path) };
    let store = SqliteStore::open(&settings).await.unwrap();
    for number in 1..=2 {
        let job = Job::Ping { number: Uuid::from_u128(number) };
        store.submit(NewJob::now(job, Uuid::from_u128(number))).await.unwrap();
    }
    let mut other = beside(&path).await;
    let newer = r#"{"kind":"ping","number":{"as":"never before"}}"#;
    let turned = sqlx::query("update jobs set payload = ? where id = ?").bind(newer);
    turned.bind(Uuid::from_u128(1).to_string()).execute(&mut other).await.unwrap();
    let wish =
        Wish { worker: "w", kind: Job::PING, most: 5, token: Uuid::nil(), lease: Duration::from_secs(9) };
    let claimed = store.claim(&wish).await.unwrap();
    assert_eq!(claimed.iter().map(|one| one.lease.job.0.as_u128()).collect::<Vec<_>>(), [2], "others go on");
    let id = JobId(Uuid::from_u128(1));
    let aside = store.job(id, Duration::ZERO).await.unwrap().unwrap();
    assert_eq!((aside.state, aside.attempt), (JobState::Retryable, 0), "it costs no try");
    assert!(aside.error.unwrap().starts_with("this release cannot read it"));
    let older = r#"{"kind":"ping","number":"00000000-0000-0000-0000-000000000001"}"#;
    let turned = sqlx::query("update jobs set payload = ? where id = ?").bind(older);
    turned.bind(Uuid::from_u128(1).to_string()).execute(&mut other).await.unwrap();
    clock.advance(TimeDelta::minutes(11));
    let claimed = store.claim(&wish).await.unwrap();
    assert!(claimed.iter().any(|one| one.lease.job == id && one.attempt == 1));
}

#[tokio::test]
async fn runs_of_the_schedule_are_forgotten_after_a_month_and_backfills_are_not() {
    let clock = Arc::new(ManualClock::at("2026-11-25T03:00:00Z"));
    let (store, _folder) = open(Arc::clone(&clock)).await;
    let now = clock.now();
    let kinds = [RunKind::Backfill, RunKind::Sync, RunKind::Census, RunKind::Sync];
    let states = [BackfillState::Done, BackfillState::Done, BackfillState::Failed, BackfillState::Running];
    let mut tx = store.begin().await.unwrap();
    for (number, (kind, state)) in (1..).zip(kinds.into_iter().zip(states)) {
        let run = Backfill { kind, ..backfill(number, 30, now) };
        tx.add_backfill(&run).await.unwrap();
        tx.advance(run.id, &Progress::default(), Some(&Cursor("here".to_owned()))).await.unwrap();
        tx.set_backfill_state(run.id, state, &[], None, now).await.unwrap();
    }
    tx.commit().await.unwrap();
    for (days, left) in [(29, 4), (2, 2), (3_000, 2)] {
        clock.advance(TimeDelta::days(days));
        store.sweep(&Retention::default()).await.unwrap();
        assert_eq!(store.backfills(10).await.unwrap().len(), left, "after {days} days");
    }
}

//! The contract on a SQLite file, and two processes' worth of stores on one file.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::backfill::{Backfill, BackfillState, Progress, RunKind};
use daybook_core::model::job::{Job, JobId, Outcome};
use daybook_core::ports::source::Cursor;
use daybook_core::ports::store::{Store, Wish};
use daybook_store::sqlite::{Settings, SqliteStore};
use daybook_testkit::sample::backfill;
use daybook_testkit::store_contract;
use tempfile::TempDir;
use uuid::Uuid;

use crate::beside;

async fn open() -> (Arc<dyn Store>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&Settings::at(folder.path().join("daybook.db"))).await.unwrap();
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
    store.worker_beat("w", chrono::DateTime::UNIX_EPOCH).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&settings).await.unwrap();
    assert!(store.worker_seen_since(chrono::DateTime::UNIX_EPOCH).await.unwrap());
}

async fn run_and_end(store: &SqliteStore, id: u128, outcome: &Outcome, now: DateTime<Utc>) {
    let mut tx = store.begin().await.unwrap();
    tx.enqueue(&Job::IndexDocuments, JobId(Uuid::from_u128(id)), now, None).await.unwrap();
    tx.commit().await.unwrap();
    let (kinds, lease) = ([Job::INDEX_DOCUMENTS], Duration::from_secs(15));
    let wish = Wish { worker: "w", kinds: &kinds, token: Uuid::from_u128(id), now, lease };
    let claimed = store.claim(&wish).await.unwrap().unwrap();
    let mut tx = store.begin().await.unwrap();
    tx.finish(&claimed.lease, outcome, now).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn jobs_that_are_done_are_forgotten_after_a_week_and_failed_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daybook.db");
    let store = SqliteStore::open(&Settings::at(&path)).await.unwrap();
    let now = DateTime::UNIX_EPOCH;
    run_and_end(&store, 1, &Outcome::Done, now).await;
    run_and_end(&store, 2, &Outcome::Failed { reason: "no".to_owned() }, now).await;
    run_and_end(&store, 3, &Outcome::Done, now + TimeDelta::days(3)).await;
    let mut other = beside(&path).await;
    for (days, left) in [(6, 3), (8, 2), (11, 1)] {
        store.worker_beat("w", now + TimeDelta::days(days)).await.unwrap();
        let jobs: i64 = sqlx::query_scalar("select count(*) from jobs").fetch_one(&mut other).await.unwrap();
        assert_eq!(jobs, left, "after {days} days");
    }
    assert_eq!(store.queue_counts().await.unwrap().failed, 1);
}

#[tokio::test]
async fn runs_of_the_schedule_are_forgotten_after_a_month_and_backfills_are_not() {
    let (store, _folder) = open().await;
    let now = DateTime::UNIX_EPOCH;
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
    for (days, left) in [(29, 4), (31, 2), (3_000, 2)] {
        store.worker_beat("w", now + TimeDelta::days(days)).await.unwrap();
        assert_eq!(store.backfills(10).await.unwrap().len(), left, "after {days} days");
    }
}

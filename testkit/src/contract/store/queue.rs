//! Facts about jobs, leases and workers.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use daybook_core::model::job::{Due, Job, JobState, NewJob, Outcome, Priority};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::{JobFilter, StoreError};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{Any, DONE, LEASE, claim, enqueue, enqueue_new, finish, now, ping, run, wish};
use crate::manual_clock::ManualClock;
use crate::sample::backfill;

type Time = Arc<ManualClock>;

fn again(seconds: u64) -> Outcome {
    Outcome::Again { after: Duration::from_secs(seconds), reason: "no luck".to_owned() }
}

/// A claimed job is nobody else's until its lease runs out.
pub async fn a_job_is_claimed_once(store: Any, time: Time) {
    let later = NewJob::now(run(1), Uuid::from_u128(1)).due(Due::In(Duration::from_secs(1)));
    assert!(enqueue_new(&store, &later.asked_by(Some("request-1"))).await);
    assert!(claim(&store, 1).await.is_none(), "not due yet");
    time.advance(TimeDelta::seconds(1));
    let claimed = claim(&store, 2).await.unwrap();
    assert_eq!(
        (claimed.attempt, claimed.losses, claimed.job.clone(), claimed.request_id.as_deref()),
        (1, 0, run(1), Some("request-1"))
    );
    assert!(claim(&store, 3).await.is_none());
    assert!(store.extend(std::slice::from_ref(&claimed.lease), LEASE * 4).await.unwrap().is_empty());
    time.advance(TimeDelta::seconds(59));
    assert!(claim(&store, 4).await.is_none());
    time.advance(TimeDelta::seconds(2));
    let again = claim(&store, 5).await.unwrap();
    assert_eq!((again.attempt, again.losses), (2, 1));
    finish(&store, &again, &DONE).await.unwrap();
    time.advance(TimeDelta::days(1));
    assert!(claim(&store, 6).await.is_none());
}

/// A key is a queue of one and a room for one.
pub async fn one_of_a_key_waits_and_one_runs(store: Any, _time: Time) {
    assert!(enqueue(&store, &Job::IndexDocuments, 1).await);
    assert!(!enqueue(&store, &Job::IndexDocuments, 2).await);
    let first = claim(&store, 1).await.unwrap();
    assert!(enqueue(&store, &Job::IndexDocuments, 3).await, "a new one may wait while one runs");
    assert!(claim(&store, 2).await.is_none(), "but not run beside it");
    finish(&store, &first, &DONE).await.unwrap();
    assert!(claim(&store, 3).await.is_some());
}

/// Whoever lost the lease cannot write under it.
pub async fn a_lost_lease_refuses_every_write(store: Any, time: Time) {
    enqueue(&store, &run(1), 1).await;
    let old = claim(&store, 1).await.unwrap();
    time.advance(TimeDelta::minutes(1));
    let fresh = claim(&store, 2).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(matches!(tx.hold(&old.lease).await, Err(StoreError::LeaseLost)));
    drop(tx);
    let lost = store.extend(std::slice::from_ref(&old.lease), LEASE).await.unwrap();
    assert_eq!(lost, std::slice::from_ref(&old.lease));
    for outcome in [DONE, again(1), Outcome::Failed { reason: "no".to_owned() }] {
        assert!(matches!(finish(&store, &old, &outcome).await, Err(StoreError::LeaseLost)));
    }
    assert_eq!(store.complete(std::slice::from_ref(&old.lease)).await.unwrap(), 0);
    finish(&store, &fresh, &DONE).await.unwrap();
}

/// Attempts and lost leases count only tries without progress.
pub async fn progress_makes_attempts_and_losses_start_again(store: Any, time: Time) {
    enqueue(&store, &run(1), 1).await;
    for round in 1..=3 {
        let claimed = claim(&store, round).await.unwrap();
        assert_eq!((claimed.attempt, claimed.losses), (1, u32::from(round > 1)), "round {round}");
        let mut tx = store.begin().await.unwrap();
        tx.hold(&claimed.lease).await.unwrap();
        tx.commit().await.unwrap();
        time.advance(TimeDelta::minutes(1));
    }
    claim(&store, 4).await.unwrap();
    time.advance(TimeDelta::minutes(1));
    assert_eq!(claim(&store, 5).await.unwrap().losses, 2, "two workers in a row without any progress");
}

/// Two waiting jobs of one key are one.
pub async fn a_job_put_back_beside_its_like_is_done(store: Any, _time: Time) {
    enqueue(&store, &Job::IndexDocuments, 1).await;
    let first = claim(&store, 1).await.unwrap();
    enqueue(&store, &Job::IndexDocuments, 2).await;
    finish(&store, &first, &again(0)).await.unwrap();
    assert_eq!(store.queue_counts().await.unwrap().pending, 1);
}

/// A worker gets only what it can do.
pub async fn only_the_wished_kind_is_claimed(store: Any, _time: Time) {
    enqueue(&store, &Job::IndexDocuments, 1).await;
    assert_eq!(store.next_due(Job::RUN_BACKFILL).await.unwrap(), None);
    assert_eq!(store.next_due(Job::INDEX_DOCUMENTS).await.unwrap(), Some(TimeDelta::zero()));
    assert!(store.claim(&wish(Job::RUN_BACKFILL, 9, 10)).await.unwrap().is_empty());
}

/// Somebody is there, or nobody.
pub async fn workers_show_life(store: Any, time: Time) {
    assert!(!store.worker_seen_within(LEASE).await.unwrap());
    store.worker_beat("w").await.unwrap();
    assert!(store.worker_seen_within(LEASE).await.unwrap());
    time.advance(TimeDelta::seconds(16));
    assert!(!store.worker_seen_within(LEASE).await.unwrap());
    store.worker_beat("w").await.unwrap();
    assert!(store.worker_seen_within(LEASE).await.unwrap());
}

/// A trial neither changes anything nor waits for whoever writes.
pub async fn a_store_at_work_is_writable(store: Any, _time: Time) {
    let revision = store.revision().await.unwrap();
    store.writable().await.unwrap();
    assert_eq!(store.revision().await.unwrap(), revision);
    let tx = store.begin().await.unwrap();
    store.writable().await.unwrap();
    drop(tx);
}

/// What a person ends is over: nobody gets it, and who has it loses it.
pub async fn a_job_that_is_ended_on_request_is_nobodys(store: Any, time: Time) {
    enqueue(&store, &run(1), 1).await;
    enqueue(&store, &Job::IndexDocuments, 2).await;
    let claimed = claim(&store, 1).await.unwrap();
    let key = claimed.job.key();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.end_jobs(&key, "console").await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(store.extend(std::slice::from_ref(&claimed.lease), LEASE).await.unwrap().len(), 1);
    assert!(matches!(finish(&store, &claimed, &DONE).await, Err(StoreError::LeaseLost)));
    let other = claim(&store, 2).await.unwrap();
    assert_ne!(other.job.key(), key, "work under other keys goes on");
    time.advance(TimeDelta::days(1));
    assert!(claim(&store, 3).await.is_some_and(|late| late.job.key() != key));
    let row = store.job(claimed.lease.job, LEASE).await.unwrap().unwrap();
    assert_eq!((row.state, row.error.as_deref()), (JobState::Cancelled, Some("cancelled (console)")));
}

fn run_of(number: u128, source: SourceKind) -> Job {
    Job::RunBackfill { backfill: backfill(number, 1, now()).id, source: Some(source) }
}

/// Two runs of one source would ask it twice as fast, and overtake each other.
pub async fn one_job_of_a_lane_runs_at_a_time(store: Any, time: Time) {
    let lane = [run_of(1, SourceKind::Jira), run_of(2, SourceKind::Jira)];
    assert!(enqueue(&store, &lane[0], 1).await);
    assert!(enqueue(&store, &lane[1], 2).await);
    time.advance(TimeDelta::seconds(1));
    assert!(enqueue(&store, &run_of(3, SourceKind::Tempo), 3).await);
    time.advance(TimeDelta::seconds(1));
    assert!(enqueue(&store, &run(4), 4).await);
    let claimed = store.claim(&wish(Job::RUN_BACKFILL, 1, 10)).await.unwrap();
    let jobs: Vec<Job> = claimed.iter().map(|one| one.job.clone()).collect();
    assert!(lane.contains(&jobs[0]), "{jobs:?}");
    assert_eq!(jobs[1..], [run_of(3, SourceKind::Tempo), run(4)], "other lanes and none go on");
    assert!(claim(&store, 4).await.is_none(), "the lane is taken");
    finish(&store, &claimed[0], &DONE).await.unwrap();
    let second = claim(&store, 5).await.unwrap();
    assert!(lane.contains(&second.job) && second.job != claimed[0].job);
}

/// A job whose turn has not come is nothing to claim: whoever waits for it looks no sooner.
pub async fn nothing_is_due_while_its_lane_or_its_key_is_taken(store: Any, _time: Time) {
    let lease = TimeDelta::from_std(LEASE).unwrap();
    enqueue(&store, &run_of(1, SourceKind::Jira), 1).await;
    enqueue(&store, &run_of(2, SourceKind::Jira), 2).await;
    let first = claim(&store, 1).await.unwrap();
    assert_eq!(store.next_due(Job::RUN_BACKFILL).await.unwrap(), Some(lease), "when its lease runs out");
    assert_eq!(store.next_due(Job::INDEX_DOCUMENTS).await.unwrap(), None);
    enqueue(&store, &Job::IndexDocuments, 3).await;
    assert_eq!(store.next_due(Job::INDEX_DOCUMENTS).await.unwrap(), Some(TimeDelta::zero()));
    claim(&store, 2).await.unwrap();
    enqueue(&store, &Job::IndexDocuments, 4).await;
    assert_eq!(store.next_due(Job::INDEX_DOCUMENTS).await.unwrap(), Some(lease), "its like is being done");
    finish(&store, &first, &again(3_600)).await.unwrap();
    let due = store.next_due(Job::RUN_BACKFILL).await.unwrap();
    assert_eq!(due, Some(TimeDelta::zero()), "whoever pauses holds up nobody");
    assert!(claim(&store, 3).await.is_some());
}

/// A worker that vanished does not lock its lane: the job itself is taken over first.
pub async fn a_lane_outlives_its_worker(store: Any, time: Time) {
    enqueue(&store, &run_of(1, SourceKind::Jira), 1).await;
    let lost = claim(&store, 1).await.unwrap();
    let older = NewJob::now(run_of(2, SourceKind::Jira), Uuid::from_u128(2));
    enqueue_new(&store, &older.due(Due::At(now() - TimeDelta::hours(1)))).await;
    time.advance(TimeDelta::minutes(1));
    let again = claim(&store, 2).await.unwrap();
    assert_eq!((again.lease.job, again.attempt, again.losses), (lost.lease.job, 2, 1));
    assert!(claim(&store, 3).await.is_none());
    finish(&store, &again, &Outcome::Failed { reason: "no".to_owned() }).await.unwrap();
    assert!(claim(&store, 4).await.is_some());
}

/// A worker with room for many takes many, in their order.
pub async fn many_are_claimed_at_once_and_ended_at_once(store: Any, time: Time) {
    for number in 1..=20 {
        enqueue(&store, &ping(number), number).await;
        time.advance(TimeDelta::milliseconds(1));
    }
    let first = store.claim(&wish(Job::PING, 1, 8)).await.unwrap();
    let jobs: Vec<Job> = first.iter().map(|one| one.job.clone()).collect();
    assert_eq!(jobs, (1..=8).map(ping).collect::<Vec<_>>(), "the oldest, in their order");
    let second = store.claim(&wish(Job::PING, 2, 100)).await.unwrap();
    assert_eq!(second.len(), 12);
    let mut leases: Vec<_> = first.iter().chain(&second).map(|one| one.lease.clone()).collect();
    leases[19].token = Uuid::from_u128(99);
    assert_eq!(store.complete(&leases).await.unwrap(), 19, "all but the one that is not ours");
    assert_eq!(store.queue_counts().await.unwrap().running, 1);
    assert_eq!(store.complete(&leases).await.unwrap(), 0, "and once only");
}

/// However many ask at once, each job is one's.
pub async fn no_two_workers_get_one_job(store: Any, _time: Time) {
    for number in 1..=60 {
        enqueue(&store, &ping(number), number).await;
    }
    for number in 61..=64 {
        enqueue(&store, &run_of(number, SourceKind::Jira), number).await;
    }
    let mut working = JoinSet::new();
    for worker in 0..8 {
        let store = Arc::clone(&store);
        working.spawn(async move {
            let mut mine = Vec::new();
            for round in 0..20 {
                let token = 1 + worker * 100 + round;
                mine.extend(store.claim(&wish(Job::PING, token, 3)).await.unwrap());
                mine.extend(store.claim(&wish(Job::RUN_BACKFILL, token, 3)).await.unwrap());
            }
            mine
        });
    }
    let claimed: Vec<_> = working.join_all().await.into_iter().flatten().collect();
    let jobs: BTreeSet<_> = claimed.iter().map(|one| one.lease.job).collect();
    assert_eq!((claimed.len(), jobs.len()), (61, 61), "sixty, and one of the lane");
}

/// What matters more goes first, and what waits long enough goes before it.
pub async fn priorities_age(store: Any, time: Time) {
    let with =
        |number: u128, priority| NewJob::now(ping(number), Uuid::from_u128(number)).with_priority(priority);
    enqueue_new(&store, &with(1, Priority::Late)).await;
    enqueue_new(&store, &with(2, Priority::Normal)).await;
    time.advance(TimeDelta::seconds(1));
    enqueue_new(&store, &with(3, Priority::Soon)).await;
    let order = |claimed: Vec<daybook_core::model::job::Claimed>| {
        claimed.into_iter().map(|one| one.lease.job.0.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(order(store.claim(&wish(Job::PING, 1, 1)).await.unwrap()), [3]);
    time.advance(TimeDelta::from_std(Priority::STEP * 2).unwrap());
    enqueue_new(&store, &with(4, Priority::Soon)).await;
    enqueue_new(&store, &with(5, Priority::Normal)).await;
    let rest = order(store.claim(&wish(Job::PING, 2, 10)).await.unwrap());
    assert_eq!(rest, [3, 2, 1, 4, 5], "the one that was lost, those that waited, those that came");
}

/// Whoever is asked to wait has not failed.
pub async fn pauses_cost_no_attempt_and_failures_do(store: Any, time: Time) {
    enqueue(&store, &run(1), 1).await;
    let pause = Outcome::Paused { after: Duration::from_mins(1), reason: "quiet, please".to_owned() };
    for round in 1..=3 {
        let claimed = claim(&store, round).await.unwrap();
        assert_eq!(claimed.attempt, 1, "round {round}");
        finish(&store, &claimed, &pause).await.unwrap();
        assert!(claim(&store, 50 + round).await.is_none(), "not before the pause is over");
        time.advance(TimeDelta::seconds(60));
    }
    for round in 1..=3_u32 {
        let claimed = claim(&store, 10 + u128::from(round)).await.unwrap();
        assert_eq!(claimed.attempt, round);
        finish(&store, &claimed, &again(60)).await.unwrap();
        assert!(claim(&store, 60).await.is_none());
        time.advance(TimeDelta::seconds(60));
    }
    let row = store.jobs(&JobFilter { limit: 1, ..JobFilter::default() }, LEASE).await.unwrap().remove(0);
    let reasons: Vec<_> = row.errors.iter().map(|error| (error.attempt, error.reason.as_str())).collect();
    assert_eq!(reasons, [(1, "no luck"), (2, "no luck"), (3, "no luck")], "pauses are no errors");
}

/// One sign of life for all that a worker has in hand.
pub async fn leases_are_extended_together(store: Any, time: Time) {
    for number in 1..=3 {
        enqueue(&store, &ping(number), number).await;
    }
    let claimed = store.claim(&wish(Job::PING, 1, 3)).await.unwrap();
    let leases: Vec<_> = claimed.iter().map(|one| one.lease.clone()).collect();
    finish(&store, &claimed[1], &DONE).await.unwrap();
    assert_eq!(
        store.extend(&leases, LEASE * 2).await.unwrap(),
        [leases[1].clone()],
        "it is not held any more"
    );
    time.advance(TimeDelta::seconds(20));
    assert!(claim(&store, 2).await.is_none());
    assert!(store.extend(&[], LEASE).await.unwrap().is_empty());
}

/// Whoever asks for a kind that is not there gets nothing, and takes nothing.
pub async fn a_kind_that_nobody_knows_has_no_jobs(store: Any, _time: Time) {
    enqueue(&store, &ping(1), 1).await;
    assert!(store.claim(&wish("from_the_future", 1, 10)).await.unwrap().is_empty());
    assert_eq!(store.next_due("from_the_future").await.unwrap(), None);
    assert_eq!(store.queue_counts().await.unwrap().pending, 1);
}

/// Work begins when it comes, not when somebody looks.
pub async fn whoever_waits_hears_of_new_jobs(store: Any, _time: Time) {
    let mut waiting = store.announcements();
    enqueue(&store, &ping(1), 1).await;
    let patience = Duration::from_secs(5);
    tokio::time::timeout(patience, waiting.next()).await.unwrap();
    let mut hearing = JoinSet::new();
    hearing.spawn(async move { waiting.next().await });
    tokio::task::yield_now().await;
    assert!(store.submit(NewJob::now(ping(2), Uuid::from_u128(2))).await.unwrap());
    tokio::time::timeout(patience, hearing.join_all()).await.unwrap();
}

/// Many that come at once are all there, each once.
pub async fn jobs_that_come_together_are_all_there(store: Any, _time: Time) {
    let mut coming = JoinSet::new();
    for number in 0..200_u128 {
        let store = Arc::clone(&store);
        // Every job comes twice, under ids of its own.
        coming.spawn(async move {
            store.submit(NewJob::now(ping(number / 2), Uuid::from_u128(1_000 + number))).await.unwrap()
        });
    }
    let fresh = coming.join_all().await.into_iter().filter(|fresh| *fresh).count();
    assert_eq!((fresh, store.queue_counts().await.unwrap().pending), (100, 100));
}

/// A job and the rows that it is for come together, or not at all.
pub async fn a_job_nobody_committed_is_not_there(store: Any, _time: Time) {
    let mut tx = store.begin().await.unwrap();
    assert!(tx.enqueue(&NewJob::now(ping(1), Uuid::from_u128(1))).await.unwrap());
    drop(tx);
    assert_eq!(store.queue_counts().await.unwrap().pending, 0);
    assert!(enqueue(&store, &ping(1), 1).await);
}

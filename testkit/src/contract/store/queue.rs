//! Facts about jobs, leases and workers.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::time::Duration;

use chrono::TimeDelta;
use daybook_core::model::job::{Job, Outcome};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::{StoreError, Wish};
use uuid::Uuid;

use super::{Any, claim, enqueue, finish, now, run};
use crate::sample::backfill;

/// A claimed job is nobody else's until its lease runs out.
pub async fn a_job_is_claimed_once(store: Any) {
    assert!(enqueue(&store, &run(1), 1, now()).await);
    assert!(claim(&store, 1, now() - TimeDelta::seconds(1)).await.is_none(), "not due yet");
    let claimed = claim(&store, 2, now()).await.unwrap();
    assert_eq!(
        (claimed.attempt, claimed.job.clone(), claimed.request_id.as_deref()),
        (1, run(1), Some("request-1"))
    );
    assert!(claim(&store, 3, now()).await.is_none());
    store.extend(&claimed.lease, now() + TimeDelta::seconds(60)).await.unwrap();
    assert!(claim(&store, 4, now() + TimeDelta::seconds(59)).await.is_none());
    let again = claim(&store, 5, now() + TimeDelta::seconds(61)).await.unwrap();
    assert_eq!(again.attempt, 2);
    finish(&store, &again, &Outcome::Done).await.unwrap();
    assert!(claim(&store, 6, now() + TimeDelta::days(1)).await.is_none());
}

/// A key is a queue of one and a room for one.
pub async fn one_of_a_key_waits_and_one_runs(store: Any) {
    assert!(enqueue(&store, &Job::IndexDocuments, 1, now()).await);
    assert!(!enqueue(&store, &Job::IndexDocuments, 2, now()).await);
    let first = claim(&store, 1, now()).await.unwrap();
    assert!(enqueue(&store, &Job::IndexDocuments, 3, now()).await, "a new one may wait while one runs");
    assert!(claim(&store, 2, now()).await.is_none(), "but not run beside it");
    finish(&store, &first, &Outcome::Done).await.unwrap();
    assert!(claim(&store, 3, now()).await.is_some());
}

/// Whoever lost the lease cannot write under it.
pub async fn a_lost_lease_refuses_every_write(store: Any) {
    enqueue(&store, &run(1), 1, now()).await;
    let old = claim(&store, 1, now()).await.unwrap();
    let fresh = claim(&store, 2, now() + TimeDelta::minutes(1)).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(matches!(tx.hold(&old.lease).await, Err(StoreError::LeaseLost)));
    drop(tx);
    assert!(matches!(store.extend(&old.lease, now()).await, Err(StoreError::LeaseLost)));
    assert!(matches!(finish(&store, &old, &Outcome::Done).await, Err(StoreError::LeaseLost)));
    finish(&store, &fresh, &Outcome::Done).await.unwrap();
}

/// Attempts count only tries without progress.
pub async fn progress_makes_attempts_start_again(store: Any) {
    enqueue(&store, &run(1), 1, now()).await;
    for round in 1..=3_i64 {
        let at = now() + TimeDelta::minutes(round);
        let claimed = claim(&store, u128::try_from(round).unwrap(), at).await.unwrap();
        assert_eq!(claimed.attempt, 1, "round {round}");
        let mut tx = store.begin().await.unwrap();
        tx.hold(&claimed.lease).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Two waiting jobs of one key are one.
pub async fn a_job_put_back_beside_its_like_is_done(store: Any) {
    enqueue(&store, &Job::IndexDocuments, 1, now()).await;
    let first = claim(&store, 1, now()).await.unwrap();
    enqueue(&store, &Job::IndexDocuments, 2, now()).await;
    finish(&store, &first, &Outcome::Later { at: now(), reason: "later".to_owned() }).await.unwrap();
    assert_eq!(store.queue_counts().await.unwrap().pending, 1);
}

/// A worker gets only what it can do.
pub async fn only_the_wished_kinds_are_claimed(store: Any) {
    enqueue(&store, &Job::IndexDocuments, 1, now()).await;
    assert_eq!(store.next_due(&[Job::RUN_BACKFILL]).await.unwrap(), None);
    assert_eq!(store.next_due(&[Job::INDEX_DOCUMENTS]).await.unwrap(), Some(now()));
    let wish = Wish {
        worker: "w",
        kinds: &[Job::RUN_BACKFILL],
        token: Uuid::from_u128(9),
        now: now(),
        lease: Duration::from_secs(1),
    };
    assert!(store.claim(&wish).await.unwrap().is_none());
}

/// Somebody is there, or nobody.
pub async fn workers_show_life(store: Any) {
    assert!(!store.worker_seen_since(now()).await.unwrap());
    store.worker_beat("w", now()).await.unwrap();
    assert!(store.worker_seen_since(now()).await.unwrap());
    assert!(!store.worker_seen_since(now() + TimeDelta::seconds(1)).await.unwrap());
}

/// A trial neither changes anything nor waits for whoever writes.
pub async fn a_store_at_work_is_writable(store: Any) {
    let revision = store.revision().await.unwrap();
    store.writable().await.unwrap();
    assert_eq!(store.revision().await.unwrap(), revision);
    let tx = store.begin().await.unwrap();
    store.writable().await.unwrap();
    drop(tx);
}

/// What a person ends is over: nobody gets it, and who has it loses it.
pub async fn a_job_that_is_ended_on_request_is_nobodys(store: Any) {
    enqueue(&store, &run(1), 1, now()).await;
    enqueue(&store, &Job::IndexDocuments, 2, now()).await;
    let claimed = claim(&store, 1, now()).await.unwrap();
    let key = claimed.job.key();
    let mut tx = store.begin().await.unwrap();
    tx.end_jobs(&key, now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(matches!(store.extend(&claimed.lease, now()).await, Err(StoreError::LeaseLost)));
    let other = claim(&store, 2, now()).await.unwrap();
    assert_ne!(other.job.key(), key, "work under other keys goes on");
    assert!(claim(&store, 3, now() + TimeDelta::days(1)).await.is_some_and(|late| late.job.key() != key));
}

fn run_of(number: u128, source: SourceKind) -> Job {
    Job::RunBackfill { backfill: backfill(number, 1, now()).id, source: Some(source) }
}

/// Two runs of one source would ask it twice as fast, and overtake each other.
pub async fn one_job_of_a_lane_runs_at_a_time(store: Any) {
    let lane = [run_of(1, SourceKind::Jira), run_of(2, SourceKind::Jira)];
    assert!(enqueue(&store, &lane[0], 1, now()).await);
    assert!(enqueue(&store, &lane[1], 2, now()).await);
    assert!(enqueue(&store, &run_of(3, SourceKind::Tempo), 3, now() + TimeDelta::seconds(1)).await);
    assert!(enqueue(&store, &run(4), 4, now() + TimeDelta::seconds(2)).await);
    let later = now() + TimeDelta::seconds(3);
    let first = claim(&store, 1, later).await.unwrap();
    assert!(lane.contains(&first.job));
    let others = [claim(&store, 2, later).await.unwrap(), claim(&store, 3, later).await.unwrap()];
    assert_eq!(
        others.map(|one| one.job),
        [run_of(3, SourceKind::Tempo), run(4)],
        "other lanes and none go on"
    );
    assert!(claim(&store, 4, later).await.is_none(), "the lane is taken");
    finish(&store, &first, &Outcome::Done).await.unwrap();
    let second = claim(&store, 5, later).await.unwrap();
    assert!(lane.contains(&second.job) && second.job != first.job);
}

/// A job whose turn has not come is nothing to claim: whoever waits for it looks no sooner.
pub async fn nothing_is_due_while_its_lane_or_its_key_is_taken(store: Any) {
    let kinds = [Job::RUN_BACKFILL, Job::INDEX_DOCUMENTS];
    let lease = TimeDelta::seconds(15);
    enqueue(&store, &run_of(1, SourceKind::Jira), 1, now()).await;
    enqueue(&store, &run_of(2, SourceKind::Jira), 2, now()).await;
    let first = claim(&store, 1, now()).await.unwrap();
    assert_eq!(store.next_due(&kinds).await.unwrap(), Some(now() + lease), "when its lease runs out");
    enqueue(&store, &Job::IndexDocuments, 3, now()).await;
    assert_eq!(store.next_due(&kinds).await.unwrap(), Some(now()));
    claim(&store, 2, now()).await.unwrap();
    enqueue(&store, &Job::IndexDocuments, 4, now()).await;
    assert_eq!(store.next_due(&kinds).await.unwrap(), Some(now() + lease), "its like is being done");
    let pause = Outcome::Later { at: now() + TimeDelta::hours(1), reason: "limits".to_owned() };
    finish(&store, &first, &pause).await.unwrap();
    assert_eq!(store.next_due(&kinds).await.unwrap(), Some(now()), "whoever pauses holds up nobody");
    assert!(claim(&store, 3, now()).await.is_some());
}

/// A worker that vanished does not lock its lane: the job itself is taken over first.
pub async fn a_lane_outlives_its_worker(store: Any) {
    enqueue(&store, &run_of(1, SourceKind::Jira), 1, now()).await;
    let lost = claim(&store, 1, now()).await.unwrap();
    enqueue(&store, &run_of(2, SourceKind::Jira), 2, now() - TimeDelta::hours(1)).await;
    let later = now() + TimeDelta::minutes(1);
    let again = claim(&store, 2, later).await.unwrap();
    assert_eq!((again.lease.job, again.attempt), (lost.lease.job, 2));
    assert!(claim(&store, 3, later).await.is_none());
    finish(&store, &again, &Outcome::Failed { reason: "no".to_owned() }).await.unwrap();
    assert!(claim(&store, 4, later).await.is_some());
}

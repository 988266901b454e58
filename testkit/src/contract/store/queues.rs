//! Facts about the queue as people look at it, and about what they may do to it.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use daybook_core::model::job::{Due, Job, JobError, JobId, JobRow, JobState, NewJob, Outcome, Priority};
use daybook_core::ports::store::{JobFilter, Retention};
use uuid::Uuid;

use super::{Any, DONE, LEASE, claim, enqueue, enqueue_new, finish, now, ping, run, wish};
use crate::manual_clock::ManualClock;
use crate::sample::backfill;

type Time = Arc<ManualClock>;

const HOUR: Duration = Duration::from_hours(1);

async fn row(store: &Any, id: u128) -> JobRow {
    store.job(JobId(Uuid::from_u128(id)), HOUR).await.unwrap().unwrap()
}

async fn shown(store: &Any, state: JobState) -> Vec<u128> {
    let filter = JobFilter { state: Some(state), kind: None, limit: 10 };
    store.jobs(&filter, HOUR).await.unwrap().iter().map(|row| row.id.0.as_u128()).collect()
}

/// Each state is found under its own word and no other.
pub async fn every_state_is_shown_as_what_it_is(store: Any, time: Time) {
    let failed = Outcome::Failed { reason: "it cannot be".to_owned() };
    let again = Outcome::Again { after: HOUR, reason: "away".to_owned() };
    for (id, outcome) in [(1, Some(failed)), (2, Some(again)), (3, Some(DONE)), (4, None)] {
        enqueue(&store, &ping(id), id).await;
        let claimed = store.claim(&wish(Job::PING, id, 1)).await.unwrap().remove(0);
        if let Some(outcome) = outcome {
            finish(&store, &claimed, &outcome).await.unwrap();
        }
        time.advance(TimeDelta::seconds(1));
    }
    enqueue(&store, &run(5), 5).await;
    let scheduled = NewJob::now(ping(6), Uuid::from_u128(6)).due(Due::In(HOUR));
    enqueue_new(&store, &scheduled.with_priority(Priority::Late)).await;
    enqueue(&store, &ping(7), 7).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.end_job(JobId(Uuid::from_u128(7)), "admin key").await.unwrap());
    assert!(!tx.end_job(JobId(Uuid::from_u128(7)), "admin key").await.unwrap(), "it is over");
    tx.commit().await.unwrap();
    let states = [
        (1, JobState::Discarded),
        (2, JobState::Retryable),
        (3, JobState::Completed),
        (4, JobState::Running),
        (5, JobState::Available),
        (6, JobState::Scheduled),
        (7, JobState::Cancelled),
    ];
    for (id, state) in states {
        assert_eq!(row(&store, id).await.state, state, "job {id}");
        assert_eq!(shown(&store, state).await, [id], "{}", state.word());
    }
    let all = store.jobs(&JobFilter { limit: 3, ..JobFilter::default() }, HOUR).await.unwrap();
    assert_eq!(all.len(), 3);
    let runs = JobFilter { kind: Some(Job::RUN_BACKFILL.to_owned()), limit: 10, state: None };
    let runs = store.jobs(&runs, HOUR).await.unwrap();
    assert_eq!((runs.len(), runs[0].backfill), (1, Some(backfill(5, 1, now()).id)));
    let lost = row(&store, 1).await;
    assert_eq!((lost.error.as_deref(), lost.errors.len(), lost.attempt), (Some("it cannot be"), 1, 1));
    assert_eq!((lost.finished_at, lost.started_at), (Some(now()), Some(now())));
    let running = row(&store, 4).await;
    assert_eq!((running.worker.as_deref(), running.request_id.as_deref()), (Some("w"), Some("request-1")));
    assert_eq!(running.lease_until, Some(now() + TimeDelta::seconds(3) + LEASE));
    assert_eq!(
        (row(&store, 6).await.priority, row(&store, 5).await.priority),
        (Priority::Late, Priority::Normal)
    );
    assert!(store.job(JobId(Uuid::from_u128(99)), HOUR).await.unwrap().is_none());
}

/// Why the newest tries failed is told; a job that fails for ever does not grow for ever.
pub async fn errors_are_kept_and_bounded(store: Any, time: Time) {
    enqueue(&store, &run(1), 1).await;
    let tries = JobError::MOST_KEPT + 5;
    for round in 1..=tries {
        let claimed = claim(&store, u128::from(round)).await.unwrap();
        let reason = format!("no. {round}: \"quoted\" und mit ümlaut");
        finish(&store, &claimed, &Outcome::Again { after: Duration::ZERO, reason }).await.unwrap();
        time.advance(TimeDelta::seconds(1));
    }
    let errors = row(&store, 1).await.errors;
    assert_eq!(errors.len(), JobError::MOST_KEPT as usize);
    let last = errors.last().unwrap();
    assert_eq!((last.attempt, last.at), (tries, now() + TimeDelta::seconds(i64::from(tries) - 1)));
    assert_eq!(last.reason, format!("no. {tries}: \"quoted\" und mit ümlaut"));
    assert!(errors.windows(2).all(|pair| pair[0].attempt + 1 == pair[1].attempt), "oldest first");
}

/// A result that is too old is not told, whether or not somebody swept.
pub async fn results_expire_on_reading_and_by_the_sweep(store: Any, time: Time) {
    enqueue(&store, &run(1), 1).await;
    let claimed = claim(&store, 1).await.unwrap();
    finish(&store, &claimed, &Outcome::Done { result: Some("3 documents".to_owned()) }).await.unwrap();
    time.advance(TimeDelta::minutes(59));
    assert_eq!(row(&store, 1).await.result.as_deref(), Some("3 documents"));
    time.advance(TimeDelta::minutes(2));
    assert_eq!(row(&store, 1).await.result, None, "on reading");
    let id = JobId(Uuid::from_u128(1));
    assert!(store.job(id, HOUR * 2).await.unwrap().unwrap().result.is_some(), "not swept yet");
    store.sweep(&Retention::default()).await.unwrap();
    let swept = store.job(id, HOUR * 2).await.unwrap().unwrap();
    assert_eq!((swept.result, swept.state), (None, JobState::Completed), "the job itself is kept longer");
}

/// A week after its end a job is forgotten; what is not over never is.
pub async fn what_is_over_is_forgotten_after_its_time(store: Any, time: Time) {
    for (id, outcome) in [(1, DONE), (2, Outcome::Failed { reason: "no".to_owned() })] {
        enqueue(&store, &ping(id), id).await;
        let claimed = store.claim(&wish(Job::PING, id, 1)).await.unwrap().remove(0);
        finish(&store, &claimed, &outcome).await.unwrap();
    }
    enqueue(&store, &ping(3), 3).await;
    for (days, left) in [(6, 3), (2, 1), (3_000, 1)] {
        time.advance(TimeDelta::days(days));
        store.sweep(&Retention::default()).await.unwrap();
        let all = store.jobs(&JobFilter { limit: 10, ..JobFilter::default() }, HOUR).await.unwrap();
        assert_eq!(all.len(), left, "{days} days later");
    }
}

/// A pause holds back what waits, also what was lost; what runs goes on.
pub async fn a_paused_queue_gives_nothing_and_goes_on_when_resumed(store: Any, time: Time) {
    enqueue(&store, &ping(1), 1).await;
    let running = store.claim(&wish(Job::PING, 1, 1)).await.unwrap().remove(0);
    enqueue(&store, &ping(2), 2).await;
    enqueue(&store, &run(3), 3).await;
    store.pause_queue(Job::PING, "console").await.unwrap();
    time.advance(TimeDelta::seconds(1));
    store.pause_queue(Job::PING, "somebody else").await.unwrap();
    let queues = store.queues(&Job::KINDS).await.unwrap();
    let paused = queues.iter().find(|queue| queue.name == Job::PING).unwrap();
    assert_eq!(paused.paused, Some(("console".to_owned(), now())), "the first word counts");
    assert!(store.claim(&wish(Job::PING, 2, 5)).await.unwrap().is_empty());
    assert_eq!(store.next_due(Job::PING).await.unwrap(), None);
    assert!(
        store.extend(std::slice::from_ref(&running.lease), LEASE).await.unwrap().is_empty(),
        "it goes on"
    );
    assert!(store.claim(&wish(Job::RUN_BACKFILL, 3, 5)).await.unwrap().len() == 1, "others do too");
    time.advance(TimeDelta::minutes(1));
    assert!(store.claim(&wish(Job::PING, 4, 5)).await.unwrap().is_empty());
    store.resume_queue(Job::PING).await.unwrap();
    store.resume_queue(Job::PING).await.unwrap();
    assert_eq!(store.claim(&wish(Job::PING, 5, 5)).await.unwrap().len(), 2);
}

/// A second try is a first one.
pub async fn a_job_that_is_over_can_be_tried_again(store: Any, _time: Time) {
    enqueue(&store, &run(1), 1).await;
    let id = JobId(Uuid::from_u128(1));
    let requeue = async |id: JobId| {
        let mut tx = store.begin().await.unwrap();
        let done = tx.requeue(id).await.unwrap();
        tx.commit().await.unwrap();
        done
    };
    assert!(!requeue(id).await, "it waits");
    let claimed = claim(&store, 1).await.unwrap();
    assert!(!requeue(id).await, "it runs");
    finish(&store, &claimed, &Outcome::Failed { reason: "no".to_owned() }).await.unwrap();
    assert!(requeue(id).await);
    let again = row(&store, 1).await;
    assert_eq!((again.state, again.error, again.finished_at), (JobState::Available, None, None));
    assert_eq!(again.errors.len(), 1, "its history is kept");
    let claimed = claim(&store, 2).await.unwrap();
    assert_eq!((claimed.attempt, claimed.losses), (1, 0));
    finish(&store, &claimed, &DONE).await.unwrap();
    enqueue(&store, &run(1), 2).await;
    assert!(!requeue(id).await, "its like waits");
    assert!(!requeue(JobId(Uuid::from_u128(99))).await);
}

/// At most one leads, and never for longer than it shows life.
pub async fn one_leads_and_another_takes_over_when_it_is_gone(store: Any, time: Time) {
    let lead = async |who: &str| store.lead("schedule", who, LEASE).await.unwrap();
    assert_eq!(lead("one").await, Some(1));
    assert_eq!(lead("other").await, None);
    time.advance(TimeDelta::seconds(10));
    assert_eq!(lead("one").await, Some(1), "it goes on under its term");
    time.advance(TimeDelta::seconds(14));
    assert_eq!(lead("other").await, None);
    time.advance(TimeDelta::seconds(1));
    assert_eq!(lead("other").await, Some(2), "it was silent for too long");
    assert_eq!(lead("one").await, None, "and cannot take back what is lost");
    store.resign("schedule", "one").await.unwrap();
    assert_eq!(lead("one").await, None, "nor give up what it has not");
    store.resign("schedule", "other").await.unwrap();
    assert_eq!(lead("one").await, Some(3), "whoever resigns makes room at once");
    assert_eq!(store.lead("another thing", "other", LEASE).await.unwrap(), Some(1));
}

/// How long the oldest has waited says more than how many there are.
pub async fn queues_say_what_waits_and_since_when(store: Any, time: Time) {
    let names = async || store.queues(&Job::KINDS).await.unwrap();
    let empty = names().await;
    assert_eq!(
        empty.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        ["index_documents", "ping", "run_backfill"]
    );
    assert!(empty.iter().all(|one| one.available + one.waiting + one.running + one.failed == 0 && one.oldest_at.is_none()));
    enqueue(&store, &ping(1), 1).await;
    time.advance(TimeDelta::seconds(5));
    enqueue(&store, &ping(2), 2).await;
    enqueue_new(&store, &NewJob::now(ping(3), Uuid::from_u128(3)).due(Due::In(HOUR))).await;
    let pings = names().await.remove(1);
    assert_eq!((pings.available, pings.waiting, pings.oldest_at), (2, 1, Some(now())));
    store.claim(&wish(Job::PING, 1, 1)).await.unwrap();
    time.advance(TimeDelta::minutes(1));
    let pings = names().await.remove(1);
    assert_eq!((pings.available, pings.running, pings.lost), (1, 1, 1));
}

//! Facts about what runs on its own.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Any, now};

async fn take(store: &Any, name: &str, at: DateTime<Utc>, next: DateTime<Utc>) -> bool {
    let mut tx = store.begin().await.unwrap();
    let taken = tx.take_tick(name, at, next).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

fn minutes(number: i64) -> DateTime<Utc> {
    now() + TimeDelta::minutes(number)
}

/// However many ask, one gets it.
pub async fn a_tick_is_taken_by_exactly_one(store: Any) {
    assert!(!take(&store, "sync", now(), minutes(15)).await, "what was never due is not due now");
    assert!(!take(&store, "sync", minutes(14), minutes(29)).await);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let store = Arc::clone(&store);
        asking.spawn(async move { take(&store, "sync", minutes(15), minutes(30)).await });
    }
    assert_eq!(asking.join_all().await.into_iter().filter(|taken| *taken).count(), 1);
    assert_eq!(store.ticks().await.unwrap()["sync"], minutes(30));
    assert!(!take(&store, "census", minutes(30), minutes(60)).await, "each name has its own ticks");
    assert!(take(&store, "sync", minutes(30), minutes(45)).await);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.take_tick("sync", minutes(45), minutes(60)).await.unwrap());
    drop(tx);
    assert!(take(&store, "sync", minutes(45), minutes(60)).await, "what was not committed was not taken");
}

/// Nobody is made to do a night's work as often as it was missed.
pub async fn ticks_that_were_missed_are_one(store: Any) {
    take(&store, "sync", now(), minutes(15)).await;
    assert!(take(&store, "sync", minutes(600), minutes(615)).await);
    assert!(!take(&store, "sync", minutes(600), minutes(615)).await);
    assert_eq!(store.ticks().await.unwrap()["sync"], minutes(615));
}

/// A setting that asks for more is obeyed now, and not after the old pause.
pub async fn a_shorter_schedule_takes_effect(store: Any) {
    take(&store, "sync", now(), minutes(1_440)).await;
    assert!(!take(&store, "sync", minutes(1), minutes(16)).await);
    assert_eq!(store.ticks().await.unwrap()["sync"], minutes(16));
    assert!(!take(&store, "sync", minutes(2), minutes(1_442)).await, "a longer one waits for its turn");
    assert_eq!(store.ticks().await.unwrap()["sync"], minutes(16));
    assert!(take(&store, "sync", minutes(16), minutes(1_456)).await);
}

/// What does not run on its own is never due.
pub async fn a_tick_that_is_forgotten_is_never_due(store: Any) {
    take(&store, "sync", now(), minutes(15)).await;
    take(&store, "census", now(), minutes(15)).await;
    let mut tx = store.begin().await.unwrap();
    tx.forget_tick("sync").await.unwrap();
    tx.forget_tick("unheard of").await.unwrap();
    tx.commit().await.unwrap();
    let ticks = store.ticks().await.unwrap();
    assert_eq!(ticks.keys().collect::<Vec<_>>(), ["census"]);
    assert!(!take(&store, "sync", minutes(20), minutes(35)).await, "it begins anew");
}

/// A clock that is set back does not bring back what was done.
pub async fn a_tick_is_never_taken_twice_whatever_clocks_do(store: Any) {
    take(&store, "census", now(), minutes(10)).await;
    assert!(take(&store, "census", minutes(10), minutes(20)).await);
    // Set back by an hour, the schedule is begun anew and comes to the same tick again.
    assert!(!take(&store, "census", minutes(-50), minutes(10)).await);
    assert_eq!(store.ticks().await.unwrap()["census"], minutes(10));
    assert!(!take(&store, "census", minutes(10), minutes(20)).await, "it was taken");
    assert_eq!(store.ticks().await.unwrap()["census"], minutes(20), "the next is another");
    assert!(take(&store, "census", minutes(20), minutes(30)).await);
}

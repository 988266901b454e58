//! A "yes" is a row and a job, or it is no "yes".

use daybook_core::model::backfill::{Asked, BackfillState};
use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::model::job::QueueCounts;

use super::House;

#[tokio::test]
async fn a_yes_is_a_row_and_a_job() {
    let house = House::new().await;
    let id = house.started().await;
    assert_eq!(house.backfill(id).await.state, BackfillState::Queued);
    assert_eq!(house.store.queue_counts().await.unwrap().pending, 1);
}

#[tokio::test]
async fn the_same_window_is_not_read_twice_at_once() {
    let house = House::new().await;
    let id = house.started().await;
    house.clock.advance(chrono::TimeDelta::minutes(5));
    let again = house.start(Asked { days: Some("30".to_owned()), ..Asked::default() }).await.unwrap();
    assert!(again.deduplicated && again.backfill.id == id);
    assert_eq!(house.store.queue_counts().await.unwrap().pending, 1);
}

#[tokio::test]
async fn a_refused_request_starts_nothing() {
    let house = House::new().await;
    for (days, field) in [("9999", "days"), ("0", "days"), ("abc", "days")] {
        let error = house.start(Asked { days: Some(days.to_owned()), ..Asked::default() }).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (FaultKind::Invalid, Some(field)));
    }
    assert!(house.store.backfills(10).await.unwrap().is_empty());
    assert_eq!(house.store.queue_counts().await.unwrap(), QueueCounts::default());
}

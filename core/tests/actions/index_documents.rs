//! Vectors for every document, and none twice.

use std::sync::Arc;

use daybook_core::actions::index_documents::IndexDocuments;
use daybook_core::model::document::Document;
use daybook_core::model::job::{Job, StopSign};
use daybook_core::ports::embedder::Embedder;
use daybook_testkit::embedder::HashEmbedder;
use daybook_testkit::sample::{issue, record};

use super::{House, page};

async fn save(house: &House, records: &[daybook_core::model::document::Record]) {
    let mut tx = house.store.begin().await.unwrap();
    let now = daybook_core::ports::clock::Clock::now(house.clock.as_ref());
    tx.save_records(daybook_core::model::source::SourceKind::Jira, records, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// Runs the job if it is wanted; gives how many documents it embedded.
async fn index(house: &House, model: &str) -> Option<u64> {
    let embedder: Arc<dyn Embedder> = Arc::new(HashEmbedder::named(model));
    let action = IndexDocuments::new(Arc::clone(&house.store), Some(embedder));
    if !action.enqueue_if_wanted(house.clock.as_ref()).await.unwrap() {
        return None;
    }
    let claimed = house.claim(Job::INDEX_DOCUMENTS).await.unwrap();
    let count = action.run(&claimed.lease, &StopSign::default()).await.unwrap();
    house.settle().done(&claimed, None).await.unwrap();
    Some(count)
}

#[tokio::test]
async fn what_was_embedded_is_not_embedded_again() {
    let house = House::new().await;
    save(&house, &page(0..80)).await;
    assert_eq!(index(&house, "a/1").await, Some(80));
    assert_eq!(index(&house, "a/1").await, None, "nothing is left to do");
    save(&house, &page(0..80)).await;
    assert_eq!(index(&house, "a/1").await, None, "nothing has changed");
    save(&house, &[record(Document { body: "other words".to_owned(), ..issue(3, "some title") })]).await;
    assert_eq!(index(&house, "a/1").await, Some(1));
}

#[tokio::test]
async fn another_model_embeds_everything_anew() {
    let house = House::new().await;
    save(&house, &page(0..40)).await;
    assert_eq!(index(&house, "a/1").await, Some(40));
    assert_eq!(index(&house, "b/1").await, Some(40));
}

#[tokio::test]
async fn without_a_model_there_is_nothing_to_do() {
    let house = House::new().await;
    save(&house, &page(0..3)).await;
    let action = IndexDocuments::new(Arc::clone(&house.store), None);
    assert!(!action.enqueue_if_wanted(house.clock.as_ref()).await.unwrap());
}

//! A sync after a backfill: what is held as it is listed costs nothing, and what changed is read anew.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use daybook_core::model::document::{DocumentKind, Tombstone};
use daybook_core::ports::source::{HeldRecord, Known, Page, Scope, Source as _, SourceError};
use daybook_core::ports::store::StoreError;
use serde_json::json;

use super::house::{
    House, Store, assert_same, changes, changes_within, document, ids, now, requests, walked, window,
};

/// A workspace that was read, and a store with what was read of it.
async fn read(pages: usize) -> (House, Store) {
    let house = House::of(pages).await;
    let store = Store::default();
    walked(&house.source(), &Scope::history(window(3_650)), &store).await;
    house.served().await;
    (house, store)
}

fn unchanged(pages: &[Page]) -> usize {
    pages.iter().map(|page| page.unchanged.len()).sum()
}

fn gone(pages: &[Page]) -> Vec<(String, Tombstone)> {
    pages.iter().flat_map(|page| page.gone.clone()).collect()
}

/// The id of a page whose title begins so, and what it has.
fn titled(store: &Store, start: &str) -> String {
    let digests = store.digests();
    let found = digests.keys().find(|id| document(&store.record(id)).title.starts_with(start));
    found.unwrap_or_else(|| panic!("no page is called {start}")).clone()
}

fn some_page(store: &Store, house_parent: &str) -> String {
    let digests = store.digests();
    let is_it = |id: &&String| {
        let record = store.record(id);
        String::from_utf8_lossy(&record.raw).lines().next().unwrap().contains(house_parent)
            && document(&record).kind == DocumentKind::Page
    };
    digests.keys().find(is_it).unwrap().clone()
}

#[tokio::test]
async fn a_sync_without_changes_asks_one_question_a_list_and_reads_nothing() {
    let (house, store) = read(60).await;
    let pages = walked(&house.source(), &changes(window(400)), &store).await;
    assert!(ids(&pages).is_empty(), "{:?}", ids(&pages));
    assert!(unchanged(&pages) > 10);
    let served = house.served().await;
    let sources = served["POST data_sources/{id}/query"];
    // Data sources, pages (of which there are two lists' worth at most), and what is in the trash.
    assert!(served["POST search"] <= 4, "{served:?}");
    assert_eq!(served.len(), 2, "{served:?}");
    assert_eq!(requests(&pages), served["POST search"] + sources);
    let short = walked(&house.source(), &changes(window(0)), &store).await;
    assert_eq!(requests(&short), sources + 3);
    assert_eq!((ids(&short).len(), unchanged(&short), short.len()), (0, 0, 1));
}

#[tokio::test]
async fn what_was_edited_added_and_put_in_the_trash_is_told_and_nothing_else_is_read() {
    let (house, store) = read(60).await;
    house.set_time(now() + TimeDelta::minutes(30));
    let (row, other) = (some_page(&store, "data_source_id"), titled(&store, "How we work"));
    house
        .change(json!({"edit_page": {"id": row, "title": "Renamed row", "text": "Quay seven is closed."}}))
        .await;
    let added = house
        .change(json!({"create_page": {"title": "Brand new", "text": "One.\nTwo.", "parent": other}}))
        .await;
    let trashed = house.change(json!({"create_page": {"title": "Short-lived", "parent": other}})).await;
    walked(&house.source(), &changes_within(-60, 33), &store).await;
    house.set_time(now() + TimeDelta::minutes(60));
    house.change(json!({"trash_page": trashed})).await;
    house.change(json!({"edit_page": {"id": row, "title": "Renamed again"}})).await;
    let pages = walked(&house.source(), &changes_within(28, 63), &store).await;
    assert!(ids(&pages).contains(&row));
    assert!(gone(&pages).contains(&(trashed.clone(), Tombstone::Deleted)), "{:?}", gone(&pages));
    assert_eq!(document(&store.record(&row)).title, "Renamed again");
    assert!(document(&store.record(&row)).body.contains("Quay seven is closed."));
    assert_eq!(document(&store.record(&added)).body, "One.\n\nTwo.");
    let mut held = house.held().await;
    // Whatever stands on a page that lost a child is the same, or was read.
    held.retain(|id, _| store.digests().contains_key(id));
    assert_same(&store, &held);
}

#[tokio::test]
async fn what_was_fetched_within_the_minute_of_its_change_is_read_again() {
    let house = House::of(20).await;
    let store = Store::default();
    let page = house.change(json!({"create_page": {"title": "Hot", "text": "First."}})).await;
    // The window ends now: whatever changed this minute may change again in it.
    walked(&house.source(), &Scope::history(window(3_650)), &store).await;
    assert_eq!(store.record(&page).version, None);
    house.set_time(now() + TimeDelta::seconds(40));
    house.change(json!({"edit_page": {"id": page, "text": "Second, in the same minute."}})).await;
    let pages = walked(&house.source(), &changes(window(1)), &store).await;
    assert!(ids(&pages).contains(&page));
    assert_eq!(document(&store.record(&page)).body, "Second, in the same minute.");
}

#[tokio::test]
async fn a_row_that_search_has_not_learned_of_is_found_by_its_own_list() {
    let (house, store) = read(60).await;
    house.set_time(now() + TimeDelta::minutes(30));
    let row = some_page(&store, "data_source_id");
    house.change(json!({"edit_page": {"id": row, "title": "Unknown to search"}})).await;
    house.fault(json!({"match": "search", "kind": "index_lag", "seconds": 3600})).await;
    let pages = walked(&house.source(), &changes_within(-60, 35), &store).await;
    assert_eq!(document(&store.record(&row)).title, "Unknown to search");
    assert!(ids(&pages).contains(&row));
}

/// A store that cannot be asked.
struct Away;

#[async_trait]
impl Known for Away {
    async fn held(&self, _: &[&str]) -> Result<HashMap<String, HeldRecord>, StoreError> {
        Err(StoreError::Absent { path: "nowhere".to_owned() })
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_asked_ends_a_sync_with_that_reason() {
    let house = House::of(20).await;
    let mut walk = house.source().walk(&changes(window(900)), None, Arc::new(Away)).await.unwrap();
    let error = walk.next_page().await.unwrap_err();
    assert!(matches!(error, SourceError::Store { .. }), "{error}");
    assert!(walk.spent().requests > 0, "what was asked before counts");
}

#[tokio::test]
async fn a_comment_on_a_page_that_nobody_edits_comes_with_the_next_backfill() {
    let (house, store) = read(20).await;
    let page = titled(&store, "How we work");
    house.set_time(now() + TimeDelta::days(1));
    house.change(json!({"add_comment": {"on": page, "text": "Is this still so?"}})).await;
    let pages = walked(&house.source(), &changes(window(3_650)), &store).await;
    assert!(!ids(&pages).contains(&page));
    walked(&house.source(), &Scope::history(window(3_650)), &store).await;
    assert!(document(&store.record(&page)).comments.contains("Is this still so?"));
}

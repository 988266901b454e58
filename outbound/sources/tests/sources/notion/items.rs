//! Records that somebody names.

use daybook_core::model::document::{DocumentKind, Tombstone};
use daybook_core::ports::source::{Scope, SourceError};
use serde_json::json;

use super::house::{House, Store, assert_same, document, ids, items, walk, walked, window};

#[tokio::test]
async fn a_record_is_found_by_its_id_its_address_and_its_number() {
    let house = House::of(60).await;
    let all = Store::default();
    walked(&house.source(), &Scope::history(window(3_650)), &all).await;
    let held = all.digests();
    let with_number = |id: &&String| document(&all.record(id)).key.contains('-');
    let row = document(&all.record(held.keys().find(with_number).unwrap()));
    let source = held.keys().find(|id| document(&all.record(id)).kind == DocumentKind::DataSource).unwrap();
    let store = Store::default();
    for words in [&row.external_id, &row.url, &row.key, &row.external_id.replace('-', ""), source] {
        let pages = walked(&house.source(), &items(&[words]), &store).await;
        let expected = if words == source { source } else { &row.external_id };
        assert_eq!(&ids(&pages), std::slice::from_ref(expected), "{words}");
    }
    let mut both = held.clone();
    both.retain(|id, _| id == source || *id == row.external_id);
    assert_same(&store, &both);
    assert_eq!(document(&store.record(&row.external_id)), row, "read in the same way, whoever asked");
}

#[tokio::test]
async fn one_that_is_gone_is_told_and_one_that_nobody_knows_is_refused() {
    let house = House::of(20).await;
    let page = house.change(json!({"create_page": {"title": "Soon gone"}})).await;
    house.change(json!({"trash_page": page})).await;
    let never = "00000000-0000-4000-8000-00000000dead";
    let pages = walked(&house.source(), &items(&[&page, never]), &Store::default()).await;
    let gone: Vec<_> = pages.iter().flat_map(|page| page.gone.clone()).collect();
    assert_eq!(gone, [(page, Tombstone::Deleted), (never.to_owned(), Tombstone::NoAccess)]);
    for odd in ["NOPE-1", "what is this", "https://x.example/y"] {
        let (_, error) = walk(&house.source(), &items(&[odd]), None, &Store::default()).await;
        assert!(matches!(error, Some(SourceError::Unacceptable { .. })), "{odd}: {error:?}");
    }
}

#[tokio::test]
async fn named_records_go_on_where_they_were_left() {
    let house = House::of(60).await;
    let all: Vec<String> = house.held().await.into_keys().take(25).collect();
    let named: Vec<&str> = all.iter().map(String::as_str).collect();
    let pages = walked(&house.source(), &items(&named), &Store::default()).await;
    assert_eq!(ids(&pages), all);
    let (rest, error) =
        walk(&house.source(), &items(&named), Some(pages[0].cursor.clone()), &Store::default()).await;
    assert!(error.is_none());
    assert_eq!(ids(&rest), all[pages[0].records.len()..]);
}

//! A vendor that is slow, busy, broken or cut off: the walk ends well or says why, and what was kept of it is whole.

use std::time::{Duration, Instant};

use daybook_core::ports::source::{Scope, SourceError};
use serde_json::json;

use super::house::{House, Store, assert_same, ids, walk, walked, window};
use super::script::{error, id, serve};
use crate::vendor::Reply;

fn all() -> Scope {
    Scope::history(window(3_650))
}

#[tokio::test]
async fn what_passes_is_waited_for_and_everything_is_read() {
    for fault in [
        json!({"kind": "rate_limited", "retry_after": 0}),
        json!({"kind": "status", "code": 500}),
        json!({"kind": "status", "code": 502}),
        json!({"kind": "status", "code": 503}),
        json!({"kind": "status", "code": 529}),
        json!({"kind": "status", "code": 409}),
        json!({"kind": "half_body"}),
        json!({"kind": "reset"}),
        json!({"kind": "garbage_json"}),
        json!({"kind": "html_login"}),
        json!({"kind": "empty_body"}),
    ] {
        let house = House::of(8).await;
        let mut fault = fault;
        fault["after"] = 6.into();
        fault["every"] = 4.into();
        house.fault(fault.clone()).await;
        let store = Store::default();
        let (pages, error) = walk(&house.source(), &all(), None, &store).await;
        assert!(error.is_none(), "{fault}: {}", error.unwrap());
        assert_same(&store, &house.held().await);
        let served: u64 = house.served().await.values().sum();
        assert_eq!(super::house::requests(&pages), served, "{fault}");
    }
}

#[tokio::test]
async fn lists_that_time_out_are_asked_for_in_smaller_pages() {
    let house = House::of(70).await;
    house.fault(json!({"kind": "quirk", "name": "times_out_above", "value": 15})).await;
    let store = Store::default();
    walked(&house.source(), &all(), &store).await;
    assert_same(&store, &house.held().await);
    let served = house.served().await;
    assert!(served["POST search"] < 30, "{served:?}");
}

#[tokio::test]
async fn places_that_always_die_are_told_and_nothing_is_skipped() {
    let house = House::of(250).await;
    house.fault(json!({"match": "search", "kind": "dead_token"})).await;
    let (pages, error) = walk(&house.source(), &all(), None, &Store::default()).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(pages.is_empty() && said.contains("start_cursor"), "{said}");
}

#[tokio::test]
async fn a_vendor_whose_members_have_other_names_is_told_in_words() {
    let house = House::of(60).await;
    let quirk = json!({"kind": "quirk", "name": "renamed_field", "value": {"from": "last_edited_time", "to": "edited"}});
    house.fault(quirk).await;
    let (pages, error) = walk(&house.source(), &all(), None, &Store::default()).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(pages.is_empty() && said.contains("`last_edited_time`"), "{said}");
}

#[tokio::test]
async fn what_a_page_does_not_show_is_a_gap_and_the_rest_is_read() {
    for (quirk, words) in [
        (json!({"name": "children_missing"}), "the blocks below a block are left out"),
        (json!({"name": "unknown_block", "value": "hologram"}), "`hologram`"),
        (json!({"name": "synced_cycle"}), "shows itself"),
    ] {
        let house = House::of(15).await;
        let mut fault = quirk;
        (fault["kind"], fault["match"]) = ("quirk".into(), "children".into());
        house.fault(fault).await;
        let store = Store::default();
        let pages = walked(&house.source(), &all(), &store).await;
        let gaps: Vec<String> =
            pages.iter().flat_map(|page| &page.records).flat_map(|record| record.gaps.clone()).collect();
        assert!(gaps.iter().any(|gap| gap.contains(words)), "{words}: {gaps:?}");
        assert_eq!(ids(&pages).len(), house.held().await.len());
    }
}

#[tokio::test]
async fn a_credential_that_ends_in_the_middle_ends_the_walk_with_its_cure_and_what_came_stays() {
    let house = House::of(60).await;
    house.fault(json!({"match": "children", "after": 40, "kind": "status", "code": 401})).await;
    let store = Store::default();
    let (pages, error) = walk(&house.source(), &all(), None, &store).await;
    let Some(SourceError::Refused { cure, .. }) = error else { panic!("{error:?}") };
    assert!(cure.contains("NOTION_API_KEY") && !pages.is_empty());
    let served = house.served().await;
    assert!(served["GET blocks/{id}/children"] <= 41, "no storm: {served:?}");
}

#[tokio::test]
async fn a_blocked_connection_asks_once_and_names_the_support() {
    let (vendor, notion) = serve(3, |_, _, _| {
        let body = json!({"object": "error", "status": 429, "code": "rate_limited", "message": "Blocked.",
            "additional_data": {"rate_limit_reason": "public_api_request_blocked"}});
        Some(Reply::text(429, &body.to_string()).with("retry-after", "1"))
    })
    .await;
    let (_, error) = walk(&notion, &all(), None, &Store::default()).await;
    let Some(SourceError::Broken { said, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("contact Notion's support"), "{said}");
    assert_eq!(vendor.asked().len(), 1);
}

#[tokio::test]
async fn a_wait_that_only_the_body_names_is_kept_by_everybody_and_a_long_one_parks_the_run() {
    let limited = |after: &str| {
        let body = json!({"object": "error", "status": 429, "code": "rate_limited", "message": "Slow.",
            "additional_data": {"rate_limit_reason": "public_api_space_request_rate_limit", "retry_after": after}});
        Reply::text(429, &body.to_string())
    };
    let (vendor, notion) =
        serve(3, move |_, (kind, _), place| (kind == "sources" && place == 0).then(|| limited("1"))).await;
    let began = Instant::now();
    let pages = walked(&notion, &all(), &Store::default()).await;
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!((ids(&pages).len(), pages.iter().map(|page| page.waits).sum::<u32>()), (3, 1));
    let asked = vendor.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(1));
    let (vendor, notion) = serve(3, move |_, _, _| Some(limited("1200"))).await;
    let (_, error) = walk(&notion, &all(), None, &Store::default()).await;
    let Some(SourceError::Unavailable { said, retry_after, .. }) = error else { panic!("{error:?}") };
    assert!(said.contains("the limit of the workspace"), "{said}");
    assert_eq!((retry_after, vendor.asked().len()), (Some(Duration::from_mins(20)), 1));
}

#[tokio::test]
async fn an_address_that_is_gone_is_named() {
    for status in [404, 410] {
        let (_vendor, notion) =
            serve(3, move |_, (kind, _), _| (kind == "search").then(|| Reply::text(status, "{}"))).await;
        let (_, error) = walk(&notion, &all(), None, &Store::default()).await;
        let Some(SourceError::Broken { said, doing, .. }) = error else { panic!("{error:?}") };
        assert!(said.contains("the address for this is gone") && doing.contains("search"), "{doing}: {said}");
    }
}

#[tokio::test]
async fn what_one_object_is_refused_for_costs_only_that_object() {
    let refused = || error(400, "validation_error", "External objects are not supported.");
    let (_vendor, notion) = serve(5, move |_, (kind, of), _| match kind {
        "children" if of == id(1) => Some(refused()),
        "comments" => Some(refused()),
        "children" | "pages" if of == id(2) => Some(super::script::missing()),
        _ => None,
    })
    .await;
    let store = Store::default();
    let pages = walked(&notion, &all(), &store).await;
    assert_eq!(ids(&pages), [0, 1, 3, 4].map(id));
    let gone: Vec<_> = pages.iter().flat_map(|page| page.gone.clone()).collect();
    assert_eq!(gone, [(id(2), daybook_core::model::document::Tombstone::NoAccess)]);
    let gaps = store.record(&id(1)).gaps;
    assert!(gaps.iter().any(|gap| gap.contains("External objects")), "{gaps:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (vendor, notion) =
        serve(3, |_, _, _| Some(Reply::text(302, "").with("location", "http://127.0.0.1:9/"))).await;
    let (_, error) = walk(&notion, &all(), None, &Store::default()).await;
    assert!(matches!(error, Some(SourceError::Broken { .. })), "{error:?}");
    assert_eq!(vendor.asked().len(), 1);
}

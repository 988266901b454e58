//! What goes wrong on demand.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use daybook_sim::WorldChoice;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::asking::{FULL, USUAL, id, ids};
use super::reading::small;
use crate::vendors::Vendors;

#[tokio::test]
async fn refusals_come_in_the_words_of_this_vendor_and_into_its_own_ledger() {
    let vendors = small().await;
    vendors
        .notion_fault(json!([
            {"match": "users", "times": 1, "kind": "rate_limited", "retry_after": 7},
            {"match": "users", "times": 1, "kind": "rate_limited", "reason": "public_api_request_blocked"},
            {"match": "users", "times": 1, "kind": "status", "code": 529, "retry_after": 5},
            {"match": "users", "times": 1, "kind": "status", "code": 504},
        ]))
        .await;
    let wait = vendors.notion("users").await;
    assert_eq!((wait.status, wait.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("7")));
    let body = wait.json();
    assert_eq!(
        (&body["code"], &body["additional_data"]["retry_after"]),
        (&json!("rate_limited"), &json!("7"))
    );
    assert_eq!(body["additional_data"]["rate_limit_reason"], "public_api_request_rate_limit");
    assert_eq!(Some(body["request_id"].as_str().unwrap()), wait.header("x-notion-request-id"));
    let blocked = vendors.notion("users").await;
    assert_eq!(blocked.json()["additional_data"], json!({"rate_limit_reason": "public_api_request_blocked"}));
    assert_eq!(vendors.notion("users").await.json()["code"], "service_overload");
    assert_eq!(vendors.notion("users").await.json()["code"], "gateway_timeout");
    assert_eq!(vendors.notion("users").await.status, StatusCode::OK);
    let block = id(&vendors.searched(USUAL, "page").await[0]);
    vendors.notion(&format!("blocks/{block}/children")).await;
    let ledger = vendors.control(Method::GET, "ledger", None).await.json();
    let served = &ledger["notion"]["served"]["by_endpoint"];
    assert_eq!(served["GET users"], json!({"200": 1, "429": 2, "504": 1, "529": 1}));
    assert_eq!(
        (&served["POST search"]["200"], &served["GET blocks/{id}/children"]["200"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(ledger["notion"]["held"]["users"], 43);
}

#[tokio::test]
async fn answers_are_broken_garbage_or_empty() {
    let vendors = small().await;
    for kind in ["half_body", "reset"] {
        vendors.notion_fault(json!([{"times": 1, "kind": kind}])).await;
        let url = format!("{}/v1/users", vendors.running.url("notion").unwrap());
        assert!(vendors.bearing(FULL, Method::GET, &url, None).await.is_err(), "{kind}");
    }
    for kind in ["garbage_json", "html_login", "empty_body"] {
        vendors.notion_fault(json!([{"times": 1, "kind": kind}])).await;
        let answer = vendors.notion("users").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(serde_json::from_str::<Value>(&answer.text).is_err(), "{kind}");
    }
}

#[tokio::test]
async fn pages_are_refused_repeated_endless_or_empty() {
    let vendors = small().await;
    let first = vendors.notion("users?page_size=10").await.json();
    let second = format!("users?page_size=10&start_cursor={}", first["next_cursor"].as_str().unwrap());
    vendors
        .notion_fault(json!([
            {"match": "users", "times": 1, "kind": "dead_token"},
            {"match": "users", "times": 1, "after": 1, "kind": "repeat_token"},
            {"match": "users", "times": 1, "after": 2, "kind": "empty_page_with_token"},
            {"match": "users", "times": 5, "after": 3, "kind": "endless_pages"},
        ]))
        .await;
    let dead = vendors.notion(&second).await;
    assert_eq!(
        (dead.status, dead.json()["code"].take()),
        (StatusCode::BAD_REQUEST, json!("validation_error"))
    );
    assert_eq!(vendors.notion(&second).await.json()["results"], first["results"]);
    let empty = vendors.notion(&second).await.json();
    assert!(empty["results"].as_array().unwrap().is_empty() && empty["has_more"] == true);
    let mut cursors = BTreeSet::new();
    for _ in 0..5 {
        let page = vendors.notion(&second).await.json();
        assert_eq!(page["results"], first["results"]);
        assert!(cursors.insert(page["next_cursor"].as_str().unwrap().to_owned()));
    }
    assert_ne!(vendors.notion(&second).await.json()["results"], first["results"]);
}

#[tokio::test]
async fn the_true_limiter_counts_a_minute() {
    let vendors = Vendors::set(WorldChoice::Seed { seed: 1, issues: 20 }, |settings| {
        (settings.limits, settings.notion_pages, settings.notion_requests_a_minute) = (true, 10, 3);
    })
    .await;
    vendors.pass(TimeDelta::seconds(20));
    for _ in 0..3 {
        assert_eq!(vendors.notion("users/me").await.status, StatusCode::OK);
    }
    let refused = vendors.notion("users/me").await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("40")));
    assert_eq!(refused.json()["additional_data"]["retry_after"], "40");
    vendors.pass(TimeDelta::seconds(40));
    assert_eq!(vendors.notion("users/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn search_lags_and_misses() {
    let vendors = small().await;
    let all = ids(&vendors.searched(USUAL, "page").await);
    vendors
        .notion_fault(json!([
            {"match": "search page", "times": 1, "kind": "index_lag", "newest": 2},
            {"match": "search page", "times": 1, "after": 1, "kind": "quirk", "name": "search_misses", "value": 4},
        ]))
        .await;
    assert_eq!(vendors.searched(USUAL, "data_source").await.len(), 17);
    assert_eq!(ids(&vendors.searched(USUAL, "page").await), all[2..]);
    assert_eq!(vendors.searched(USUAL, "page").await.len(), all.len() - all.len() / 4);
    assert_eq!(ids(&vendors.searched(USUAL, "page").await), all);
}

#[tokio::test]
async fn quirks_bend_what_is_answered() {
    let vendors = small().await;
    let page = id(vendors.searched(USUAL, "page").await.last().unwrap());
    let path = format!("blocks/{page}/children");
    let blocks = vendors.all_blocks(&page).await;
    let synced = vendors.searched(USUAL, "page").await;
    let mut original = None;
    for page in synced {
        let blocks = vendors.notion(&format!("blocks/{}/children", id(&page))).await.json();
        let found = blocks["results"]
            .as_array()
            .unwrap()
            .iter()
            .find(|block| block["type"] == "synced_block")
            .cloned();
        original = original.or(found);
    }
    let synced = format!("blocks/{}/children", id(&original.unwrap()));
    vendors
        .notion_fault(json!([
            {"match": "children", "times": 1, "kind": "quirk", "name": "times_out_above", "value": 50},
            {"match": "children", "times": 1, "after": 1, "kind": "quirk", "name": "unknown_block", "value": "hologram"},
            {"match": "children", "times": 1, "after": 2, "kind": "quirk", "name": "renamed_field", "value": {"from": "last_edited_time", "to": "edited"}},
            {"match": "children", "times": 1, "after": 3, "kind": "drop_field", "name": "last_edited_time"},
            {"match": "children", "times": 1, "after": 4, "kind": "quirk", "name": "synced_cycle"},
            {"match": "children", "times": 2, "after": 5, "kind": "quirk", "name": "children_missing"},
            {"match": "search", "times": 1, "kind": "quirk", "name": "partial_pages", "value": 2},
            {"match": "search", "times": 1, "after": 1, "kind": "broken_record", "shape": "fields_null"},
        ]))
        .await;
    assert_eq!(vendors.notion(&path).await.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(vendors.notion(&path).await.json()["results"][0]["hologram"].is_object());
    let renamed = vendors.notion(&path).await.json()["results"][0].take();
    assert_eq!(
        (&renamed["edited"], &renamed["last_edited_time"]),
        (&blocks[0]["last_edited_time"], &Value::Null)
    );
    assert!(vendors.notion(&path).await.json()["results"][0].get("last_edited_time").is_none());
    let cycle = vendors.notion(&synced).await.json();
    assert!(synced.contains(cycle["results"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap()));
    assert_eq!(vendors.notion(&path).await.status, StatusCode::OK);
    assert_eq!(vendors.notion(&synced).await.status, StatusCode::NOT_FOUND);
    let partial = vendors.searched(USUAL, "page").await;
    assert_eq!((partial[0].as_object().unwrap().len(), partial[1]["properties"].is_object()), (2, true));
    assert!(vendors.searched(USUAL, "page").await[0]["properties"].is_null());
}

#[tokio::test]
async fn nothing_is_missed_by_a_walk_but_what_moves_behind_it() {
    let vendors = small().await;
    let all = ids(&vendors.searched(USUAL, "page").await);
    vendors.pass(TimeDelta::hours(1));
    vendors.notion_fault(json!([{"match": "search", "kind": "edit_while_paging"}])).await;
    for direction in ["descending", "ascending"] {
        let body = json!({"filter": {"property": "object", "value": "page"},
            "sort": {"timestamp": "last_edited_time", "direction": direction}});
        let pages = vendors.all_rows(USUAL, "search", Some(&body), 9).await;
        let seen: BTreeSet<_> = ids(&pages).into_iter().collect();
        // What was edited comes again at the end of an ascending walk.
        assert!(seen.len() == pages.len() || direction == "ascending");
        let moved = "2026-11-20T12:30";
        vendors.control(Method::DELETE, "faults", None).await;
        for page in vendors.searched(USUAL, "page").await {
            let stayed = page["last_edited_time"].as_str().unwrap() < moved;
            assert!(!stayed || seen.contains(&id(&page)), "{direction}");
        }
        vendors.notion_fault(json!([{"match": "search", "kind": "edit_while_paging"}])).await;
    }
    assert!(all.len() > 80);
}

#[tokio::test]
async fn the_world_changes_while_it_is_paged() {
    let vendors = small().await;
    let all = vendors.searched(USUAL, "page").await.len();
    vendors.pass(TimeDelta::hours(1));
    vendors
        .notion_fault(json!([
            {"match": "search", "times": 1, "kind": "delete_while_paging", "issues": 3},
            {"match": "search", "times": 1, "after": 1, "kind": "edit_while_paging", "issues": 2},
        ]))
        .await;
    assert_eq!(vendors.searched(USUAL, "page").await.len(), all - 3);
    let pages = vendors.searched(USUAL, "page").await;
    let newest = pages.iter().filter(|page| page["last_edited_time"].as_str().unwrap() > "2026-11-20T12:30");
    assert_eq!(newest.count(), 2);
}

//! What goes wrong on demand.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::vendors::{User, Vendors, texts};

const ALL: &str = "created >= 0 ORDER BY updated ASC, key ASC";

fn first_page() -> Value {
    json!({"jql": ALL, "fields": ["summary"], "maxResults": 10})
}

fn page_after(token: &Value) -> Value {
    json!({"jql": ALL, "fields": ["summary"], "maxResults": 10, "nextPageToken": token})
}

#[tokio::test]
async fn too_many_requests_come_with_and_without_a_time_to_wait() {
    let vendors = Vendors::with(30).await;
    vendors.fault(json!([
        {"match": "search/jql", "times": 1, "kind": "rate_limited", "retry_after": 7},
        {"match": "search/jql", "after": 1, "times": 1, "kind": "rate_limited", "reason": "jira-quota-tenant-based"},
    ])).await;
    let with = vendors.search(&first_page()).await;
    assert_eq!((with.status, with.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("7")));
    assert_eq!(with.header("ratelimit-reason"), Some("jira-burst-based"));
    assert!(with.header("x-ratelimit-reset").unwrap().ends_with('Z'));
    let without = vendors.search(&first_page()).await;
    assert_eq!((without.status, without.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, None));
    assert_eq!(without.header("ratelimit-reason"), Some("jira-quota-tenant-based"));
    assert_eq!(vendors.search(&first_page()).await.status, StatusCode::OK);
    let ledger = vendors.control(Method::GET, "ledger", None).await.json();
    assert_eq!(ledger["jira"]["served"]["rate_limited"], 2);
    assert_eq!(ledger["jira"]["served"]["by_endpoint"]["POST search/jql"]["200"], 1);
}

#[tokio::test]
async fn servers_fail_with_the_status_that_is_asked_for() {
    let vendors = Vendors::with(30).await;
    vendors.fault(json!([
        {"match": "myself", "times": 1, "kind": "status", "code": 500},
        {"match": "myself", "times": 1, "kind": "status", "code": 504, "body": "<html>Gateway Time-out</html>"},
        {"match": "myself", "times": 1, "kind": "status", "code": 503, "retry_after": "3"},
    ])).await;
    let plain = vendors.get("myself").await;
    assert_eq!((plain.status.as_u16(), plain.message()), (500, "Internal server error".to_owned()));
    let gateway = vendors.get("myself").await;
    assert_eq!((gateway.status.as_u16(), gateway.text.as_str()), (504, "<html>Gateway Time-out</html>"));
    assert_eq!(vendors.get("myself").await.header("retry-after"), Some("3"));
    assert_eq!(vendors.get("myself").await.status, StatusCode::OK);
}

#[tokio::test]
async fn answers_break_off_in_the_middle_or_before_they_begin() {
    let vendors = Vendors::with(30).await;
    for kind in ["half_body", "reset"] {
        vendors.fault(json!({"match": "search/jql", "times": 1, "kind": kind})).await;
        let broken = vendors.asked(User::Full, Method::POST, "search/jql", Some(&first_page())).await;
        assert!(broken.is_err(), "{kind}");
        assert_eq!(vendors.search(&first_page()).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn answers_are_late_endless_or_elsewhere() {
    let vendors = Vendors::with(30).await;
    vendors
        .fault(json!([
            {"match": "myself", "times": 1, "kind": "slow", "delay_ms": 40},
            {"match": "myself", "after": 1, "times": 1, "kind": "redirect", "to": "https://elsewhere.example/"},
            {"match": "myself", "after": 2, "kind": "trickle"},
        ]))
        .await;
    let asked = std::time::Instant::now();
    assert_eq!(vendors.get("myself").await.status, StatusCode::OK);
    assert!(asked.elapsed() >= Duration::from_millis(40));
    let elsewhere = vendors.get("myself").await;
    assert_eq!(
        (elsewhere.status.as_u16(), elsewhere.header("location")),
        (302, Some("https://elsewhere.example/"))
    );
    let endless = tokio::time::timeout(Duration::from_millis(300), vendors.get("myself")).await;
    assert!(endless.is_err());
    // What trickles does not keep the vendor from going.
    vendors.running.shutdown().await;
}

#[tokio::test]
async fn what_comes_with_200_can_be_garbage() {
    let vendors = Vendors::with(30).await;
    for kind in ["garbage_json", "html_login", "empty_body"] {
        vendors.fault(json!({"match": "search/jql", "times": 1, "kind": kind})).await;
        let answer = vendors.search(&first_page()).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(serde_json::from_str::<Value>(&answer.text).is_err(), "{kind}");
    }
}

#[tokio::test]
async fn a_token_can_be_refused_or_given_again() {
    let vendors = Vendors::with(60).await;
    let first = vendors.search(&first_page()).await.json();
    vendors
        .fault(json!([
            {"match": "search/jql", "times": 1, "kind": "dead_token"},
            {"match": "search/jql", "times": 1, "after": 1, "kind": "repeat_token"},
        ]))
        .await;
    let dead = vendors.search(&page_after(&first["nextPageToken"])).await;
    assert_eq!(dead.status, StatusCode::BAD_REQUEST);
    let again = vendors.search(&page_after(&first["nextPageToken"])).await.json();
    assert_eq!(again, first);
    let second = vendors.search(&page_after(&first["nextPageToken"])).await.json();
    assert_ne!(second["issues"], first["issues"]);
}

#[tokio::test]
async fn pages_can_go_on_for_ever() {
    let vendors = Vendors::with(60).await;
    vendors.fault(json!({"match": "search/jql", "kind": "endless_pages"})).await;
    let (mut token, mut tokens) = (Value::Null, BTreeSet::new());
    for _ in 0..12 {
        let page = vendors.search(&page_after(&token)).await.json();
        assert_eq!(page["isLast"], false);
        token = page["nextPageToken"].clone();
        assert!(tokens.insert(token.as_str().unwrap().to_owned()));
    }
    vendors.control(Method::DELETE, "faults", None).await;
    vendors.fault(json!({"match": "search/jql", "times": 1, "kind": "empty_page_with_token"})).await;
    let empty = vendors.search(&first_page()).await.json();
    assert!(empty["issues"].as_array().unwrap().is_empty() && empty["nextPageToken"].is_string());
}

#[tokio::test]
async fn the_index_lags_unless_it_is_told_to_look() {
    let vendors = Vendors::with(60).await;
    let newest = json!({"jql": "created >= 0 ORDER BY updated DESC", "maxResults": 3});
    let before = texts(vendors.search(&newest).await.json()["issues"].as_array().unwrap(), "id");
    vendors.fault(json!({"match": "search/", "kind": "index_lag", "newest": 2})).await;
    let lagging = texts(vendors.search(&newest).await.json()["issues"].as_array().unwrap(), "id");
    assert_eq!(lagging[0], before[2]);
    let id: u64 = before[0].parse().unwrap();
    let told = json!({"jql": "created >= 0 ORDER BY updated DESC", "maxResults": 3, "reconcileIssues": [id]});
    let fresh = texts(vendors.search(&told).await.json()["issues"].as_array().unwrap(), "id");
    assert_eq!(fresh[..2], [before[0].clone(), before[2].clone()]);
    let count = vendors.post("search/approximate-count", &json!({"jql": ALL})).await.json();
    assert_eq!(count["count"], 58);
    assert_eq!(vendors.get(&format!("issue/{id}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_world_moves_while_it_is_paged() {
    let vendors = Vendors::with(60).await;
    vendors
        .fault(json!([
            {"match": "search/jql", "after": 1, "times": 2, "kind": "delete_while_paging", "issues": 3},
            {"match": "search/jql", "after": 1, "times": 2, "kind": "edit_while_paging", "issues": 4},
        ]))
        .await;
    let seen = texts(&vendors.all(User::Full, ALL, &["summary"], 10).await, "id");
    let held = vendors.held().await;
    assert_eq!(held.len(), 54);
    // Whoever pages by the place of the last row misses nothing that did not move.
    let seen: BTreeSet<_> = seen.into_iter().collect();
    let missed: Vec<_> = held.iter().filter(|line| !seen.contains(line["id"].as_str().unwrap())).collect();
    assert!(missed.is_empty(), "{missed:?}");
    let edited = vendors.all(User::Full, "updated >= 1795175999000", &["summary"], 100).await;
    assert!(!edited.is_empty() && edited.len() <= 8);
}

#[tokio::test]
async fn single_records_and_counts_can_be_wrong() {
    let vendors = Vendors::with(40).await;
    vendors
        .fault(json!([
            {"match": "search/jql", "times": 1, "kind": "broken_record", "place": 1, "shape": "fields_null"},
            {"match": "search/jql", "times": 1, "kind": "drop_field", "name": "summary"},
            {"match": "approximate-count", "kind": "approximate_count", "delta": 5},
        ]))
        .await;
    let page = vendors.search(&first_page()).await.json();
    assert!(page["issues"][1]["fields"].is_null());
    assert!(page["issues"][0]["fields"]["summary"].is_null());
    let count = vendors.post("search/approximate-count", &json!({"jql": ALL})).await.json();
    assert_eq!(count["count"], 45);
}

#[tokio::test]
async fn unknown_faults_are_refused_with_an_example() {
    let vendors = Vendors::with(5).await;
    let answer = vendors.control(Method::POST, "faults", Some(&json!({"kind": "earthquake"}))).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.text.contains("index_lag") && answer.json()["example"].is_object());
}

//! What goes wrong on demand.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::asking::{FULL, ids};
use crate::vendors::{Vendors, texts};
use daybook_sim::WorldChoice;

#[tokio::test]
async fn refusals_come_in_the_words_of_this_vendor_and_into_its_own_ledger() {
    let vendors = Vendors::with(30).await;
    vendors
        .tempo_fault(json!([
            {"match": "worklogs", "times": 1, "kind": "rate_limited"},
            {"match": "worklogs", "times": 1, "kind": "rate_limited", "retry_after": 7},
            {"match": "worklogs", "times": 1, "kind": "status", "code": 503},
            {"match": "worklogs", "times": 1, "kind": "status", "code": 403},
        ]))
        .await;
    let plain = vendors.tempo("worklogs").await;
    assert_eq!((plain.status, plain.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, None));
    assert_eq!(vendors.tempo("worklogs").await.header("retry-after"), Some("7"));
    assert_eq!(vendors.tempo("worklogs").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(vendors.tempo("worklogs").await.text.starts_with("<html>"));
    assert_eq!(vendors.tempo("worklogs").await.status, StatusCode::OK);
    let ledger = vendors.control(Method::GET, "ledger", None).await.json();
    assert_eq!(
        ledger["tempo"]["served"]["by_endpoint"]["GET worklogs"],
        json!({"200": 1, "403": 1, "429": 2, "503": 1})
    );
    assert_eq!(ledger["tempo"]["served"]["rows"], 50);
    assert_eq!(ledger["tempo"]["held"]["worklogs"], vendors.held_worklogs().await.len());
    assert_eq!(ledger["jira"]["served"]["requests"], 0);
    let unknown = vendors.control(Method::GET, "held/linear", None).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn answers_are_broken_garbage_or_empty() {
    let vendors = Vendors::with(30).await;
    for kind in ["half_body", "reset"] {
        vendors.tempo_fault(json!([{"times": 1, "kind": kind}])).await;
        let url = format!("{}/4/worklogs", vendors.running.url("tempo").unwrap());
        assert!(vendors.bearing(FULL, Method::GET, &url, None).await.is_err(), "{kind}");
    }
    for kind in ["garbage_json", "html_login", "empty_body"] {
        vendors.tempo_fault(json!([{"times": 1, "kind": kind}])).await;
        let answer = vendors.tempo("worklogs").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(serde_json::from_str::<Value>(&answer.text).is_err(), "{kind}");
    }
}

#[tokio::test]
async fn pages_are_refused_repeated_endless_or_empty() {
    let vendors = Vendors::with(60).await;
    let first = vendors.tempo("worklogs?limit=10").await.json();
    vendors
        .tempo_fault(json!([
            {"match": "worklogs", "times": 1, "kind": "dead_token"},
            {"match": "worklogs", "times": 1, "after": 1, "kind": "repeat_token"},
            {"match": "worklogs", "times": 1, "after": 2, "kind": "empty_page_with_token"},
            {"match": "worklogs", "times": 5, "after": 3, "kind": "endless_pages"},
        ]))
        .await;
    let second = "worklogs?limit=10&offset=10";
    assert_eq!(vendors.tempo(second).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(vendors.tempo(second).await.json(), first);
    let empty = vendors.tempo(second).await.json();
    assert!(empty["results"].as_array().unwrap().is_empty() && empty["metadata"]["next"].is_string());
    let mut links = BTreeSet::new();
    for _ in 0..5 {
        let page = vendors.tempo(second).await.json();
        assert_eq!(page["results"], first["results"]);
        assert!(links.insert(page["metadata"]["next"].as_str().unwrap().to_owned()));
    }
    assert_ne!(vendors.tempo(second).await.json()["results"], first["results"]);
}

#[tokio::test]
async fn search_lags_and_the_world_moves_while_it_is_paged() {
    let vendors = Vendors::with(60).await;
    let all = vendors.held_worklogs().await.len();
    vendors.tempo_fault(json!([{"times": 1, "kind": "index_lag", "newest": 3}])).await;
    assert_eq!(vendors.all_pages(FULL, "worklogs?limit=5000", None).await.len(), all - 3);
    vendors
        .tempo_fault(json!([
            {"after": 1, "times": 2, "kind": "delete_while_paging", "issues": 3},
            {"after": 1, "times": 2, "kind": "edit_while_paging", "issues": 4},
        ]))
        .await;
    let body = json!({"orderBy": [{"field": "ID", "order": "ASC"}]});
    vendors.all_pages(FULL, "worklogs/search?limit=20", Some(&body)).await;
    assert_eq!(vendors.held_worklogs().await.len(), all - 6);
    let edited = json!({"updatedFrom": "2026-11-20T12:00:00Z"});
    let edited = vendors.all_pages(FULL, "worklogs/search", Some(&edited)).await.len();
    assert!((1..=8).contains(&edited), "{edited}");
}

#[tokio::test]
async fn single_records_and_counts_can_be_wrong() {
    let vendors = Vendors::with(40).await;
    for (shape, member) in
        [("fields_null", "issue"), ("updated_missing", "updatedAt"), ("id_missing", "tempoWorklogId")]
    {
        vendors.tempo_fault(json!([{"times": 1, "kind": "broken_record", "place": 1, "shape": shape}])).await;
        let page = vendors.tempo("worklogs").await.json();
        assert!(page["results"][1][member].is_null() && !page["results"][0][member].is_null(), "{shape}");
    }
    vendors
        .tempo_fault(json!([
            {"times": 1, "kind": "broken_record", "shape": "wrong_types"},
            {"times": 1, "kind": "drop_field", "name": "author"},
            {"times": 1, "kind": "approximate_count", "delta": 5},
        ]))
        .await;
    let page = vendors.tempo("worklogs").await.json();
    assert_eq!(
        (&page["results"][0]["timeSpentSeconds"], &page["metadata"]["count"]),
        (&json!("1h"), &json!(55))
    );
    assert!(page["results"][2]["author"].is_null());
}

#[tokio::test]
async fn five_requests_a_second_and_no_more() {
    let vendors =
        Vendors::set(WorldChoice::Seed { seed: 1, issues: 20 }, |settings| settings.limits = true).await;
    for _ in 0..2 {
        let mut statuses = Vec::new();
        for _ in 0..6 {
            statuses.push(vendors.tempo("worklogs?limit=1").await.status.as_u16());
        }
        assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
        vendors.pass(TimeDelta::seconds(1));
    }
    let vendors = Vendors::with(20).await;
    for _ in 0..9 {
        assert_eq!(vendors.tempo("teams").await.status, StatusCode::OK);
    }
    vendors.tempo_fault(json!([{"kind": "quirk", "name": "true_limiter"}])).await;
    assert_eq!(vendors.tempo("teams").await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn links_can_name_another_host_and_filters_can_be_ignored() {
    let vendors = Vendors::with(60).await;
    vendors
        .tempo_fault(json!([
            {"times": 1, "kind": "quirk", "name": "foreign_next"},
            {"after": 1, "kind": "quirk", "name": "deaf_to_projects"},
        ]))
        .await;
    let page = vendors.tempo("worklogs?limit=5&from=2020-01-01").await.json();
    let next = page["metadata"]["next"].as_str().unwrap();
    assert_eq!(next, "https://api.tempo.io/4/worklogs?from=2020-01-01&limit=5&offset=5");
    let projects = vendors.get("project/search").await.json();
    let id = texts(projects["values"].as_array().unwrap(), "id").remove(0);
    let all = ids(&vendors.all_pages(FULL, &format!("worklogs?projectId={id}&limit=5000"), None).await);
    assert_eq!(all.len(), vendors.held_worklogs().await.len());
    let unknown = json!({"vendor": "tempo", "kind": "quirk", "name": "earthquake"});
    let refused = vendors.control(Method::POST, "faults", Some(&unknown)).await;
    assert!(refused.status == StatusCode::BAD_REQUEST && refused.text.contains("true_limiter"));
}

#[tokio::test]
async fn each_vendor_stands_below_its_prefix_and_has_its_own_faults() {
    let vendors = Vendors::with(10).await;
    for path in ["/tempor/4/worklogs", "/4/worklogs", "/"] {
        let url = format!("{}{path}", vendors.running.base_url());
        let answer = vendors.bearing(FULL, Method::GET, &url, None).await.unwrap();
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.contains("/jira, /notion, /tempo, /fireflies"), "{}", answer.text);
    }
    assert_eq!(vendors.running.url("linear"), None);
    vendors.fault(json!({"kind": "status", "code": 500})).await;
    assert_eq!(vendors.tempo("teams").await.status, StatusCode::OK);
    assert_eq!(vendors.get("myself").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    // What a fault bends needs no body that can be read.
    let large = json!({"description": "x".repeat(3_000_000)});
    assert_eq!(vendors.tempo_sent("worklogs/search", &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

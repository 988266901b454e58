//! `POST /api/backfill/jira`, from the request to the last row.

use reqwest::Method;
use serde_json::{Value, json};

use super::test_app::{KEY, TestApp};

#[tokio::test]
async fn what_is_held_at_the_end_is_exactly_what_the_source_holds() {
    let app = TestApp::new(730).await;
    let backfill = app.backfilled().await;
    assert_eq!(backfill["state"], "done", "{backfill:#}");
    let progress = &backfill["progress"];
    assert_eq!((&progress["distinct"], &progress["expected"]), (&json!(730), &json!(730)));
    assert_eq!(
        (&progress["new"], &progress["quarantined"], &progress["pages"]),
        (&json!(730), &json!(0), &json!(9)),
        "eight pages of issues and one of their history"
    );
    assert!(progress["requests"].as_u64().unwrap() <= 9 + 8, "few requests: {progress}");
    let vendors = app.vendors_hold().await;
    assert_eq!(vendors.len(), 730);
    assert_eq!(app.we_hold().await, vendors, "the same ids with the same bytes");
    app.close().await;
}

#[tokio::test]
async fn a_yes_says_where_to_watch_and_the_same_window_is_not_read_twice() {
    let app = TestApp::new(50).await;
    app.sim("/_sim/faults", json!({"match": "search/jql", "kind": "slow", "delay_ms": 300})).await;
    let answer = app.post_with_key("/api/backfill/jira?days=365", Some(KEY)).await;
    assert_eq!(answer.status(), 202);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(answer.headers().contains_key("x-request-id"));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (&body["success"], &body["days"], &body["deduplicated"]),
        (&json!(true), &json!(365), &json!(false))
    );
    assert_eq!(location, format!("/api/backfill/{}", body["job_id"].as_str().unwrap()));
    assert_eq!(body["status_url"].as_str(), Some(location.as_str()));
    let again: Value =
        app.post_with_key("/api/backfill/jira?days=365", Some(KEY)).await.json().await.unwrap();
    assert_eq!((&again["deduplicated"], &again["job_id"]), (&json!(true), &body["job_id"]));
    app.over(&location).await;
    app.close().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_field_and_starts_nothing() {
    let app = TestApp::new(20).await;
    for (query, field) in [
        ("days=9999", "days"),
        ("days=0", "days"),
        ("days=abc", "days"),
        ("days=", "days"),
        ("days=1&days=2", "days"),
        ("from_date=2026-01-01", "to_date"),
        ("to_date=2026-01-01", "from_date"),
        ("from_date=2026-02-01&to_date=2026-01-01", "to_date"),
        ("from_date=2999-01-01&to_date=2999-01-02", "from_date"),
        ("from_date=2026-02-30&to_date=2026-03-01", "from_date"),
        ("days=3&from_date=2026-01-01&to_date=2026-01-02", "days"),
        ("dais=3", "dais"),
        ("days=3&project=not%20a%20key", "project"),
    ] {
        let answer = app.post_with_key(&format!("/api/backfill/jira?{query}"), Some(KEY)).await;
        assert_eq!(answer.status(), 400, "{query}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json", "{query}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["details"][0]["field"], field, "{query}: {problem}");
        assert_eq!(problem["code"], "invalid", "{query}");
        assert!(problem["request_id"].is_string(), "{query}");
    }
    assert_eq!(app.post_with_key("/api/backfill/linear?days=3", Some(KEY)).await.status(), 404);
    let list: Value = app.admin(Method::GET, "/api/backfill").await.json().await.unwrap();
    assert!(!list.to_string().contains("queued") && !list.to_string().contains("running"), "{list}");
    app.close().await;
}

#[tokio::test]
async fn without_the_right_key_nothing_starts() {
    let app = TestApp::new(20).await;
    for key in [None, Some(""), Some("a-key-for-tests-onlx"), Some("wrong")] {
        let answer = app.post_with_key("/api/backfill/jira?days=3", key).await;
        assert_eq!(answer.status(), 401, "{key:?}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "unauthorized");
    }
    assert_eq!(app.get("/api/backfill").await.status(), 401);
    app.close().await;
}

#[tokio::test]
async fn a_second_run_writes_nothing_and_an_edit_writes_one() {
    let app = TestApp::new(300).await;
    app.backfilled().await;
    let before = daybook_core::ports::store::Store::revision(app.store.as_ref()).await.unwrap();
    let second = app.backfilled().await;
    assert_eq!((&second["progress"]["unchanged"], &second["progress"]["new"]), (&json!(300), &json!(0)));
    let after = daybook_core::ports::store::Store::revision(app.store.as_ref()).await.unwrap();
    assert_eq!(before, after, "no row was written");
    let (id, _) = app.vendors_hold().await.pop_first().unwrap();
    app.sim("/_sim/world", json!({"edit": {"key": id, "fields": {"summary": "A title of its own"}}})).await;
    let third = app.backfilled().await;
    assert_eq!((&third["progress"]["changed"], &third["progress"]["unchanged"]), (&json!(1), &json!(299)));
    assert_eq!(app.we_hold().await, app.vendors_hold().await);
    app.close().await;
}

#[tokio::test]
async fn a_cancelled_backfill_stops_and_keeps_what_it_has() {
    let app = TestApp::new(600).await;
    app.sim("/_sim/faults", json!({"match": "search/jql", "after": 1, "kind": "slow", "delay_ms": 400}))
        .await;
    let accepted: Value = app.admin(Method::POST, "/api/backfill/jira?days=3650").await.json().await.unwrap();
    let url = accepted["status_url"].as_str().unwrap();
    let cancelled = app.admin(Method::POST, &format!("{url}/cancel")).await;
    assert_eq!(cancelled.status(), 200);
    assert_eq!(app.over(url).await["state"], "cancelled");
    assert!(app.we_hold().await.len() < 600);
    app.close().await;
}

#[tokio::test]
async fn a_source_without_settings_is_refused_by_name() {
    let app = TestApp::without(&["NOTION_API_KEY"]).await;
    for path in ["/api/backfill/notion?days=3", "/api/sources/notion/sync", "/api/sources/notion/census"] {
        let answer = app.post_with_key(path, Some(KEY)).await;
        assert_eq!(answer.status(), 400, "{path}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["details"][0]["field"], "source", "{path}: {problem}");
    }
    app.close().await;
}

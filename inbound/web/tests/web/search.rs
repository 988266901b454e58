//! Searching over the API.

use axum::http::Method;

use crate::app::{App, Setup};

fn ids(body: &serde_json::Value) -> Vec<i64> {
    let hits = body["hits"].as_array().expect("a list of hits");
    hits.iter().filter_map(|hit| hit["document"]["id"].as_i64()).collect()
}

#[tokio::test]
async fn a_member_finds_what_members_may_see() {
    let body = App::new().get("/api/search?q=invoice").await.json();
    assert_eq!(ids(&body), [1, 6]);
    assert_eq!(body["considered"], 3);
    assert_eq!(body["note"], serde_json::Value::Null);
    let document = &body["hits"][0]["document"];
    assert_eq!(document["key"], "HARB-1");
    assert_eq!(document["project"], serde_json::json!({"key": "HARB", "name": "Harbour"}));
    assert_eq!(document["state_category"], "in_progress");
    assert_eq!(document["tombstone"], false);
    assert_eq!(body["hits"][0].get("parts"), None);
    assert_eq!(body["freshness"][0]["confirmed_until"], "2026-11-24T13:58:00Z");
    assert_eq!(body["coverage"]["documents"], 3);
    assert_eq!(body["coverage"]["complete"], false);
    assert!(body["coverage"]["sentence"].as_str().unwrap().contains("an administrator can see why"));
}

#[tokio::test]
async fn an_admin_finds_the_rest_too_but_nothing_that_is_gone() {
    let body = App::new().as_admin(Method::GET, "/api/search?q=invoice").await.json();
    let mut found = ids(&body);
    found.sort_unstable();
    assert_eq!(found, [1, 2, 3, 6]);
}

#[tokio::test]
async fn marks_point_at_words_in_code_points() {
    let body = App::new().get("/api/search?q=z%C3%BCrich%20export").await.json();
    let title: Vec<char> = body["hits"][0]["document"]["title"].as_str().unwrap().chars().collect();
    let marked: Vec<String> = body["hits"][0]["title_marks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mark| {
            let place = |index: usize| usize::try_from(mark[index].as_u64().unwrap()).unwrap();
            title[place(0)..place(1)].iter().collect()
        })
        .collect();
    assert_eq!(marked, ["export", "Zürich"]);
    assert!(!body["hits"][0]["passage"]["marks"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn an_explanation_comes_when_asked_for() {
    let body = App::new().get("/api/search?q=invoice&explain=true").await.json();
    let parts = &body["hits"][0]["parts"];
    assert!(parts["words"].is_number() && parts["meaning"].is_null(), "{parts}");
}

#[tokio::test]
async fn filters_narrow() {
    let app = App::new();
    for (query, expected) in [
        ("state=open", vec![1]),
        ("state=done", vec![6]),
        ("state=in%20review", vec![1]),
        ("state=todo&state=done", vec![6]),
        ("source=jira,notion&project=harb", vec![1, 6]),
        ("source=notion", vec![]),
        ("from=2026-10-16&to=2026-10-16", vec![1]),
        ("to=2025-01-10", vec![6]),
        ("limit=1", vec![1]),
    ] {
        let body = app.get(&format!("/api/search?q=invoice&{query}")).await.json();
        assert_eq!(ids(&body), expected, "{query}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_field_to_mend() {
    let app = App::new();
    for (query, field) in [
        ("", "q"),
        ("q=", "q"),
        ("q=%20", "q"),
        ("q=a&q=b", "q"),
        ("q=a&limit=0", "limit"),
        ("q=a&limit=101", "limit"),
        ("q=a&limit=ten", "limit"),
        ("q=a&limit=-1", "limit"),
        ("q=a&from=yesterday", "from"),
        ("q=a&to=2026-02-30", "to"),
        ("q=a&from=2026-02-02&to=2026-02-01", "to"),
        ("q=a&source=slack", "source"),
        ("q=a&source=", "source"),
        ("q=a&explain=yes", "explain"),
        ("q=a&projects=HARB", "projects"),
    ] {
        let answer = app.get(&format!("/api/search?{query}")).await;
        assert_eq!(answer.problem(), (400, "invalid".to_owned(), field.to_owned()), "{query}");
    }
    let long = "a".repeat(20_001);
    assert_eq!(app.get(&format!("/api/search?q={long}")).await.problem().2, "q");
}

#[tokio::test]
async fn nothing_found_nothing_read_and_nothing_left_are_told_apart() {
    let code = async |app: &App, query: &str| {
        app.get(&format!("/api/search?q={query}")).await.json()["note"]["code"].as_str().unwrap().to_owned()
    };
    let app = App::new();
    assert_eq!(code(&app, "elephant").await, "nothing_found");
    assert_eq!(code(&app, "invoice&source=tempo").await, "filters_left_nothing");
    let empty = App::of(Setup { documents: Vec::new(), freshness: Vec::new(), ..Setup::default() });
    assert_eq!(code(&empty, "invoice").await, "nothing_read_yet");
}

//! Reading single documents over the API.

use axum::http::Method;
use daybook_core::model::document::{Change, Link};

use crate::app::{App, Setup};
use crate::fake_store::FakeStore;
use crate::sample;

#[tokio::test]
async fn a_document_is_read_whole() {
    let body = App::new().get("/api/documents/1").await.json();
    assert_eq!(body["key"], "HARB-1");
    assert_eq!(body["body"], "The **invoice** export of 24 March stops half-way.");
    assert_eq!(body["people"][0], serde_json::json!({"part": "assignee", "name": "Ada Brandt"}));
    assert_eq!(body["audience"], "members");
    assert_eq!(body["fetched_at"], "2026-11-24T14:02:00Z");
}

#[tokio::test]
async fn hidden_gone_and_never_there_are_answered_alike() {
    let app = App::new();
    let mut bodies = Vec::new();
    for id in ["2", "3", "4", "999", "-1", "abc", "1.0", "99999999999999999999"] {
        let answer = app.get(&format!("/api/documents/{id}")).await;
        assert_eq!(answer.problem().0, 404, "{id}");
        let mut body = answer.json();
        body["request_id"] = serde_json::Value::Null;
        bodies.push(body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(app.as_admin(Method::GET, "/api/documents/2").await.status, 200);
    assert_eq!(app.as_admin(Method::GET, "/api/documents/4").await.status, 404);
}

#[tokio::test]
async fn links_details_and_history_are_told_in_types() {
    let mut meeting = sample::meeting(1);
    meeting.document.links = vec![Link { relation: "about".to_owned(), to: "HARB-2".to_owned(), url: None }];
    let change = Change { to: None, ..sample::change("To Do", "") };
    let store = FakeStore { changes: vec![change], ..FakeStore::default() };
    let app = App::of(Setup { documents: vec![meeting, sample::worklog(2)], store, ..Setup::default() });
    let body = app.get("/api/documents/1").await.json();
    assert_eq!(body["kind"], "meeting");
    assert_eq!(body["occurred_at"], "2026-11-23T09:00:00Z");
    assert_eq!(
        body["details"],
        serde_json::json!({"kind": "meeting", "seconds": 2700, "sentences": 412, "summary_status": "processed"})
    );
    assert_eq!(body["links"], serde_json::json!([{"relation": "about", "to": "HARB-2", "url": null}]));
    let expected = serde_json::json!({
        "field": "status", "at": "2026-11-20T10:00:00Z", "author": "Ada Brandt", "from": "To Do", "to": null,
    });
    assert_eq!(body["history"], serde_json::json!([expected]));
    let body = app.get("/api/documents/2").await.json();
    assert_eq!(body["details"]["kind"], "worklog");
    assert_eq!(body["details"]["seconds"], 5_400);
    assert_eq!(body["details"]["day"], "2026-10-14");
    assert_eq!(body["history"], serde_json::json!([]));
    assert!(!body.to_string().contains("557058"), "accounts are opaque and of no use to readers");
}

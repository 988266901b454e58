//! Reading single documents and the list of sources over the API.

use axum::http::Method;

use crate::app::App;

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
async fn sources_say_how_fresh_they_are() {
    let body = App::new().get("/api/sources").await.json();
    let expected = serde_json::json!({
        "source": "jira", "held": 5, "quarantined": 2, "confirmed_from": "2019-11-24T00:00:00Z",
        "confirmed_until": "2026-11-24T13:58:00Z",
        "last_success_at": "2026-11-24T14:02:00Z", "last_error": null,
    });
    assert_eq!(body["sources"], serde_json::json!([expected]));
}

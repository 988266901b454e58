//! Whether it lives, can answer, and can do all its work.

use std::sync::atomic::Ordering;

use axum::http::Method;

use crate::app::App;

#[tokio::test]
async fn it_lives_while_the_database_is_away_and_is_not_ready() {
    let app = App::new();
    assert_eq!(app.get("/api/health/ready").await.status, 200);
    app.store.is_away.store(true, Ordering::Relaxed);
    assert_eq!(app.get("/api/health").await.status, 200);
    let ready = app.get("/api/health/ready").await;
    assert_eq!(ready.status, 503);
    assert_eq!(ready.json()["checks"][0]["status"], "down");
    assert!(!ready.text().contains("hunter2"));
}

#[tokio::test]
async fn a_worker_that_is_gone_is_told_with_what_to_do() {
    let app = App::new();
    assert_eq!(app.as_admin(Method::GET, "/api/health/deep").await.status, 200);
    app.store.has_worker.store(false, Ordering::Relaxed);
    let answer = app.as_admin(Method::GET, "/api/health/deep").await;
    assert_eq!(answer.status, 503);
    let worker = &answer.json()["checks"][2];
    assert_eq!(worker["name"], "worker");
    assert!(worker["next_step"].as_str().unwrap().contains("daybook worker"));
}

#[tokio::test]
async fn an_index_that_is_behind_is_shown_with_how_far_it_is() {
    let answer = App::new().as_admin(Method::GET, "/api/health/deep").await;
    let index = &answer.json()["checks"][4];
    assert_eq!((&index["name"], &index["status"]), (&"index".into(), &"up".into()), "{index}");
    assert!(index["detail"].as_str().unwrap().contains("documents can be found by words"), "{index}");
}

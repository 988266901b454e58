//! What every answer has, whatever was asked.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Method, Request};

use crate::answer::request;
use crate::app::App;

#[tokio::test]
async fn a_sane_request_id_is_kept_and_any_other_replaced() {
    let app = App::new();
    let id = async |sent: &str| {
        let answer = app.send(request(Method::GET, "/api/health", &[("x-request-id", sent)])).await;
        answer.header("x-request-id").to_owned()
    };
    assert_eq!(id("Deploy-7_a.b").await, "Deploy-7_a.b");
    for bad in ["", "a b", "a/b", "<script>", &"a".repeat(65), "a\tb"] {
        let given = id(bad).await;
        assert!(given != bad && given.len() == 36, "{bad} gave {given}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_headers_that_bind_browsers() {
    let app = App::new();
    for address in
        ["/", "/search?q=invoice", "/nowhere", "/api/health", "/api/nowhere", "/api/search", "/static/x"]
    {
        let answer = app.get(address).await;
        assert!(!answer.header("x-request-id").is_empty(), "{address}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{address}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{address}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{address}");
        assert!(!answer.header("content-security-policy").contains("unsafe"), "{address}");
        assert!(!answer.header("cache-control").is_empty(), "{address}");
    }
    assert_eq!(app.get("/api/search?q=invoice").await.header("cache-control"), "no-store");
    let policy = app.get("/").await.header("content-security-policy").to_owned();
    for part in ["style-src 'self'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let app = App::new();
    for address in ["/", "/api/search?q=invoice", "/api/health", "/api/search?q=", "/nowhere"] {
        let (get, head) = (app.get(address).await, app.send(request(Method::HEAD, address, &[])).await);
        assert_eq!(head.status, get.status, "{address}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{address}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{address}");
        assert!(head.body.is_empty(), "{address}");
    }
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_refused_with_those_it_takes() {
    let app = App::new();
    let answer = app.send(request(Method::DELETE, "/api/search", &[])).await;
    assert_eq!(answer.problem().0, 405);
    assert!(answer.header("allow").contains("GET"), "{}", answer.header("allow"));
    let answer = app.send(request(Method::PUT, "/api/backfill/jira", &[])).await;
    assert_eq!(answer.problem().0, 405);
    for method in ["GET", "POST"] {
        assert!(answer.header("allow").contains(method), "{}", answer.header("allow"));
    }
    assert_eq!(app.send(request(Method::POST, "/search", &[])).await.status, 405);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_for_programs_and_a_page_for_people() {
    let app = App::new();
    for address in ["/api/nowhere", "/api", "/api/", "/api/search/"] {
        assert_eq!(app.get(address).await.problem(), (404, "missing".to_owned(), String::new()), "{address}");
    }
    for address in ["/nowhere", "/apiary", "/documents/999", "/static/../Cargo.toml"] {
        let answer = app.get(address).await;
        assert_eq!(answer.status, 404, "{address}");
        assert!(answer.header("content-type").starts_with("text/html"), "{address}");
        assert!(answer.text().contains(answer.header("x-request-id")), "{address}");
    }
}

#[tokio::test]
async fn a_handler_that_panics_is_answered_for() {
    let app = App::new();
    app.store.panics.store(true, Ordering::Relaxed);
    let answer = app.get("/api/documents/1").await;
    assert_eq!(answer.problem(), (500, "broken".to_owned(), String::new()));
    assert!(!answer.text().contains("hunter2"));
    assert_eq!(app.get("/documents/1").await.status, 500);
}

#[tokio::test]
async fn a_large_body_is_refused() {
    let app = App::new();
    let body = Body::from("x".repeat(70_000));
    let request = Request::post("/api/backfill/jira").header("content-length", 70_000).body(body).unwrap();
    assert_eq!(app.send(request).await.problem().0, 413);
}

#[tokio::test]
async fn answers_are_packed_for_who_can_unpack_them() {
    let app = App::new();
    let answer = app.send(request(Method::GET, "/", &[("accept-encoding", "gzip")])).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert_eq!(answer.body[..2], [0x1f, 0x8b]);
}

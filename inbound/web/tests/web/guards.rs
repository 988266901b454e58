//! Who may call what.

use axum::http::Method;
use daybook_web::{Guard, Visitors, routes};

use crate::answer::request;
use crate::app::{App, KEY, Setup};

/// A path with something in its variable segments.
fn filled(path: &str) -> String {
    path.replace("{source_or_id}", "jira")
        .replace("{id}", "1")
        .replace("{source}", "jira")
        .replace("{file}", "x")
}

#[tokio::test]
async fn every_guarded_route_refuses_whoever_brings_nothing() {
    for visitors in [Visitors::Nobody, Visitors::Members] {
        let app = App::of(Setup { visitors, ..Setup::default() });
        for route in routes() {
            let answer = app.send(request(route.method.clone(), &filled(&route.path), &[])).await;
            let refuses = match route.guard {
                Guard::Anyone => false,
                Guard::Reader => visitors == Visitors::Nobody,
                Guard::Admin => true,
            };
            assert_eq!(answer.status == 401, refuses, "{} {} {visitors:?}", route.method, route.path);
            if refuses {
                assert!(answer.header("www-authenticate").contains("X-Admin-Key"), "{}", route.path);
            }
        }
    }
}

#[tokio::test]
async fn every_guarded_route_refuses_a_wrong_key_even_where_visitors_may_read() {
    let app = App::new();
    for route in routes().into_iter().filter(|route| route.guard != Guard::Anyone) {
        for wrong in ["wrong", "", "an admin key for test"] {
            let headers = [("x-admin-key", wrong)];
            let answer = app.send(request(route.method.clone(), &filled(&route.path), &headers)).await;
            assert_eq!(answer.status, 401, "{} {}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn every_guarded_route_admits_the_right_key() {
    let app = App::of(Setup { visitors: Visitors::Nobody, ..Setup::default() });
    for route in routes() {
        let answer = app.as_admin(route.method.clone(), &filled(&route.path)).await;
        assert!(answer.status != 401 && answer.status != 500, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn the_table_names_the_routes_of_the_design() {
    let table: Vec<String> =
        routes().iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    for route in
        ["POST /api/backfill/{source_or_id}", "GET /api/search", "GET /api/health/ready", "GET /search"]
    {
        assert!(table.iter().any(|one| one == route), "{route} is not in {table:?}");
    }
}

#[tokio::test]
async fn a_refusal_comes_before_anything_is_read() {
    let app = App::new();
    let (status, code, field) =
        app.send(request(Method::POST, "/api/backfill/nowhere?days=9999", &[])).await.problem();
    assert_eq!((status, code.as_str(), field.as_str()), (401, "unauthorized", ""));
}

#[tokio::test]
async fn without_a_key_in_the_settings_nobody_is_an_admin_and_the_answer_names_the_setting() {
    let app = App::of(Setup { admin_key: None, ..Setup::default() });
    let answer = app.send(request(Method::POST, "/api/backfill/jira", &[("x-admin-key", KEY)])).await;
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("ADMIN_API_KEY"), "{}", answer.text());
}

//! Planning a backfill, reading a source again, and what is known of it, over whole requests.

use reqwest::Method;
use serde_json::{Value, json};

use super::test_app::TestApp;

async fn asked(app: &TestApp, method: Method, path: &str) -> (u16, Value) {
    let answer = app.admin(method, path).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_plan_counts_what_a_backfill_then_brings_and_starts_nothing() {
    let app = TestApp::new(120).await;
    let path = "/api/backfill/jira?days=3650";
    let (status, plan) = asked(&app, Method::POST, &format!("{path}&dry_run=true")).await;
    assert_eq!((status, &plan["dry_run"], &plan["source"]), (200, &json!(true), &json!("jira")), "{plan:#}");
    assert_eq!(asked(&app, Method::GET, "/api/backfill").await.1["backfills"], json!([]));
    let run = app.backfilled().await;
    assert_eq!(
        (&run["kind"], &run["progress"]["distinct"]),
        (&json!("backfill"), &plan["expected"]),
        "{run:#}"
    );
    // A project that is not there is the vendor's to refuse, in words.
    let (status, problem) = asked(&app, Method::POST, &format!("{path}&dry_run=true&project=NOWHERE")).await;
    assert_eq!((status, &problem["details"][0]["field"]), (400, &json!("source")), "{problem:#}");
    app.close().await;
}

#[tokio::test]
async fn a_source_is_read_again_on_request_once_it_was_read_to_its_end() {
    let app = TestApp::without(&["NOTION_API_KEY", "TEMPO_API_TOKEN", "FIREFLIES_API_KEY"]).await;
    let (status, problem) = asked(&app, Method::POST, "/api/sources/jira/sync").await;
    assert_eq!((status, &problem["details"][0]["field"]), (400, &json!("source")), "{problem:#}");
    let (status, problem) = asked(&app, Method::GET, "/api/sources/jira/ledger").await;
    assert_eq!(status, 404, "{problem:#}");
    app.backfilled().await;
    let (status, accepted) = asked(&app, Method::POST, "/api/sources/jira/sync").await;
    assert_eq!((status, &accepted["kind"]), (202, &json!("sync")), "{accepted:#}");
    let run = app.over(accepted["status_url"].as_str().unwrap()).await;
    assert_eq!((&run["kind"], &run["state"]), (&json!("sync"), &json!("done")), "{run:#}");
    let sources = app.json("/api/sources").await;
    assert_eq!(sources["sources"][0]["source"], "jira");
    assert_eq!(sources["off"], json!(["notion", "tempo", "fireflies"]), "{sources:#}");
    let (status, flaws) = asked(&app, Method::GET, "/api/sources/jira/gaps").await;
    assert_eq!((status, &flaws["quarantined"]), (200, &json!([])), "{flaws:#}");
    app.close().await;
}

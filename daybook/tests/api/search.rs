//! `GET /api/search` and the pages, over what a backfill brought.

use serde_json::{Value, json};

use super::test_app::TestApp;

async fn filled(issues: usize) -> TestApp {
    let app = TestApp::new(issues).await;
    assert_eq!(app.backfilled().await["state"], "done");
    app.searchable().await;
    app
}

#[tokio::test]
async fn history_that_was_backfilled_is_found_again() {
    let app = filled(400).await;
    let known = app.json("/api/search?q=we%20decided").await;
    let id = known["hits"][0]["document"]["external_id"].as_str().unwrap().to_owned();
    app.sim(
        "/_sim/world",
        json!([{"edit": {"key": id, "fields": {"summary": "The zeppelin mooring is rusty"}}},
               {"comment": {"key": id, "body": "We decided to paint the zeppelin mooring green."}}]),
    )
    .await;
    app.backfilled().await;
    app.finds_first("zeppelin%20mooring", "The zeppelin mooring is rusty").await;
    let answer = app.json("/api/search?q=zeppelin%20mooring").await;
    let hit = &answer["hits"][0];
    assert_eq!(hit["document"]["title"], "The zeppelin mooring is rusty", "{answer:#}");
    assert_eq!(hit["document"]["external_id"], id.as_str());
    let url = hit["document"]["url"].as_str().unwrap();
    assert!(url.starts_with("https://birchlane.atlassian.net/browse/"), "{url}");
    assert!(answer["as_of"].is_string() && answer["considered"].as_u64().unwrap() >= 300);
    assert_eq!(
        answer["coverage"]["without_meaning"].as_str().map(|why| why.contains("administrator")),
        Some(true)
    );
    let commented = app.json("/api/search?q=paint%20mooring%20green").await;
    let passage = &commented["hits"][0]["passage"];
    let (text, mark) = (passage["text"].as_str().unwrap(), &passage["marks"][0]);
    let marked: String = text
        .chars()
        .skip(usize::try_from(mark[0].as_u64().unwrap()).unwrap())
        .take(usize::try_from(mark[1].as_u64().unwrap() - mark[0].as_u64().unwrap()).unwrap())
        .collect();
    assert!(["paint", "mooring", "green"].contains(&marked.to_lowercase().as_str()), "{marked} of {text}");
    app.close().await;
}

#[tokio::test]
async fn what_is_restricted_at_the_source_is_not_for_visitors() {
    let app = filled(300).await;
    let (id, _) = app.vendors_hold().await.pop_last().unwrap();
    app.sim(
        "/_sim/world",
        json!([{"edit": {"key": id, "fields": {"summary": "Xylophone merger canary"}}},
               {"restrict": {"key": id, "level": "Board"}}]),
    )
    .await;
    app.backfilled().await;
    let admin = app.finds_first("xylophone%20canary", "Xylophone merger canary").await;
    let visitor = app.json("/api/search?q=xylophone%20canary").await;
    assert!(!visitor.to_string().to_lowercase().contains("xylophone merger"), "{visitor:#}");
    let path = format!("/api/documents/{}", admin["hits"][0]["document"]["id"]);
    assert_eq!(app.get(&path).await.status(), 404, "hidden and missing look alike");
    assert_eq!(app.admin(reqwest::Method::GET, &path).await.status(), 200);
    let page = app.get("/search?q=xylophone").await.text().await.unwrap();
    assert!(!page.contains("merger"), "nor does a page tell of it");
    app.close().await;
}

#[tokio::test]
async fn filters_narrow_and_nonsense_is_refused_by_field() {
    let app = filled(400).await;
    let all = app.json("/api/search?q=the%20draft%20fails&limit=50").await;
    let project = all["hits"][0]["document"]["project"]["key"].as_str().unwrap().to_owned();
    let narrowed = app.json(&format!("/api/search?q=the%20draft%20fails&limit=50&project={project}")).await;
    assert!(!narrowed["hits"].as_array().unwrap().is_empty());
    for hit in narrowed["hits"].as_array().unwrap() {
        assert_eq!(hit["document"]["project"]["key"], project.as_str());
    }
    assert!(narrowed["considered"].as_u64() < all["considered"].as_u64());
    let done = app.json("/api/search?q=draft&state=done&limit=50").await;
    assert!(done["hits"].as_array().unwrap().iter().all(|hit| hit["document"]["state_category"] == "done"));
    for (query, field) in [
        ("q=", "q"),
        ("q=x&limit=0", "limit"),
        ("q=x&limit=101", "limit"),
        ("q=x&limit=ten", "limit"),
        ("q=x&source=linear", "source"),
        ("q=x&from=yesterday", "from"),
        ("q=x&colour=red", "colour"),
    ] {
        let answer = app.get(&format!("/api/search?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["details"][0]["field"], field, "{query}: {problem}");
    }
    app.close().await;
}

#[tokio::test]
async fn nothing_read_yet_and_nothing_found_are_told_apart() {
    let app = TestApp::new(30).await;
    let empty = app.json("/api/search?q=anything").await;
    app.backfilled().await;
    app.searchable().await;
    let missing = app.json("/api/search?q=qqqqqqqq").await;
    assert!(empty["hits"].as_array().unwrap().is_empty() && missing["hits"].as_array().unwrap().is_empty());
    assert_ne!(empty["note"], missing["note"]);
    app.close().await;
}

#[tokio::test]
async fn visitors_are_nobody_unless_the_operator_says_so() {
    let app = TestApp::with(20, &[("DAYBOOK_VISITORS", "nobody")]).await;
    for path in ["/api/search?q=x", "/api/sources", "/api/documents/1", "/", "/search?q=x", "/sources"] {
        assert_eq!(app.get(path).await.status(), 401, "{path}");
    }
    for path in ["/api/health", "/api/health/ready"] {
        assert_eq!(app.get(path).await.status(), 200, "{path}");
    }
    app.close().await;
}

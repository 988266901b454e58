//! Starting, watching and cancelling backfills.

use axum::http::Method;

use crate::app::App;

async fn start(app: &App, address: &str) -> crate::answer::Answer {
    app.as_admin(Method::POST, &format!("/api/backfill/{address}")).await
}

#[tokio::test]
async fn a_backfill_is_accepted_and_can_be_watched() {
    let app = App::new();
    let answer = start(&app, "jira?days=365&project=HARB").await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["success"], true);
    assert_eq!(body["days"], 365);
    assert_eq!(body["source"], "jira");
    assert_eq!(body["project"], "HARB");
    assert_eq!(body["deduplicated"], false);
    let url = body["status_url"].as_str().unwrap();
    assert_eq!(url, format!("/api/backfill/{}", body["job_id"].as_str().unwrap()));
    assert_eq!(answer.header("location"), url);

    let watched = app.as_admin(Method::GET, url).await.json();
    assert_eq!(watched["id"], body["job_id"]);
    assert_eq!(watched["state"], "queued");
    assert_eq!(watched["requested_by"], "admin key");
    assert_eq!(watched["share"], serde_json::Value::Null);
    assert_eq!(
        (&watched["kind"], &watched["progress"]["plan"]),
        (&"backfill".into(), &serde_json::Value::Null)
    );
    let counts = [
        "requests",
        "pages",
        "seen",
        "distinct",
        "new",
        "changed",
        "quarantined",
        "waits",
        "gone",
        "changes",
    ];
    for count in counts {
        assert_eq!(watched["progress"][count], 0, "{count}");
    }
    let list = app.as_admin(Method::GET, "/api/backfill").await.json();
    assert_eq!(list["backfills"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_window_again_gives_the_running_one() {
    let app = App::new();
    let first = start(&app, "jira?days=30").await.json();
    let again = start(&app, "jira?days=30").await;
    assert_eq!(again.status, 202);
    assert_eq!(again.json()["deduplicated"], true);
    assert_eq!(again.json()["job_id"], first["job_id"]);
    assert_eq!(start(&app, "jira?days=31").await.json()["deduplicated"], false);
}

#[tokio::test]
async fn nothing_said_reaches_as_far_back_as_the_source_usually_does() {
    assert_eq!(start(&App::new(), "jira").await.json()["days"], 2555);
}

#[tokio::test]
async fn dates_include_both_days() {
    let body = start(&App::new(), "jira?from_date=2026-01-01&to_date=2026-01-31").await.json();
    assert_eq!(body["days"], serde_json::Value::Null);
    assert_eq!(body["from"], "2026-01-01T00:00:00Z");
    assert_eq!(body["to"], "2026-02-01T00:00:00Z");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_field_to_mend() {
    let app = App::new();
    let refused = [
        ("days=9999", "days"),
        ("days=3651", "days"),
        ("days=0", "days"),
        ("days=-1", "days"),
        ("days=abc", "days"),
        ("days=", "days"),
        ("days=1.5", "days"),
        ("days=3&days=4", "days"),
        ("from_date=2026-01-01", "to_date"),
        ("to_date=2026-01-01", "from_date"),
        ("from_date=2026-02-01&to_date=2026-01-01", "to_date"),
        ("from_date=2026-11-01&to_date=2026-11-25", "to_date"),
        ("from_date=2027-01-01&to_date=2027-01-02", "from_date"),
        ("from_date=2026-02-30&to_date=2026-03-01", "from_date"),
        ("from_date=01/02/2026&to_date=2026-03-01", "from_date"),
        ("days=3&from_date=2026-01-01&to_date=2026-01-02", "days"),
        ("day=3", "day"),
        ("days=3&Days=4", "Days"),
        ("project=", "project"),
        ("project=a%20b", "project"),
        ("project=A&project=B", "project"),
        ("project=%00", "project"),
    ];
    for (query, field) in refused {
        let answer = start(&app, &format!("jira?{query}")).await;
        assert_eq!(answer.problem(), (400, "invalid".to_owned(), field.to_owned()), "{query}");
    }
    assert_eq!(app.as_admin(Method::GET, "/api/backfill").await.json()["backfills"], serde_json::json!([]));
}

#[tokio::test]
async fn a_source_that_does_not_exist_is_missing_and_one_without_settings_is_off() {
    let app = App::new();
    for unknown in ["slack", "Jira", "jira%2F", "%FF"] {
        let answer = start(&app, &format!("{unknown}?days=1")).await;
        assert_eq!(answer.status, 404, "{unknown}");
    }
    let unknown = start(&app, "slack").await;
    assert_eq!(unknown.problem(), (404, "missing".to_owned(), "source".to_owned()));
    for source in ["jira", "notion", "tempo", "fireflies"] {
        assert!(unknown.text().contains(source));
    }
    assert_eq!(start(&app, "notion").await.problem(), (400, "invalid".to_owned(), "source".to_owned()));
}

#[tokio::test]
async fn one_record_alone_can_be_asked_for() {
    let app = App::new();
    let body = start(&app, "jira?item=HARB-17").await.json();
    assert_eq!(body["item"], "HARB-17");
    let watched = app.as_admin(Method::GET, body["status_url"].as_str().unwrap()).await.json();
    assert_eq!((&watched["kind"], &watched["item"]), (&"backfill".into(), &"HARB-17".into()));
    assert_eq!(start(&app, "jira?item=HARB-17&project=HARB").await.problem().2, "item");
    assert_eq!(start(&app, "jira?item=a%2Fb").await.problem().2, "item");
}

#[tokio::test]
async fn a_plan_says_what_it_would_take_and_starts_nothing() {
    let app = App::new();
    let answer = start(&app, "jira?from_date=2026-01-01&to_date=2026-01-31&project=HARB&dry_run=true").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let expected = serde_json::json!({
        "dry_run": true, "source": "jira", "days": null, "from": "2026-01-01T00:00:00Z",
        "to": "2026-02-01T00:00:00Z", "project": "HARB", "item": null, "expected": 1240,
        "plan": {"requests": 15, "seconds": 90, "estimated": true},
        "warnings": ["12 issues have more comments than one answer holds"],
        "unseen": ["project SECRET: it may not be browsed"], "requests": 2,
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(app.as_admin(Method::GET, "/api/backfill").await.json()["backfills"], serde_json::json!([]));
    assert_eq!(start(&app, "jira?days=3&dry_run=false").await.status, 202);
}

#[tokio::test]
async fn a_plan_that_cannot_be_made_says_why_and_names_the_source() {
    let app = App::new();
    for (query, status, code, words) in [
        ("project=REFUSED", 403, "forbidden", "make a new token"),
        ("project=NOWHERE", 400, "invalid", "there is no project NOWHERE"),
        ("project=AWAY", 503, "unavailable", "it answered 503"),
    ] {
        let answer = start(&app, &format!("jira?days=3&dry_run=true&{query}")).await;
        assert_eq!(answer.problem(), (status, code.to_owned(), "source".to_owned()), "{query}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("jira") && detail.contains(words), "{detail}");
    }
    assert_eq!(start(&app, "jira?project=AWAY&dry_run=true").await.header("retry-after"), "7");
    // What would be refused at the start is refused alike, before the source is asked.
    for (address, field) in [
        ("jira?days=9999&dry_run=true", "days"),
        ("jira?project=a%20b&dry_run=true", "project"),
        ("notion?dry_run=true", "source"),
        ("jira?dry_run=yes", "dry_run"),
        ("jira?dry_run=", "dry_run"),
    ] {
        let answer = start(&app, address).await;
        assert_eq!(answer.problem(), (400, "invalid".to_owned(), field.to_owned()), "{address}");
    }
    assert!(app.store.backfills.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_backfill_is_cancelled_once() {
    let app = App::new();
    let url = start(&app, "jira?days=3").await.json()["status_url"].as_str().unwrap().to_owned();
    let cancelled = app.as_admin(Method::POST, &format!("{url}/cancel")).await;
    assert_eq!(cancelled.status, 200);
    assert_eq!(cancelled.json()["state"], "cancelled");
    let again = app.as_admin(Method::POST, &format!("{url}/cancel")).await.json();
    assert_eq!(again["finished_at"], cancelled.json()["finished_at"]);
    assert_eq!(again["seconds_left"], serde_json::Value::Null);
}

#[tokio::test]
async fn an_id_that_names_no_backfill_is_missing() {
    let app = App::new();
    for id in ["019aa0f3-0b5c-7a31-8f0e-6a4e0b5d2a11", "jira", "1", "%00"] {
        for (method, address) in [
            (Method::GET, format!("/api/backfill/{id}")),
            (Method::POST, format!("/api/backfill/{id}/cancel")),
        ] {
            let answer = app.as_admin(method, &address).await;
            assert_eq!(answer.problem(), (404, "missing".to_owned(), "id".to_owned()), "{address}");
        }
    }
}

#[tokio::test]
async fn a_store_that_is_away_is_told_without_its_secrets() {
    let app = App::new();
    app.store.is_away.store(true, std::sync::atomic::Ordering::Relaxed);
    let answer = start(&app, "jira?days=3").await;
    assert_eq!(answer.problem().0, 503);
    assert_eq!(answer.header("retry-after"), "5");
    assert!(!answer.text().contains("hunter2"));
}

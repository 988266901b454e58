//! What a backfill makes of a vendor that limits, stumbles, cuts, lies or changes while it is read.

use serde_json::{Value, json};

use super::test_app::TestApp;

/// Runs a backfill over 450 issues under a fault.
async fn under(fault: Value) -> (TestApp, Value) {
    let app = TestApp::new(450).await;
    app.sim("/_sim/faults", fault).await;
    let backfill = app.backfilled().await;
    (app, backfill)
}

#[tokio::test]
async fn passing_troubles_are_waited_out_and_nothing_is_lost() {
    for fault in [
        json!({"match": "search/jql", "after": 1, "times": 2, "kind": "rate_limited", "retry_after": "1"}),
        json!({"match": "search/jql", "after": 1, "times": 1, "kind": "rate_limited"}),
        json!({"match": "search/jql", "after": 2, "times": 2, "kind": "status", "code": 500}),
        json!({"match": "search/jql", "after": 2, "times": 1, "kind": "status", "code": 504}),
        json!({"match": "search/jql", "after": 1, "times": 1, "kind": "half_body"}),
        json!({"match": "search/jql", "after": 1, "times": 1, "kind": "reset"}),
        json!({"match": "search/jql", "after": 1, "times": 1, "kind": "garbage_json"}),
        json!({"match": "search/jql", "after": 1, "times": 1, "kind": "html_login"}),
        json!({"match": "search/jql", "after": 1, "times": 1, "kind": "empty_body"}),
        json!({"match": "search/jql", "after": 2, "times": 1, "kind": "dead_token"}),
        json!({"match": "search/jql", "after": 2, "times": 1, "kind": "empty_page_with_token"}),
    ] {
        let (app, backfill) = under(fault.clone()).await;
        assert_eq!(backfill["state"], "done", "{fault}: {backfill:#}");
        assert_eq!(app.we_hold().await, app.vendors_hold().await, "{fault}");
        assert_eq!(backfill["progress"]["distinct"], 450, "{fault}");
        app.close().await;
    }
}

#[tokio::test]
async fn a_rate_limit_is_obeyed_to_the_second() {
    let begun = std::time::Instant::now();
    let (app, backfill) = under(
        json!({"match": "search/jql", "after": 1, "times": 1, "kind": "rate_limited", "retry_after": "3"}),
    )
    .await;
    assert!(begun.elapsed() >= std::time::Duration::from_secs(3));
    assert_eq!(backfill["state"], "done", "{backfill:#}");
    assert!(backfill["progress"]["waits"].as_u64() >= Some(1), "{backfill:#}");
    app.close().await;
}

#[tokio::test]
async fn paging_that_repeats_or_never_ends_is_an_error_that_says_so() {
    for kind in ["repeat_token", "endless_pages"] {
        let (app, backfill) = under(json!({"match": "search/jql", "after": 1, "kind": kind})).await;
        assert_eq!(backfill["state"], "failed", "{kind}: {backfill:#}");
        let reason = backfill["error"].as_str().unwrap();
        assert!(reason.contains("no progress") || reason.contains("repeat"), "{kind}: {reason}");
        let fresh = app.json("/api/sources").await;
        assert!(
            fresh.to_string().contains("\"confirmed_until\":null"),
            "a failure confirms nothing: {fresh}"
        );
        app.close().await;
    }
}

#[tokio::test]
async fn a_refused_credential_fails_at_once_with_its_cure() {
    for (code, cure) in [(401, "JIRA_API_TOKEN"), (403, "administrator")] {
        let (app, backfill) = under(json!({"match": "myself", "kind": "status", "code": code})).await;
        assert_eq!(backfill["state"], "failed");
        assert!(backfill["error"].as_str().unwrap().contains(cure), "{code}: {}", backfill["error"]);
        let ledger: Value = serde_json::from_str(&app.sim_get("/_sim/ledger").await).unwrap();
        assert_eq!(ledger["jira"]["served"]["requests"], 1, "asked once, not again and again: {ledger:#}");
        app.close().await;
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_kept_aside_and_the_rest_goes_on() {
    for shape in ["fields_null", "wrong_types", "updated_missing"] {
        let fault = json!({"match": "search/jql", "after": 1, "times": 1, "kind": "broken_record", "place": 3, "shape": shape});
        let (app, backfill) = under(fault).await;
        assert_eq!(backfill["state"], "done", "{shape}: {backfill:#}");
        let progress = &backfill["progress"];
        assert_eq!(
            (&progress["quarantined"], &progress["new"]),
            (&json!(1), &json!(449)),
            "{shape}: {progress}"
        );
        assert!(backfill["warnings"].to_string().contains("quarantine"), "{shape}: {}", backfill["warnings"]);
        let mended = app.backfilled().await;
        assert_eq!(mended["progress"]["new"], 1, "{shape}: when it can be read it is let in");
        assert!(app.json("/api/sources").await.to_string().contains("\"quarantined\":0"));
        app.close().await;
    }
}

#[tokio::test]
async fn a_count_that_differs_from_what_came_is_shown() {
    for delta in [-7, 12] {
        let (app, backfill) =
            under(json!({"match": "approximate-count", "kind": "approximate_count", "delta": delta})).await;
        assert_eq!(backfill["state"], "done");
        let warnings = backfill["warnings"].to_string();
        assert!(warnings.contains(&(450 + delta).to_string()) && warnings.contains("450"), "{warnings}");
        app.close().await;
    }
}

#[tokio::test]
async fn issues_that_are_edited_or_deleted_while_they_are_read_are_not_lost() {
    for kind in ["edit_while_paging", "delete_while_paging"] {
        let (app, backfill) =
            under(json!({"match": "search/jql", "after": 1, "times": 3, "kind": kind, "issues": 5})).await;
        assert_eq!(backfill["state"], "done", "{kind}: {backfill:#}");
        // What was edited behind our back is met by the next run.
        app.backfilled().await;
        let (ours, theirs) = (app.we_hold().await, app.vendors_hold().await);
        assert!(
            theirs.is_subset(&ours),
            "{kind}: {:?}",
            theirs.difference(&ours).take(3).collect::<Vec<_>>()
        );
        app.close().await;
    }
}

#[tokio::test]
async fn an_index_that_lags_behind_is_seen_in_the_report() {
    let (app, backfill) =
        under(json!({"match": "search/jql", "times": 100, "kind": "index_lag", "newest": 9})).await;
    assert_eq!(backfill["state"], "done");
    assert_eq!(backfill["progress"]["distinct"], 441);
    assert!(backfill["warnings"].to_string().contains("450"), "{}", backfill["warnings"]);
    app.close().await;
}

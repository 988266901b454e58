//! The list of sources over the API, what keeps them fresh, and what is missing of them.

use axum::http::Method;
use chrono::NaiveDate;
use daybook_core::model::census::{Difference, Ledger, Line, Outcome};
use daybook_core::model::document::Tombstone;
use daybook_core::ports::store::{Gap, OpenRecord, Quarantined};
use serde_json::{Value, json};

use crate::app::{App, Setup};
use crate::fake_store::FakeStore;
use crate::sample;

#[tokio::test]
async fn sources_say_how_fresh_they_are() {
    let app = App::new();
    let mut expected = json!({
        "source": "jira", "held": 5, "quarantined": 2, "confirmed_from": "2019-11-24T00:00:00Z",
        "confirmed_until": "2026-11-24T13:58:00Z",
        "last_success_at": "2026-11-24T14:02:00Z", "last_error": null,
        "gaps": 4, "open": 1, "unseen": ["project SECRET: it may not be browsed"],
        "census": {"counted": 7, "held": 6, "differing": 1, "compared_at": "2026-11-24T02:00:00Z"},
        "running": "sync since 2026-11-24 14:58 UTC, jira is not available: it answered 503",
        "next_sync_at": "2026-11-24T15:10:00Z", "next_census_at": "2026-11-25T02:00:00Z",
    });
    let body = app.as_admin(Method::GET, "/api/sources").await.json();
    assert_eq!(body, json!({"sources": [expected], "off": ["notion", "tempo", "fireflies"]}));
    // What counts or names what a member may not see is not for members.
    let body = app.get("/api/sources").await.json();
    (expected["unseen"], expected["census"]) = (json!([]), Value::Null);
    expected["running"] = json!("sync since 2026-11-24 14:58 UTC");
    assert_eq!(body["sources"], json!([expected]));
}

#[tokio::test]
async fn a_sync_and_a_census_are_accepted_once_and_can_be_watched() {
    let app = App::new();
    for (address, kind) in [("sync", "sync"), ("census", "census"), ("census?accept_losses=true", "census")] {
        let answer = app.as_admin(Method::POST, &format!("/api/sources/jira/{address}")).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let body = answer.json();
        assert_eq!((&body["kind"], &body["deduplicated"]), (&json!(kind), &json!(false)), "{address}");
        assert_eq!(answer.header("location"), body["status_url"].as_str().unwrap());
        let again = app.as_admin(Method::POST, &format!("/api/sources/jira/{address}")).await.json();
        assert_eq!((&again["job_id"], &again["deduplicated"]), (&body["job_id"], &json!(true)), "{address}");
        let watched = app.as_admin(Method::GET, body["status_url"].as_str().unwrap()).await.json();
        assert_eq!((&watched["kind"], &watched["id"]), (&json!(kind), &body["job_id"]));
    }
    let list = app.as_admin(Method::GET, "/api/backfill").await.json();
    let kinds: Vec<_> = list["backfills"].as_array().unwrap().iter().map(|run| &run["kind"]).collect();
    assert_eq!(kinds, ["census", "census", "sync"]);
}

#[tokio::test]
async fn what_cannot_be_read_again_is_refused_with_the_reason() {
    let mut freshness = sample::freshness();
    freshness[0].confirmed = None;
    let app = App::of(Setup { freshness, ..Setup::default() });
    for action in ["sync", "census"] {
        let off = app.as_admin(Method::POST, &format!("/api/sources/tempo/{action}")).await;
        assert_eq!(off.problem(), (400, "invalid".to_owned(), "source".to_owned()));
        assert!(off.text().contains("tempo is off"), "{}", off.text());
        let unread = app.as_admin(Method::POST, &format!("/api/sources/jira/{action}")).await;
        assert_eq!(unread.problem(), (400, "invalid".to_owned(), "source".to_owned()));
        assert!(unread.text().contains("never read to the end"), "{}", unread.text());
        let unknown = app.as_admin(Method::POST, &format!("/api/sources/slack/{action}")).await;
        assert_eq!(unknown.problem().0, 404);
    }
    let odd = app.as_admin(Method::POST, "/api/sources/jira/census?accept_losses=yes").await;
    assert_eq!(odd.problem(), (400, "invalid".to_owned(), "accept_losses".to_owned()));
    assert!(app.store.backfills.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_ledger_tells_what_a_census_found() {
    let app = App::new();
    let never = app.as_admin(Method::GET, "/api/sources/jira/ledger").await;
    assert_eq!(never.problem().0, 404);
    assert!(never.text().contains("was never compared"), "{}", never.text());
    let difference = |id: &str, outcome| Difference {
        external_id: id.to_owned(),
        key: Some("HARB-1".to_owned()),
        project: Some("HARB".to_owned()),
        day: NaiveDate::from_ymd_opt(2026, 11, 3),
        outcome,
    };
    let ledger = Ledger {
        older: 0,
        from: Some(sample::time("2019-11-24T00:00:00Z")),
        compared_at: Some(sample::time("2026-11-24T02:00:00Z")),
        source: 7,
        held: 6,
        lines: vec![Line { project: Some("HARB".to_owned()), source: 7, held: 6 }],
        differences: vec![
            difference("1", Outcome::Fetched),
            difference("2", Outcome::Tombstoned(Tombstone::NoAccess)),
        ],
        differing: 2,
        unseen_projects: vec!["GONE".to_owned()],
    };
    *app.store.ledger.lock().unwrap() = Some(ledger);
    let body = app.as_admin(Method::GET, "/api/sources/jira/ledger").await.json();
    assert_eq!((&body["counted"], &body["held"], &body["equal"]), (&json!(7), &json!(6), &json!(false)));
    assert_eq!(body["lines"], json!([{"project": "HARB", "counted": 7, "held": 6}]));
    assert_eq!(body["differences"][0]["outcome"], "fetched");
    assert_eq!(body["differences"][0]["tombstone"], Value::Null);
    assert_eq!(body["differences"][1]["outcome"], "tombstoned");
    assert_eq!(body["differences"][1]["tombstone"], "no-access");
    assert_eq!(body["differences"][1]["day"], "2026-11-03");
    assert_eq!(body["unseen_projects"], json!(["GONE"]));
}

#[tokio::test]
async fn gaps_open_records_and_quarantine_are_listed_a_hundred_each() {
    let at = sample::time("2026-11-24T02:00:00Z");
    let open = |id: usize| OpenRecord {
        external_id: id.to_string(),
        reason: "its transcript has not arrived".to_owned(),
        since: at,
        until: at,
    };
    let store = FakeStore {
        gaps: vec![Gap {
            external_id: "1".to_owned(),
            what: "an unknown block".to_owned(),
            first_seen_at: at,
        }],
        open: (0..150).map(open).collect(),
        quarantined: vec![Quarantined {
            external_id: "9".to_owned(),
            reason: "`fields` is not an object".to_owned(),
            first_seen_at: at,
        }],
        ..FakeStore::default()
    };
    let body = App::of(Setup { store, ..Setup::default() })
        .as_admin(Method::GET, "/api/sources/jira/gaps")
        .await
        .json();
    assert_eq!(body["gaps"][0]["what"], "an unknown block");
    assert_eq!(body["open"].as_array().unwrap().len(), 100);
    assert_eq!(body["open"][0]["reason"], "its transcript has not arrived");
    assert_eq!(body["quarantined"][0]["external_id"], "9");
    let none = App::new().as_admin(Method::GET, "/api/sources/jira/gaps").await.json();
    assert_eq!(none, json!({"source": "jira", "gaps": [], "open": [], "quarantined": []}));
}

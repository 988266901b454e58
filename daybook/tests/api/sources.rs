//! All four sources from a whole Daybook: held exactly, read again without a write, and kept true to what happens there.

use std::path::PathBuf;

use daybook_core::model::audience::Viewer;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::Store as _;
use daybook_sim::WorldChoice;
use reqwest::Method;
use serde_json::{Value, json};

use super::test_app::{TestApp, held_by, held_in, over};

#[tokio::test]
async fn all_four_sources_are_held_exactly_and_a_second_run_writes_nothing() {
    let app = TestApp::new(400).await;
    for source in SourceKind::ALL {
        let run = app.backfilled_of(source).await;
        assert_eq!(run["state"], "done", "{run:#}");
        let held = held_by(&app.vendors, source).await;
        assert!(held.len() > 30, "{source} holds {}", held.len());
        same(&app, source).await;
        let (made, planned) = (&run["progress"]["requests"], &run["progress"]["plan"]["requests"]);
        let (made, planned) = (made.as_f64().unwrap(), planned.as_f64().unwrap());
        assert!(made <= planned * 1.1, "{source}: {made} requests, {planned} planned");
    }
    let revision = app.store.revision().await.unwrap();
    for source in SourceKind::ALL {
        for run in [app.backfilled_of(source).await, app.ran(&format!("/api/sources/{source}/sync")).await] {
            assert_eq!(run["state"], "done", "{run:#}");
            let written = ["new", "changed", "quarantined", "gone"].map(|name| run["progress"][name].clone());
            assert_eq!(json!(written), json!([0, 0, 0, 0]), "{source}: {run:#}");
        }
    }
    assert_eq!(app.store.revision().await.unwrap(), revision, "nothing was written");
    app.close().await;
}

#[tokio::test]
async fn real_records_of_all_four_sources_are_held_exactly() {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !data.is_dir() {
        println_aloud("SKIPPED: the real records are not on this machine");
        return;
    }
    let app = TestApp::on(over(WorldChoice::Folder(data)).await, &[]).await;
    for source in SourceKind::ALL {
        let path = format!("/api/backfill/{source}?from_date=2001-01-01&to_date=2026-11-01");
        let run = app.ran(&path).await;
        assert_eq!(run["state"], "done", "{run:#}");
        // One of Notion's pages has an id that Notion cannot have given.
        let odd = u64::from(source == SourceKind::Notion);
        assert_eq!(run["progress"]["quarantined"], odd, "{run:#}");
        let (vendor, ours) = (held_by(&app.vendors, source).await, held_in(&app.store, source).await);
        let missing: Vec<_> = vendor.difference(&ours).filter(|(id, _)| id != "some_id").take(5).collect();
        assert_eq!((vendor.len(), missing.len()), (ours.len(), 0), "{source}: {missing:?}");
        let again = app.ran(&path).await;
        assert_eq!(again["progress"]["new"], 0, "{source}: {again:#}");
        assert_eq!(again["progress"]["changed"], 0, "{source}: {again:#}");
    }
    app.close().await;
}

/// Both sides hold the same ids with the same digests; else the first differences are shown.
async fn same(app: &TestApp, source: SourceKind) {
    let (ours, theirs) = (held_in(&app.store, source).await, held_by(&app.vendors, source).await);
    let missing: Vec<_> = theirs.difference(&ours).take(3).collect();
    let surplus: Vec<_> = ours.difference(&theirs).take(3).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "{source}: missing {missing:?}, surplus {surplus:?}");
}

/// What a census or a sync made of a document, by its id at the source.
async fn tombstone(app: &TestApp, external_id: &str) -> Option<String> {
    let mut since = daybook_core::model::document::Revision(0);
    let mut found = None;
    loop {
        let page = app.store.document_outlines(since, 5_000).await.unwrap();
        let Some(last) = page.last() else { return found };
        since = last.revision;
        for stored in page.iter().filter(|stored| stored.document.external_id == external_id) {
            found = stored.tombstone.map(|reason| reason.word().to_owned());
        }
    }
}

async fn held(app: &TestApp, source: SourceKind) -> u64 {
    let fresh = app.store.freshness(&Viewer::admin()).await.unwrap();
    fresh.iter().find(|one| one.source == source).map_or(0, |one| one.held)
}

#[tokio::test]
async fn a_deletion_an_edit_and_a_loss_at_each_source_are_reflected_with_their_reason() {
    let app = TestApp::new(300).await;
    for source in SourceKind::ALL {
        assert_eq!(app.backfilled_of(source).await["state"], "done");
    }
    let ids = async |source: SourceKind| -> Vec<String> {
        held_by(&app.vendors, source).await.into_iter().map(|(id, _)| id).collect()
    };
    let jira = ids(SourceKind::Jira).await;
    app.sim("/_sim/world", json!({"delete": jira[3]})).await;
    // A deleted issue takes its worklogs with it: these are others.
    let tempo = ids(SourceKind::Tempo).await;
    let (notion, fireflies) = (ids(SourceKind::Notion).await, ids(SourceKind::Fireflies).await);
    let number = |id: &str| id.parse::<u64>().unwrap();
    let pages: Vec<&String> = notion.iter().collect();
    let page = leaf_page(&app, &pages).await;

    for edit in [
        json!({"edit": {"key": jira[5], "fields": {"summary": "A title that was changed"}}}),
        json!({"delete_worklog": number(&tempo[3])}),
        json!({"edit_worklog": {"id": number(&tempo[5]), "seconds": 4_321}}),
        json!({"unshare_page": page}),
        json!({"delete_transcript": fireflies[3]}),
        json!({"rename_meeting": {"id": fireflies[5], "title": "A meeting that was renamed"}}),
    ] {
        app.sim("/_sim/world", edit).await;
    }
    for source in SourceKind::ALL {
        let before = held(&app, source).await;
        let sync = app.ran(&format!("/api/sources/{source}/sync")).await;
        assert_eq!(sync["state"], "done", "{sync:#}");
        let census = app.ran(&format!("/api/sources/{source}/census")).await;
        assert_eq!(census["state"], "done", "{census:#}");
        assert!(held(&app, source).await < before, "{source}: what is gone is no longer counted");
        same(&app, source).await;
    }
    assert_eq!(tombstone(&app, &jira[3]).await.as_deref(), Some("deleted"));
    assert_eq!(tombstone(&app, &tempo[3]).await.as_deref(), Some("deleted"));
    assert_eq!(tombstone(&app, &page).await.as_deref(), Some("no-access"));
    assert_eq!(tombstone(&app, &fireflies[3]).await.as_deref(), Some("no-access"));
    for source in SourceKind::ALL {
        let ledger = app.admin(Method::GET, &format!("/api/sources/{source}/ledger")).await;
        let ledger: Value = ledger.error_for_status().unwrap().json().await.unwrap();
        assert_eq!(
            ledger["counted"].as_u64(),
            Some(held_by(&app.vendors, source).await.len() as u64),
            "{ledger:#}"
        );
    }
    app.close().await;
}

/// A page below which there is no other: nothing else leaves with it.
async fn leaf_page(app: &TestApp, ids: &[&String]) -> String {
    for id in ids.iter().rev() {
        let raw = app.store.raw_record(SourceKind::Notion, id).await.unwrap().unwrap();
        let text = String::from_utf8(raw).unwrap();
        if text.starts_with('{') && !text.contains("\"child_page\"") && text.contains("\"object\":\"page\"") {
            return (*id).clone();
        }
    }
    panic!("every page has children")
}

#[expect(clippy::print_stderr, reason = "a check that is skipped says so")]
fn println_aloud(text: &str) {
    eprintln!("{text}");
}

//! The pages over a made-up history, to look at: `cargo run -p daybook-web --example preview -- 4010`. A second word shows
//! another side: `empty` (nothing read yet), `closed` (nobody may read), `trouble` (a run failed).

#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../tests/web/app.rs"]
mod app;
#[path = "../tests/web/fake_index.rs"]
mod fake_index;
#[path = "../tests/web/fake_source.rs"]
mod fake_source;
#[path = "../tests/web/fake_store.rs"]
mod fake_store;
#[path = "preview/history.rs"]
mod history;
#[path = "preview/runs.rs"]
mod runs;
#[path = "../tests/web/sample.rs"]
mod sample;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use daybook_core::model::source::{CensusSummary, Confirmed, Freshness, SourceKind};
use daybook_web::{Visitors, serve};
use tokio_util::sync::CancellationToken;

use crate::app::{App, Setup};
use crate::fake_store::FakeStore;

fn setup(side: &str) -> Setup {
    let suggestions = ["Why did the invoice export stop?", "decisions about the ferry timetable", "HARB-17"];
    let mut setup = Setup {
        documents: history::documents(),
        freshness: freshness(),
        suggestions: suggestions.map(str::to_owned).to_vec(),
        store: FakeStore {
            changes: history::changes(),
            backfills: Arc::new(Mutex::new(runs::runs())),
            ..FakeStore::default()
        },
        ..Setup::default()
    };
    match side {
        "empty" => (setup.documents, setup.freshness) = (Vec::new(), Vec::new()),
        "closed" => setup.visitors = Visitors::Nobody,
        "trouble" => {
            let said = "Jira refused the credential (401): the API token has ended. Make a new one and set JIRA_API_TOKEN.";
            setup.freshness[0].last_error = Some(said.to_owned());
        }
        _ => {}
    }
    setup
}

fn freshness() -> Vec<Freshness> {
    let one = |source, held, quarantined, until: &str| Freshness {
        source,
        held,
        quarantined,
        confirmed: Some(Confirmed { from: sample::time("2019-11-24T00:00:00Z"), until: sample::time(until) }),
        last_success_at: Some(sample::time(until)),
        last_error: None,
        gaps: 0,
        open: 0,
        unseen: Vec::new(),
        census: None,
        running: None,
        next_sync_at: None,
        next_census_at: None,
    };
    let census = |source, held, differing| {
        let compared_at = sample::time("2026-11-24T02:00:00Z");
        Some(CensusSummary { source, held, differing, compared_at })
    };
    let jira = Freshness {
        gaps: 12,
        unseen: vec!["project BOARD: it may not be browsed".to_owned()],
        census: census(7_559, 7_556, 3),
        running: Some("backfill since 2026-11-24 14:40 UTC".to_owned()),
        next_sync_at: Some(sample::time("2026-11-24T15:15:00Z")),
        next_census_at: Some(sample::time("2026-11-25T02:00:00Z")),
        ..one(SourceKind::Jira, 7_556, 3, "2026-11-24T13:58:00Z")
    };
    let fireflies = Freshness {
        open: 1,
        census: census(96, 96, 0),
        next_sync_at: Some(sample::time("2026-11-24T16:00:00Z")),
        ..one(SourceKind::Fireflies, 96, 0, "2026-11-24T14:30:00Z")
    };
    vec![jira, one(SourceKind::Notion, 412, 0, "2026-11-22T04:00:00Z"), fireflies]
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "says where to look")]
async fn main() {
    let mut words = std::env::args().skip(1);
    let port = words.next().and_then(|port| port.parse().ok()).unwrap_or(4010_u16);
    let app = App::of(setup(&words.next().unwrap_or_default()));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
    println!("http://127.0.0.1:{port}/");
    serve(listener, app.router, CancellationToken::new(), Duration::from_secs(1)).await;
}

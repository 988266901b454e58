//! A Tempo that answers as a test says.

use std::sync::Arc;
use std::time::Duration;

use daybook_core::model::backfill::Window;
use daybook_core::model::pace::Pace;
use daybook_core::ports::source::{Reach, Scope};
use daybook_sources::http::LocalBudget;
use daybook_sources::tempo::{Settings, TempoSource};
use serde_json::{Value, json};

use crate::vendor::{Asked, Reply, Vendor};

pub(super) fn settings(vendor: &Vendor) -> Settings {
    let mut settings = Settings::new("tok-0123456789abcdef0123456789abcdef".to_owned().into());
    settings.api_url.clone_from(&vendor.url);
    settings.http.pace = Pace::default();
    settings.http.backoff_base = Duration::from_millis(4);
    settings.http.backoff_cap = Duration::from_millis(16);
    settings.http.patience = Duration::from_secs(3);
    settings
}

pub(super) fn source(vendor: &Vendor) -> TempoSource {
    source_with(settings(vendor))
}

pub(super) fn source_with(settings: Settings) -> TempoSource {
    TempoSource::new(settings, Arc::new(LocalBudget::default())).unwrap()
}

/// The last days of a November, to the end of the last.
pub(super) fn scope() -> Scope {
    Scope::history(window())
}

pub(super) fn changes() -> Scope {
    Scope { reach: Reach::Changes(window()), ..scope() }
}

fn window() -> Window {
    let time = |text: &str| text.parse().unwrap();
    Window { from: time("2026-11-10T00:00:00Z"), to: time("2026-11-25T00:00:00Z"), days: None }
}

pub(super) fn is_search(asked: &Asked) -> bool {
    asked.path.starts_with("/4/worklogs/search")
}

pub(super) fn number(path: &str, name: &str) -> usize {
    let (_, query) = path.split_once('?').unwrap_or_default();
    let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// A worklog with this number; the higher it is, the later in a day of November it was changed.
pub(super) fn worklog(id: u64) -> Value {
    json!({
        "self": format!("https://api.tempo.io/4/worklogs/{id}"), "tempoWorklogId": id,
        "issue": {"self": "https://x.atlassian.net/rest/api/2/issue/10412", "id": 10_412},
        "timeSpentSeconds": 3_600, "billableSeconds": 3_600, "startDate": "2026-11-18", "startTime": "09:00:00",
        "description": format!("worklog {id}"), "createdAt": "2026-11-18T22:05:11Z", "updatedAt": changed(id),
        "author": {"accountId": "5b10ac8d82e05b22cc7d4ef5"},
        "attributes": {"values": [{"key": "_Account_", "value": "HARB-DEV"}]},
    })
}

fn changed(id: u64) -> String {
    format!("2026-11-19T{:02}:{:02}:{:02}Z", id / 3_600 % 24, id / 60 % 60, id % 60)
}

/// A page of a list that holds these rows.
pub(super) fn page(path: &str, rows: &[Value]) -> Value {
    let (offset, limit) = (number(path, "offset"), number(path, "limit").max(1));
    let chosen: Vec<&Value> = rows.iter().skip(offset).take(limit).collect();
    let mut metadata = json!({"count": chosen.len(), "offset": offset, "limit": limit});
    if offset + chosen.len() < rows.len() {
        // Where nobody of ours listens: it must never be followed.
        let next = offset + limit;
        metadata["next"] = format!("https://elsewhere.example/4/worklogs?limit={limit}&offset={next}").into();
    }
    json!({"self": "https://api.tempo.io/4/worklogs", "metadata": metadata, "results": chosen})
}

/// Answers like a Tempo with these worklogs and nothing else.
pub(super) fn answer(asked: &Asked, worklogs: &[Value]) -> Reply {
    if is_search(asked) {
        return Reply::json(&page(&asked.path, worklogs));
    }
    if let Some(id) = asked.path.strip_prefix("/4/worklogs/") {
        let found = worklogs.iter().find(|worklog| worklog["tempoWorklogId"].as_u64() == id.parse().ok());
        return match found {
            Some(worklog) => Reply::json(worklog),
            None => Reply::text(404, r#"{"errors":[{"message":"Worklog not found"}]}"#),
        };
    }
    Reply::json(&json!({"metadata": {"count": 0, "offset": 0, "limit": 1_000}, "results": []}))
}

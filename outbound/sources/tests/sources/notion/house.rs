//! A simulated workspace with its controls, a store that holds what was read, and walks to their ends.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::backfill::Window;
use daybook_core::model::document::{Document, Record};
use daybook_core::ports::source::{Cursor, HeldRecord, Known, Page, Reach, Scope, Source as _, SourceError};
use daybook_core::ports::store::StoreError;
use daybook_sim::{Running, WorldChoice};
use daybook_sources::http::LocalBudget;
use daybook_sources::notion::{NotionSource, Settings};
use serde_json::Value;

/// Noon of a day after all that the made-up company did.
pub(crate) const NOW: &str = "2026-11-24T12:00:00Z";

pub(crate) fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

pub(crate) fn window(days: i64) -> Window {
    Window { from: now() - TimeDelta::days(days), to: now() + TimeDelta::minutes(1), days: None }
}

/// What changed between two numbers of minutes after noon.
pub(crate) fn changes_within(from: i64, to: i64) -> Scope {
    let (from, to) = (now() + TimeDelta::minutes(from), now() + TimeDelta::minutes(to));
    changes(Window { from, to, days: None })
}

pub(crate) fn changes(window: Window) -> Scope {
    Scope { reach: Reach::Changes(window), ..Scope::history(window) }
}

pub(crate) fn items(ids: &[&str]) -> Scope {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Scope { reach: Reach::Items(ids), project: None, also: Vec::new() }
}

/// The simulated vendors, at a time that a test sets.
pub(crate) struct House {
    sim: Running,
    http: reqwest::Client,
    clock: Arc<Mutex<DateTime<Utc>>>,
}

impl House {
    pub(crate) async fn of(pages: usize) -> Self {
        Self::with(WorldChoice::Seed { seed: 7, issues: 120 }, |settings| settings.notion_pages = pages).await
    }

    pub(crate) async fn with(world: WorldChoice, set: impl FnOnce(&mut daybook_sim::Settings)) -> Self {
        let clock = Arc::new(Mutex::new(now()));
        let told = Arc::clone(&clock);
        let mut settings = daybook_sim::Settings::new(world, Arc::new(move || *told.lock().unwrap()));
        set(&mut settings);
        let sim = daybook_sim::start(settings).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { sim, http, clock }
    }

    pub(crate) fn set_time(&self, time: DateTime<Utc>) {
        *self.clock.lock().unwrap() = time;
    }

    pub(crate) fn settings(&self, token: &str) -> Settings {
        quick(&self.sim.url("notion").unwrap(), token)
    }

    /// Reads the comments on single blocks, too: what is held counts them.
    pub(crate) fn source(&self) -> NotionSource {
        source(Settings { inline_comments: true, ..self.settings("demo-token") })
    }

    pub(crate) fn limited(&self) -> NotionSource {
        source(self.settings("guest-token"))
    }

    /// Digests of what the vendor holds, by id.
    pub(crate) async fn held(&self) -> BTreeMap<String, String> {
        let url = format!("{}/_sim/held/notion", self.sim.base_url());
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let line = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            (line["id"].as_str().unwrap().to_owned(), line["digest"].as_str().unwrap().to_owned())
        };
        text.lines().map(line).collect()
    }

    pub(crate) async fn control(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/_sim/{path}", self.sim.base_url());
        let answer = self.http.post(url).body(body.to_string()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// An edit; gives the id of what was changed.
    pub(crate) async fn change(&self, change: Value) -> String {
        let said = self.control("world", &change).await;
        said["changed"][0].as_str().unwrap().to_owned()
    }

    pub(crate) async fn fault(&self, mut fault: Value) {
        fault["vendor"] = "notion".into();
        self.control("faults", &fault).await;
    }

    /// What Notion served since the last time: how often each endpoint, whatever came of it.
    pub(crate) async fn served(&self) -> BTreeMap<String, u64> {
        let url = format!("{}/_sim/ledger", self.sim.base_url());
        let text = self.http.get(url).send().await.unwrap().text().await.unwrap();
        let ledger: Value = serde_json::from_str(&text).unwrap();
        let by_endpoint = ledger["notion"]["served"]["by_endpoint"].as_object().cloned().unwrap_or_default();
        self.control("reset_ledger", &Value::Null).await;
        let all = |(endpoint, by_status): (String, Value)| {
            let times = by_status.as_object().unwrap().values().filter_map(Value::as_u64).sum();
            (endpoint, times)
        };
        by_endpoint.into_iter().map(all).collect()
    }
}

/// Short waits between tries, and no pace: a test has no time.
pub(crate) fn quick(url: &str, token: &str) -> Settings {
    let mut settings = Settings::new(token.to_owned().into());
    url.clone_into(&mut settings.api_url);
    settings.http.pace = "off".parse().unwrap();
    settings.http.backoff_base = Duration::from_millis(4);
    settings.http.backoff_cap = Duration::from_millis(16);
    settings.http.patience = Duration::from_secs(2);
    settings
}

pub(crate) fn source(settings: Settings) -> NotionSource {
    NotionSource::new(settings, Arc::new(LocalBudget::default())).unwrap()
}

/// What was read, as a store would hold it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Store(Arc<Mutex<HashMap<String, Kept>>>);

/// A record, and when it was fetched.
type Kept = (Record, DateTime<Utc>);

impl Store {
    pub(crate) fn save(&self, page: &Page, at: DateTime<Utc>) {
        let mut held = self.0.lock().unwrap();
        for record in &page.records {
            held.insert(record.external_id.clone(), (record.clone(), at));
        }
        for (id, _) in &page.gone {
            held.remove(id);
        }
    }

    pub(crate) fn digests(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap().iter().map(|(id, (record, _))| (id.clone(), record.digest())).collect()
    }

    pub(crate) fn forget<'i>(&self, ids: impl Iterator<Item = &'i String>) {
        let mut held = self.0.lock().unwrap();
        ids.for_each(|id| drop(held.remove(id)));
    }

    pub(crate) fn forget_unreadable(&self) {
        self.0.lock().unwrap().retain(|_, (record, _)| record.reading.is_ok());
    }

    pub(crate) fn record(&self, id: &str) -> Record {
        self.0.lock().unwrap().get(id).unwrap().0.clone()
    }
}

#[async_trait]
impl Known for Store {
    async fn held(&self, ids: &[&str]) -> Result<HashMap<String, HeldRecord>, StoreError> {
        let held = self.0.lock().unwrap();
        let of = |id: &&str| {
            let (record, fetched_at) = held.get(*id)?;
            Some(((*id).to_owned(), HeldRecord { version: record.version.clone(), fetched_at: *fetched_at }))
        };
        Ok(ids.iter().filter_map(of).collect())
    }
}

/// All pages of a walk, and how it ended; kept as they come.
pub(crate) async fn walk(
    source: &NotionSource,
    scope: &Scope,
    after: Option<Cursor>,
    store: &Store,
) -> (Vec<Page>, Option<SourceError>) {
    let mut walk = source.walk(scope, after, Arc::new(store.clone())).await.unwrap();
    let mut pages = Vec::new();
    loop {
        match walk.next_page().await {
            Ok(Some(page)) => {
                store.save(&page, now() + TimeDelta::minutes(5));
                pages.push(page);
            }
            Ok(None) => return (pages, None),
            Err(error) => return (pages, Some(error)),
        }
    }
}

/// The same of a walk that ends well.
pub(crate) async fn walked(source: &NotionSource, scope: &Scope, store: &Store) -> Vec<Page> {
    let (pages, error) = walk(source, scope, None, store).await;
    assert!(error.is_none(), "{}", error.unwrap());
    pages
}

pub(crate) fn ids(pages: &[Page]) -> Vec<String> {
    pages.iter().flat_map(|page| &page.records).map(|record| record.external_id.clone()).collect()
}

pub(crate) fn requests(pages: &[Page]) -> u64 {
    pages.iter().map(|page| u64::from(page.requests)).sum()
}

/// Fails with what differs, and not with all that is equal.
pub(crate) fn assert_same(store: &Store, held: &BTreeMap<String, String>) {
    let digests = store.digests();
    let differs = |(id, digest): &(&String, &String)| digests.get(*id) != Some(*digest);
    let missing: Vec<_> = held.iter().filter(differs).map(|(id, _)| (id, digests.contains_key(id))).collect();
    let odd: Vec<_> = digests.keys().filter(|id| !held.contains_key(*id)).collect();
    assert!(
        missing.is_empty() && odd.is_empty(),
        "of {}: {missing:?} (held all the same) and {odd:?}",
        held.len()
    );
}

pub(crate) fn document(record: &Record) -> Document {
    record.reading.as_ref().unwrap()[0].clone()
}

//! The made-up company's Tempo, with a clock that stands still until a test moves it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::backfill::Window;
use daybook_core::model::document::Record;
use daybook_core::model::pace::Pace;
use daybook_core::ports::source::{
    Cursor, HeldRecord, Known, Listed, Page, Reach, Scope, Source as _, SourceError,
};
use daybook_core::ports::store::StoreError;
use daybook_sim::{Running, Settings as World, WorldChoice, start};
use daybook_sources::http::LocalBudget;
use daybook_sources::tempo::{Settings, TempoSource};
use serde_json::{Value, json};

/// A Friday at noon in UTC.
const NOW_MS: i64 = 1_795_176_000_000;

pub(super) const FULL: &str = "demo-token";
pub(super) const GUEST: &str = "guest-token";

pub(super) struct Company {
    running: Running,
    http: reqwest::Client,
    clock: Arc<AtomicI64>,
}

impl Company {
    /// The company with so many issues; each person writes at most two worklogs a day.
    pub(super) async fn with(issues: usize) -> Self {
        Self::over(WorldChoice::Seed { seed: 1, issues }).await
    }

    pub(super) async fn over(world: WorldChoice) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW_MS));
        let told = Arc::clone(&clock);
        let now = move || DateTime::from_timestamp_millis(told.load(Ordering::Relaxed)).unwrap();
        let running = start(World::new(world, Arc::new(now))).await.unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build().unwrap();
        Self { running, http, clock }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    pub(super) fn pass(&self, span: TimeDelta) {
        self.clock.fetch_add(span.num_milliseconds(), Ordering::Relaxed);
    }

    /// Short waits and no pace: a test has no time.
    pub(super) fn settings(&self, token: &str) -> Settings {
        let mut settings = Settings::new(token.to_owned().into());
        settings.api_url = self.running.url("tempo").unwrap();
        settings.http.pace = Pace::default();
        settings.http.backoff_base = Duration::from_millis(4);
        settings.http.backoff_cap = Duration::from_millis(16);
        settings
    }

    pub(super) fn source(&self) -> TempoSource {
        TempoSource::new(self.settings(FULL), Arc::new(LocalBudget::default())).unwrap()
    }

    /// With pages of so many worklogs.
    pub(super) fn paged(&self, page_size: u32) -> TempoSource {
        let settings = Settings { page_size, ..self.settings(FULL) };
        TempoSource::new(settings, Arc::new(LocalBudget::default())).unwrap()
    }

    pub(super) fn limited(&self) -> TempoSource {
        TempoSource::new(self.settings(GUEST), Arc::new(LocalBudget::default())).unwrap()
    }

    /// All days that there are, up to now.
    pub(super) fn all(&self) -> Scope {
        Scope::history(self.window("2015-01-01T00:00:00Z"))
    }

    pub(super) fn changes(&self, from: DateTime<Utc>) -> Scope {
        let window = Window { from, to: self.now(), days: None };
        Scope { reach: Reach::Changes(window), ..Scope::history(window) }
    }

    pub(super) fn window(&self, from: &str) -> Window {
        Window { from: from.parse().unwrap(), to: self.now(), days: None }
    }

    async fn control(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> String {
        let request = self.http.request(method, format!("{}/_sim/{path}", self.running.base_url()));
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = request.send().await.unwrap();
        let is_fine = answer.status().is_success();
        let text = answer.text().await.unwrap();
        assert!(is_fine, "{text}");
        text
    }

    pub(super) async fn change(&self, change: Value) -> String {
        let answer = self.control(reqwest::Method::POST, "world", Some(&change)).await;
        serde_json::from_str::<Value>(&answer).unwrap()["changed"][0].as_str().unwrap().to_owned()
    }

    pub(super) async fn fault(&self, mut fault: Value) {
        fault["vendor"] = json!("tempo");
        self.control(reqwest::Method::POST, "faults", Some(&json!([fault]))).await;
    }

    pub(super) async fn heal(&self) {
        self.control(reqwest::Method::DELETE, "faults", None).await;
    }

    /// What the vendor holds, by id.
    pub(super) async fn held(&self) -> BTreeMap<String, Value> {
        let text = self.control(reqwest::Method::GET, "held/tempo", None).await;
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| (line["id"].to_string(), line)).collect()
    }

    /// Fails unless these are just the worklogs that the vendor holds, byte for byte.
    pub(super) async fn expect_all(&self, records: &BTreeMap<String, Record>) {
        let held = self.held().await;
        assert_eq!(records.keys().collect::<Vec<_>>(), held.keys().collect::<Vec<_>>());
        for (id, record) in records {
            assert_eq!(held[id]["sha256"], record.digest(), "{id}");
        }
    }
}

/// Nothing is held.
#[derive(Debug)]
pub(super) struct Nothing;

#[async_trait]
impl Known for Nothing {
    async fn held(&self, _: &[&str]) -> Result<HashMap<String, HeldRecord>, StoreError> {
        Ok(HashMap::new())
    }
}

/// What a store would hold.
#[derive(Debug, Default)]
pub(super) struct Holding(pub(super) Mutex<HashMap<String, HeldRecord>>);

impl Holding {
    pub(super) fn of(pages: &[Page], fetched_at: DateTime<Utc>) -> Arc<Self> {
        let holding = Self::default();
        holding.take(pages, fetched_at);
        Arc::new(holding)
    }

    pub(super) fn take(&self, pages: &[Page], fetched_at: DateTime<Utc>) {
        let mut held = self.0.lock().unwrap();
        for page in pages {
            for record in &page.records {
                let version = record.version.clone();
                held.insert(record.external_id.clone(), HeldRecord { version, fetched_at });
            }
            for (id, _) in &page.gone {
                held.remove(id);
            }
        }
    }
}

#[async_trait]
impl Known for Holding {
    async fn held(&self, ids: &[&str]) -> Result<HashMap<String, HeldRecord>, StoreError> {
        let held = self.0.lock().unwrap();
        Ok(ids.iter().filter_map(|id| Some(((*id).to_owned(), held.get(*id)?.clone()))).collect())
    }
}

/// All pages of a walk, and how it ended.
pub(super) async fn pages(
    source: &TempoSource,
    scope: &Scope,
    after: Option<Cursor>,
    known: Arc<dyn Known>,
) -> (Vec<Page>, Option<SourceError>) {
    let mut walk = source.walk(scope, after, known).await.unwrap();
    let mut pages = Vec::new();
    loop {
        match walk.next_page().await {
            Ok(Some(page)) => pages.push(page),
            Ok(None) => return (pages, None),
            Err(error) => return (pages, Some(error)),
        }
    }
}

/// All pages of a walk that ends well, while nothing is held.
pub(super) async fn whole(source: &TempoSource, scope: &Scope) -> Vec<Page> {
    let (pages, error) = pages(source, scope, None, Arc::new(Nothing)).await;
    assert!(error.is_none(), "{error:?}");
    pages
}

/// Records by id; none may come twice.
pub(super) fn once(pages: Vec<Page>) -> BTreeMap<String, Record> {
    let mut records = BTreeMap::new();
    for record in pages.into_iter().flat_map(|page| page.records) {
        let id = record.external_id.clone();
        assert!(records.insert(id.clone(), record).is_none(), "{id} came twice");
    }
    records
}

pub(super) fn requests(pages: &[Page]) -> u64 {
    pages.iter().map(|page| u64::from(page.requests)).sum()
}

/// All that a census lists.
pub(super) async fn listed(
    source: &TempoSource,
    from: DateTime<Utc>,
    after: Option<Cursor>,
) -> Result<(Vec<Listed>, Vec<Cursor>, u64), SourceError> {
    let mut census = source.census(from, after).await?;
    let (mut listed, mut cursors, mut requests) = (Vec::new(), Vec::new(), 0);
    while let Some(page) = census.next_page().await? {
        listed.extend(page.listed);
        cursors.push(page.cursor);
        requests += u64::from(page.spent.requests);
    }
    Ok((listed, cursors, requests))
}

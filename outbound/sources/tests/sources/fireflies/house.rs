//! A simulated Fireflies with a clock that stands still, a source that reads it, and what a reader holds of it.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::backfill::Window;
use daybook_core::model::document::{Document, Record, Tombstone};
use daybook_core::model::pace::Pace;
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::{
    Cursor, HeldRecord, Known, Page, Reach, Scope, Source as _, SourceError, Spent,
};
use daybook_core::ports::store::StoreError;
use daybook_sim::{Running, WorldChoice, start};
use daybook_sources::fireflies::{FirefliesSource, Settings};
use daybook_sources::http::LocalBudget;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A Friday at noon in UTC.
pub(crate) const NOW_MS: i64 = 1_795_176_000_000;

/// A clock that goes on when it is told to.
#[derive(Debug, Clone)]
pub(crate) struct StandingClock(pub(crate) Arc<AtomicI64>);

impl StandingClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NOW_MS)))
    }
}

impl Clock for StandingClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap()
    }

    fn fresh_id(&self) -> uuid::Uuid {
        uuid::Uuid::nil()
    }
}

/// What a reader holds: records by id, as the store would know them.
#[derive(Debug, Default)]
pub(crate) struct Holding(pub(crate) Mutex<HashMap<String, HeldRecord>>);

#[async_trait]
impl Known for Holding {
    async fn held(&self, external_ids: &[&str]) -> Result<HashMap<String, HeldRecord>, StoreError> {
        let held = self.0.lock().unwrap();
        let found = external_ids.iter().filter_map(|id| Some(((*id).to_owned(), held.get(*id)?.clone())));
        Ok(found.collect())
    }
}

impl Holding {
    pub(crate) fn keep(&self, pages: &[Page]) {
        let mut held = self.0.lock().unwrap();
        for record in records(pages) {
            let fetched_at = DateTime::UNIX_EPOCH;
            held.insert(
                record.external_id.clone(),
                HeldRecord { version: record.version.clone(), fetched_at },
            );
        }
        for (id, _) in pages.iter().flat_map(|page| &page.gone) {
            held.remove(id);
        }
    }
}

/// How a walk went.
pub(crate) struct Walked {
    pub(crate) pages: Vec<Page>,
    pub(crate) error: Option<SourceError>,
    /// What was not told with a page.
    pub(crate) spent: Spent,
}

impl std::fmt::Debug for Walked {
    /// Without the meetings themselves, which are long.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes: Vec<usize> = self.pages.iter().map(|page| page.records.len()).collect();
        write!(f, "pages {sizes:?}, unchanged {}, {:?}, {:?}", self.unchanged().len(), self.error, self.spent)
    }
}

impl Walked {
    pub(crate) fn ids(&self) -> Vec<String> {
        records(&self.pages).map(|record| record.external_id.clone()).collect()
    }

    pub(crate) fn unchanged(&self) -> Vec<String> {
        self.pages.iter().flat_map(|page| page.unchanged.clone()).collect()
    }

    pub(crate) fn gone(&self) -> Vec<(String, Tombstone)> {
        self.pages.iter().flat_map(|page| page.gone.clone()).collect()
    }

    pub(crate) fn requests(&self) -> u32 {
        self.pages.iter().map(|page| page.requests).sum()
    }

    pub(crate) fn record(&self, id: &str) -> &Record {
        let found = records(&self.pages).filter(|record| record.external_id == id).last();
        found.unwrap_or_else(|| panic!("{id} did not come: {:?}", self.error))
    }

    pub(crate) fn document(&self, id: &str) -> &Document {
        &self.record(id).reading.as_ref().unwrap()[0]
    }

    pub(crate) fn whole(self) -> Self {
        assert!(self.error.is_none(), "{:?}", self.error);
        self
    }
}

pub(crate) fn records(pages: &[Page]) -> impl Iterator<Item = &Record> {
    pages.iter().flat_map(|page| &page.records)
}

/// All pages of a walk, and how it ended.
pub(crate) async fn walked(
    source: &FirefliesSource,
    scope: &Scope,
    after: Option<Cursor>,
    known: &Arc<Holding>,
) -> Walked {
    let known: Arc<dyn Known> = Arc::<Holding>::clone(known);
    let mut walk = source.walk(scope, after, known).await.unwrap();
    let mut pages = Vec::new();
    let error = loop {
        assert!(pages.len() < 2_000, "this walk does not end");
        match walk.next_page().await {
            Ok(Some(page)) => pages.push(page),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    Walked { pages, error, spent: walk.spent() }
}

/// The last so many days.
pub(crate) fn window(days: i64) -> Window {
    let to = DateTime::from_timestamp_millis(NOW_MS).unwrap();
    Window { from: to - TimeDelta::days(days), to, days: None }
}

pub(crate) fn changes(days: i64, also: &[&str]) -> Scope {
    let also = also.iter().map(|id| (*id).to_owned()).collect();
    Scope { reach: Reach::Changes(window(days)), project: None, also }
}

pub(crate) fn items(ids: &[&str]) -> Scope {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Scope { reach: Reach::Items(ids), project: None, also: Vec::new() }
}

/// Short waits between tries: a test has no time. Deadlines stay long, for a busy machine.
pub(crate) fn hasty(token: &str, api_url: &str) -> Settings {
    let mut settings = Settings::new(token.to_owned().into());
    api_url.clone_into(&mut settings.api_url);
    settings.http.pace = Pace::default();
    settings.http.backoff_base = Duration::from_millis(4);
    settings.http.backoff_cap = Duration::from_millis(16);
    settings.http.patience = Duration::from_secs(2);
    settings
}

pub(crate) struct House {
    pub(crate) running: Running,
    pub(crate) clock: StandingClock,
    http: Client,
}

impl House {
    /// The made-up company, with so many recorded meetings.
    pub(crate) async fn with(meetings: usize) -> Self {
        Self::set(WorldChoice::Seed { seed: 1, issues: 60 }, |settings| settings.meetings = meetings).await
    }

    pub(crate) async fn set(world: WorldChoice, change: impl FnOnce(&mut daybook_sim::Settings)) -> Self {
        let clock = StandingClock::new();
        let told = clock.clone();
        let mut settings = daybook_sim::Settings::new(world, Arc::new(move || told.now()));
        change(&mut settings);
        let running = start(settings).await.unwrap();
        Self { running, clock, http: Client::builder().build().unwrap() }
    }

    pub(crate) fn settings(&self, token: &str) -> Settings {
        hasty(token, &format!("{}/graphql", self.running.url("fireflies").unwrap()))
    }

    pub(crate) fn source(&self) -> FirefliesSource {
        self.source_of(self.settings("demo-token"))
    }

    pub(crate) fn source_of(&self, settings: Settings) -> FirefliesSource {
        let clock = Arc::new(self.clock.clone());
        FirefliesSource::new(settings, clock, Arc::new(LocalBudget::default())).unwrap()
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> String {
        let request = self.http.request(method, format!("{}/_sim/{path}", self.running.base_url()));
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }

    /// Id to its line, as the simulator says what it holds.
    pub(crate) async fn held(&self) -> BTreeMap<String, Value> {
        let text = self.control(Method::GET, "held/fireflies", None).await;
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect()
    }

    /// Edits the world; gives the ids of what was changed.
    pub(crate) async fn change(&self, change: Value) -> Vec<String> {
        let text = self.control(Method::POST, "world", Some(&change)).await;
        let changed: Value = serde_json::from_str(&text).unwrap();
        changed["changed"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn fault(&self, mut faults: Value) {
        for fault in faults.as_array_mut().unwrap() {
            fault["vendor"] = json!("fireflies");
        }
        self.control(Method::POST, "faults", Some(&faults)).await;
    }

    pub(crate) async fn quirk(&self, name: &str, value: Value) {
        self.fault(json!([{"kind": "quirk", "name": name, "value": value}])).await;
    }

    pub(crate) async fn mend(&self) {
        self.control(Method::DELETE, "faults", None).await;
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        self.clock.0.fetch_add(span.num_milliseconds(), Ordering::Relaxed);
    }
}

/// The number by which the simulator says what it holds, made from what a record holds.
pub(crate) fn digest(record: &Record) -> String {
    let raw: Value = serde_json::from_slice(&record.raw).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_f64().map_or_else(String::new, |number| json!(number).to_string());
    let mut lines = vec![text(&raw["title"]), text(&raw["privacy"])];
    for sentence in raw["sentences"].as_array().into_iter().flatten() {
        let words = ["speaker_name", "text"].map(|name| text(&sentence[name]));
        let times = ["start_time", "end_time"].map(|name| number(&sentence[name]));
        lines.push([words, times].concat().join("\t"));
    }
    lines.extend(["overview", "action_items"].map(|name| text(&raw["summary"][name])));
    daybook_core::model::document::hex(&Sha256::digest(lines.join("\n")))
}

/// Files of real records, where the machine has them.
#[expect(clippy::disallowed_methods, reason = "a test's own folder is no setting of Daybook")]
pub(crate) fn real_records() -> Option<PathBuf> {
    let named = std::env::var_os("DAYBOOK_TEST_DATA").map(PathBuf::from);
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    named.or(Some(beside)).filter(|folder| folder.is_dir())
}

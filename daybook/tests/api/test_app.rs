//! A Daybook and the vendors it talks to, for one test: the same assembly as the product's, in a folder of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use daybook::assemble::{Role, assemble};
use daybook::clock::SystemClock;
use daybook::config::Config;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock as _;
use daybook_core::ports::store::Store as _;
use daybook_sim::{Running, Settings, WorldChoice};
use daybook_store::sqlite::SqliteStore;
use reqwest::{Method, Response};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) const KEY: &str = "a-key-for-tests-only";
/// How long a state may take to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// The simulated vendors over a made-up company of so many issues.
pub(crate) async fn vendors(issues: usize) -> Running {
    over(WorldChoice::Seed { seed: 7, issues }).await
}

/// The simulated vendors over a world. The pages and meetings of a made-up company are few.
pub(crate) async fn over(world: WorldChoice) -> Running {
    let mut settings = Settings::new(world, Arc::new(|| SystemClock.now()));
    settings.notion_pages = 60;
    settings.meetings = 40;
    daybook_sim::start(settings).await.unwrap()
}

/// Settings over a folder and these vendors.
pub(crate) fn variables(folder: &TempDir, vendors: &Running) -> BTreeMap<String, String> {
    let blank = folder.path().join("blank.toml");
    std::fs::write(&blank, "").unwrap();
    [
        ("DAYBOOK_CONFIG", blank.display().to_string()),
        ("DAYBOOK_DATA_DIR", folder.path().display().to_string()),
        ("DAYBOOK_EMBEDDINGS", "off".to_owned()),
        ("DAYBOOK_VISITORS", "members".to_owned()),
        ("DAYBOOK_LEASE_SECONDS", "1".to_owned()),
        ("ADMIN_API_KEY", KEY.to_owned()),
        ("JIRA_URL", "https://birchlane.atlassian.net".to_owned()),
        ("JIRA_API_URL", vendors.jira_url()),
        ("JIRA_USERNAME", "demo@birchlane.example".to_owned()),
        ("JIRA_API_TOKEN", "demo-token".to_owned()),
        ("JIRA_PACE", "off".to_owned()),
        ("NOTION_API_KEY", "demo-token".to_owned()),
        ("NOTION_API_URL", format!("{}/notion", vendors.base_url())),
        ("NOTION_PACE", "off".to_owned()),
        ("NOTION_INLINE_COMMENTS", "on".to_owned()),
        ("TEMPO_API_TOKEN", "demo-token".to_owned()),
        ("TEMPO_API_URL", format!("{}/tempo", vendors.base_url())),
        ("TEMPO_PACE", "off".to_owned()),
        ("FIREFLIES_API_KEY", "demo-token".to_owned()),
        ("FIREFLIES_API_URL", format!("{}/fireflies/graphql", vendors.base_url())),
        ("FIREFLIES_PACE", "off".to_owned()),
        // Nothing runs on its own while a test looks.
        ("JIRA_SYNC", "off".to_owned()),
        ("NOTION_SYNC", "off".to_owned()),
        ("TEMPO_SYNC", "off".to_owned()),
        ("FIREFLIES_SYNC", "off".to_owned()),
        ("DAYBOOK_CENSUS", "off".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// A Daybook that serves.
pub(crate) struct TestApp {
    pub(crate) url: String,
    pub(crate) vendors: Running,
    pub(crate) store: Arc<SqliteStore>,
    client: reqwest::Client,
    stop: CancellationToken,
    tasks: TaskTracker,
    _folder: TempDir,
}

impl TestApp {
    pub(crate) async fn new(issues: usize) -> Self {
        Self::with(issues, &[]).await
    }

    /// The same with other settings.
    pub(crate) async fn with(issues: usize, settings: &[(&str, &str)]) -> Self {
        Self::on(vendors(issues).await, settings).await
    }

    /// A Daybook over a small company that lacks these settings.
    pub(crate) async fn without(names: &[&str]) -> Self {
        let (folder, vendors) = (tempfile::tempdir().unwrap(), vendors(20).await);
        let mut variables = variables(&folder, &vendors);
        variables.retain(|name, _| !names.contains(&name.as_str()));
        Self::in_folder(folder, vendors, &variables).await
    }

    /// A Daybook beside these vendors.
    pub(crate) async fn on(vendors: Running, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut variables = variables(&folder, &vendors);
        variables.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::in_folder(folder, vendors, &variables).await
    }

    async fn in_folder(folder: TempDir, vendors: Running, variables: &BTreeMap<String, String>) -> Self {
        let config = Config::from(variables).unwrap();
        let daybook = assemble(&config, Arc::new(SystemClock), Role::WHOLE).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (store, stop, tasks) = (Arc::clone(&daybook.store), CancellationToken::new(), TaskTracker::new());
        tasks.spawn(daybook.serve(listener, stop.clone()));
        tasks.close();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { url, vendors, store, client, stop, tasks, _folder: folder }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).await.error_for_status().unwrap().json().await.unwrap()
    }

    /// As the administrator.
    pub(crate) async fn admin(&self, method: Method, path: &str) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.url)).header("x-admin-key", KEY);
        request.send().await.unwrap()
    }

    pub(crate) async fn post_with_key(&self, path: &str, key: Option<&str>) -> Response {
        let mut request = self.client.post(format!("{}{path}", self.url));
        if let Some(key) = key {
            request = request.header("x-admin-key", key);
        }
        request.send().await.unwrap()
    }

    /// Asks the vendors for trouble or for an edit.
    pub(crate) async fn sim(&self, path: &str, body: Value) {
        let url = format!("{}{path}", self.vendors.base_url());
        let answer = self.client.post(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    pub(crate) async fn sim_get(&self, path: &str) -> String {
        self.client
            .get(format!("{}{path}", self.vendors.base_url()))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    /// Starts a backfill of all of Jira and waits for its end.
    pub(crate) async fn backfilled(&self) -> Value {
        self.backfilled_of(SourceKind::Jira).await
    }

    /// Starts a backfill of all of a source and waits for its end.
    pub(crate) async fn backfilled_of(&self, source: SourceKind) -> Value {
        self.ran(&format!("/api/backfill/{source}?days=3650")).await
    }

    /// Starts a run and waits for its end.
    pub(crate) async fn ran(&self, path: &str) -> Value {
        let answer = self.admin(Method::POST, path).await;
        let status = answer.status();
        let accepted: Value = answer.json().await.unwrap();
        assert_eq!(status, 202, "{accepted:#}");
        self.over(accepted["status_url"].as_str().unwrap()).await
    }

    /// Waits until a backfill is over.
    pub(crate) async fn over(&self, status_url: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let answer = self.admin(Method::GET, status_url).await;
            let backfill: Value = answer.error_for_status().unwrap().json().await.unwrap();
            if ["done", "failed", "cancelled"].contains(&backfill["state"].as_str().unwrap()) {
                return backfill;
            }
            assert!(Instant::now() < until, "it does not end: {backfill:#}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until everything that is stored can be found by words.
    pub(crate) async fn searchable(&self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let coverage = self.json("/api/search?q=x").await["coverage"].clone();
            if coverage["by_words"] == coverage["documents"] {
                return;
            }
            assert!(Instant::now() < until, "the index does not follow: {coverage:#}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until the administrator finds a document of that title first, and gives that answer: an index follows a
    /// change a moment after it was stored.
    pub(crate) async fn finds_first(&self, query: &str, title: &str) -> Value {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.admin(Method::GET, &format!("/api/search?q={query}")).await;
            let answer: Value = answer.error_for_status().unwrap().json().await.unwrap();
            if answer["hits"][0]["document"]["title"] == title {
                return answer;
            }
            assert!(Instant::now() < until, "{title} is not found: {answer:#}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// What the simulated Jira holds: id and digest of every issue.
    pub(crate) async fn vendors_hold(&self) -> BTreeSet<(String, String)> {
        held_by(&self.vendors, SourceKind::Jira).await
    }

    pub(crate) async fn we_hold(&self) -> BTreeSet<(String, String)> {
        held_in(&self.store, SourceKind::Jira).await
    }

    /// Stops everything; what is still to do fails the test.
    pub(crate) async fn close(self) {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            let counts = self.store.queue_counts().await.unwrap();
            if counts.pending + counts.running == 0 {
                break;
            }
            assert!(Instant::now() < until, "work is left over: {counts:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.stop.cancel();
        self.tasks.wait().await;
        self.vendors.shutdown().await;
    }
}

/// What a simulated vendor holds: id and digest of every record.
pub(crate) async fn held_by(vendors: &Running, source: SourceKind) -> BTreeSet<(String, String)> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let lines = client
        .get(format!("{}/_sim/held/{source}", vendors.base_url()))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    lines
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let id = line["id"].as_str().map_or_else(|| line["id"].to_string(), str::to_owned);
            let digest = line["sha256"].as_str().or(line["digest"].as_str()).unwrap();
            (id, digest.to_owned())
        })
        .collect()
}

/// What a store holds: id and digest of every raw record of what has not left its source. Doubled ones fail the test.
pub(crate) async fn held_in(store: &SqliteStore, source: SourceKind) -> BTreeSet<(String, String)> {
    let (mut held, mut after, mut count) = (BTreeSet::new(), String::new(), 0);
    loop {
        let page = store.raw_digests(source, &after, 5_000).await.unwrap();
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        count += page.len();
        held.extend(page);
    }
    assert_eq!(count, held.len(), "no record is held twice");
    if source != SourceKind::Fireflies {
        return held;
    }
    // What a transcript's bytes are follows from the question that is asked; the simulator sums up what was said.
    let mut told = BTreeSet::new();
    for (id, _) in held {
        let raw = store.raw_record(source, &id).await.unwrap().unwrap();
        let digest = transcript_digest(&serde_json::from_slice(&raw).unwrap());
        told.insert((id, digest));
    }
    told
}

/// The rule by which the simulator sums up a transcript.
fn transcript_digest(transcript: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number =
        |value: &Value| value.as_f64().map_or_else(String::new, |number| Value::from(number).to_string());
    let mut lines = vec![text(&transcript["title"]), text(&transcript["privacy"])];
    for sentence in transcript["sentences"].as_array().into_iter().flatten() {
        let words = ["speaker_name", "text"].map(|name| text(&sentence[name]));
        let times = ["start_time", "end_time"].map(|name| number(&sentence[name]));
        lines.push([words, times].concat().join("\t"));
    }
    lines.extend(["overview", "action_items"].map(|name| text(&transcript["summary"][name])));
    daybook_core::model::document::hex(&Sha256::digest(lines.join("\n")))
}

//! Started vendors with a clock that stands still, and an HTTP client that asks them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use daybook_sim::{Running, Settings, WorldChoice, start};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

/// A Friday at noon in UTC.
pub(crate) const NOW_MS: i64 = 1_795_176_000_000;

pub(crate) struct Vendors {
    pub(crate) running: Running,
    http: Client,
    clock: Arc<AtomicI64>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The vendor's own words.
    pub(crate) fn message(&self) -> String {
        self.json()["errorMessages"][0].as_str().unwrap_or_default().to_owned()
    }
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    Full,
    Guest,
    /// The full user, with the token alone.
    Bearer,
    Wrong,
    Nobody,
}

impl Vendors {
    /// The company with so many issues.
    pub(crate) async fn with(issues: usize) -> Self {
        Self::over(WorldChoice::Seed { seed: 1, issues }).await
    }

    pub(crate) async fn over(world: WorldChoice) -> Self {
        Self::set(world, |_| {}).await
    }

    /// Vendors with other settings than usual.
    pub(crate) async fn set(world: WorldChoice, change: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW_MS));
        let told = Arc::clone(&clock);
        let now = move || DateTime::from_timestamp_millis(told.load(Ordering::Relaxed)).unwrap();
        let mut settings = Settings::new(world, Arc::new(now));
        change(&mut settings);
        let running = start(settings).await.unwrap();
        let http =
            Client::builder().timeout(Duration::from_mins(2)).redirect(reqwest::redirect::Policy::none());
        Self { running, http: http.build().unwrap(), clock }
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        self.clock.fetch_add(span.num_milliseconds(), Ordering::Relaxed);
    }

    /// Asks the simulated Jira; an error is what the connection suffered.
    pub(crate) async fn asked(
        &self,
        user: User,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Answer> {
        let request = self.http.request(method, format!("{}/rest/api/3/{path}", self.running.jira_url()));
        let request = match user {
            User::Full => request.basic_auth("demo@birchlane.example", Some("demo-token")),
            User::Guest => request.basic_auth("guest@birchlane.example", Some("guest-token")),
            User::Bearer => request.bearer_auth("demo-token"),
            User::Wrong => request.basic_auth("demo@birchlane.example", Some("wrong")),
            User::Nobody => request,
        };
        let request = if let Some(body) = body { request.json(body) } else { request };
        whole(request.send().await?).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.asked(User::Full, Method::GET, path, None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.asked(User::Full, Method::POST, path, Some(body)).await.unwrap()
    }

    pub(crate) async fn search(&self, body: &Value) -> Answer {
        self.post("search/jql", body).await
    }

    /// All issues of a search over all of its pages.
    pub(crate) async fn all(&self, user: User, jql: &str, fields: &[&str], most: usize) -> Vec<Value> {
        let (mut issues, mut token) = (Vec::new(), Value::Null);
        loop {
            let body = json!({"jql": jql, "fields": fields, "maxResults": most, "nextPageToken": token});
            let answer = self.asked(user, Method::POST, "search/jql", Some(&body)).await.unwrap();
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            let mut page = answer.json();
            issues.extend(page["issues"].as_array().unwrap().iter().cloned());
            token = page["nextPageToken"].take();
            assert_eq!(page["isLast"], token.is_null());
            if token.is_null() {
                return issues;
            }
        }
    }

    /// Asks any vendor with a Bearer token, at a whole address.
    pub(crate) async fn bearing(
        &self,
        token: &str,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Answer> {
        self.bearing_with(token, None, method, url, body).await
    }

    /// The same with a header more.
    pub(crate) async fn bearing_with(
        &self,
        token: &str,
        header: Option<(&str, &str)>,
        method: Method,
        url: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<Answer> {
        let request = self.http.request(method, url).bearer_auth(token);
        let request = header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = if let Some(body) = body { request.json(body) } else { request };
        whole(request.send().await?).await
    }

    /// Asks the simulator itself.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let request = self.http.request(method, format!("{}/_sim/{path}", self.running.base_url()));
        let request = if let Some(body) = body { request.json(body) } else { request };
        whole(request.send().await.unwrap()).await.unwrap()
    }

    pub(crate) async fn fault(&self, fault: Value) {
        let answer = self.control(Method::POST, "faults", Some(&fault)).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    }

    /// Changes the world; gives the keys of what was changed.
    pub(crate) async fn change(&self, change: Value) -> Vec<String> {
        let answer = self.control(Method::POST, "world", Some(&change)).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        serde_json::from_value(answer.json()["changed"].clone()).unwrap()
    }

    /// What is held, one line an issue.
    pub(crate) async fn held(&self) -> Vec<Value> {
        let answer = self.control(Method::GET, "held/jira", None).await;
        answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

async fn whole(response: Response) -> reqwest::Result<Answer> {
    let (status, headers) = (response.status(), response.headers().clone());
    Ok(Answer { status, headers, text: response.text().await? })
}

/// Text members of records.
pub(crate) fn texts(records: &[Value], member: &str) -> Vec<String> {
    records.iter().map(|record| record[member].as_str().unwrap_or_default().to_owned()).collect()
}

/// The folder of real records, if this machine has it.
pub(crate) fn real_records() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    root.join("jira-dev.issues.jsonl.gz").exists().then_some(root)
}

//! A vendor on 127.0.0.1 that answers as a test says, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::DateTime;
use daybook_core::model::backfill::Window;
use daybook_core::model::document::Record;
use daybook_core::ports::source::{Cursor, Page, Scope, Source as _, SourceError};
use daybook_sources::jira::{Credential, JiraSource, Settings};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

impl Asked {
    pub(crate) fn is_search(&self) -> bool {
        self.path.ends_with("/search/jql")
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.body["nextPageToken"].as_str()
    }
}

/// What comes back.
#[derive(Clone)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// The right length, but the connection ends after so many bytes.
    Cut {
        body: Vec<u8>,
        after: usize,
    },
    /// Nothing at all, for ever.
    Silence,
    /// A byte now and then, for ever.
    Trickle,
    /// The connection ends before any byte.
    Reset,
}

impl Reply {
    pub(crate) fn json(body: &Value) -> Self {
        Self::text(200, &body.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer { status, mut headers, body } => {
                headers.push((name, value.to_owned()));
                Self::Answer { status, headers, body }
            }
            other => other,
        }
    }
}

type Answers = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

pub(crate) struct Vendor {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    _serving: JoinSet<()>,
}

impl Vendor {
    /// Answers each request by what it is and how many of its path came before it.
    pub(crate) async fn serve(answers: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, noted): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&asked));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, noted) = (Arc::clone(&answers), Arc::clone(&noted));
                connections.spawn(async move { serve_one(stream, &*answers, &noted).await });
            }
        });
        Self { url, asked, _serving: serving }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn searches(&self) -> Vec<Asked> {
        self.asked().into_iter().filter(Asked::is_search).collect()
    }

    pub(crate) fn source(&self) -> JiraSource {
        JiraSource::new(self.settings()).unwrap()
    }

    /// Short waits between tries: a test has no time. Deadlines stay long, for a busy machine.
    pub(crate) fn settings(&self) -> Settings {
        let token = "tok-0123456789abcdef0123456789abcdef".to_owned().into();
        let mut settings =
            Settings::new(&self.url, Credential::Basic { email: "m@x.example".to_owned(), token });
        settings.http.backoff_base = Duration::from_millis(4);
        settings.http.backoff_cap = Duration::from_millis(16);
        settings.http.patience = Duration::from_secs(2);
        settings
    }
}

async fn serve_one(stream: TcpStream, answers: &Answers, noted: &Mutex<Vec<Asked>>) {
    let mut stream = BufReader::new(stream);
    let Some(asked) = request(&mut stream).await else { return };
    let place = {
        let mut noted = noted.lock().unwrap();
        noted.push(asked.clone());
        noted.iter().filter(|before| before.path == asked.path).count() - 1
    };
    let mut send = Vec::new();
    let reply = answers(&asked, place);
    match reply {
        Reply::Answer { status, headers, body } => {
            send.extend(format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len()).bytes());
            for (name, value) in headers {
                send.extend(format!("{name}: {value}\r\n").bytes());
            }
            send.extend(b"connection: close\r\n\r\n");
            send.extend(body);
        }
        Reply::Cut { body, after } => {
            send.extend(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).bytes());
            send.extend(&body[..after]);
        }
        Reply::Silence => std::future::pending().await,
        Reply::Trickle => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n").await.ok();
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Reply::Reset => return,
    }
    stream.write_all(&send).await.ok();
    stream.shutdown().await.ok();
}

async fn request(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { path, authorization, body, at: Instant::now() })
}

/// Issues that a vendor holds: the higher the id, the newer; two share each moment.
#[derive(Clone)]
pub(crate) struct World(Vec<(u32, i64)>);

pub(crate) const FROM_MS: i64 = 1_793_491_200_000;

impl World {
    pub(crate) fn of(issues: u32) -> Self {
        Self((0..issues).map(|id| (id, FROM_MS + i64::from(id / 2) * 1000)).collect())
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.0.iter().rev().map(|(id, _)| id.to_string()).collect()
    }

    /// Answers as the vendor does; tokens name the search and the place in it.
    pub(crate) fn answer(&self, asked: &Asked) -> Reply {
        match asked.path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default() {
            "myself" => Reply::json(&json!({"accountId": "a"})),
            "approximate-count" => Reply::json(&json!({"count": self.found(&asked.body).len()})),
            "search" => Reply::json(&json!({"values": [{"key": "HARB"}], "isLast": true, "total": 1})),
            _ => self.page(asked),
        }
    }

    fn page(&self, asked: &Asked) -> Reply {
        let found = self.found(&asked.body);
        let jql = asked.body["jql"].as_str().unwrap_or_default();
        let start = match asked.token().map(|token| token.split_once('@')) {
            None => 0,
            Some(Some((place, search))) if search == jql => place.parse().unwrap(),
            Some(_) => {
                return Reply::text(400, r#"{"errorMessages":["The provided next page token is invalid."]}"#);
            }
        };
        let size = usize::try_from(asked.body["maxResults"].as_u64().unwrap_or(50).min(100)).unwrap();
        let end = (start + size).min(found.len());
        let issues: Vec<Value> = found[start..end].iter().map(|(id, updated)| issue(*id, *updated)).collect();
        let mut page = json!({"issues": issues, "isLast": end == found.len()});
        if end < found.len() {
            page["nextPageToken"] = format!("{end}@{jql}").into();
        }
        Reply::json(&page)
    }

    fn found(&self, body: &Value) -> Vec<(u32, i64)> {
        let jql = body["jql"].as_str().unwrap_or_default();
        let bound = |sign: &str| -> i64 {
            let rest = jql.split_once(sign).unwrap().1;
            rest.split(' ').next().unwrap().parse().unwrap()
        };
        let (from, to) = (bound("updated >= "), bound("updated < "));
        let only: Option<u32> =
            jql.split_once(" AND id = ").map(|(_, id)| id.split(' ').next().unwrap().parse().unwrap());
        let is_found =
            |(id, updated): &&(u32, i64)| (from..to).contains(updated) && only.is_none_or(|only| only == *id);
        self.0.iter().rev().filter(is_found).copied().collect()
    }
}

pub(crate) fn issue(id: u32, updated_ms: i64) -> Value {
    let updated = DateTime::from_timestamp_millis(updated_ms).unwrap();
    let updated = updated.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string();
    json!({"id": id.to_string(), "key": format!("HARB-{id}"), "fields": {"summary": format!("Issue {id}"), "updated": updated}})
}

pub(crate) fn scope(project: Option<&str>) -> Scope {
    let from = DateTime::from_timestamp_millis(FROM_MS).unwrap();
    let window = Window { from, to: from + chrono::Duration::days(20), days: None };
    Scope { window, project: project.map(str::to_owned) }
}

/// All pages of a walk, and how it ended.
pub(crate) async fn pages(source: &JiraSource, after: Option<Cursor>) -> (Vec<Page>, Option<SourceError>) {
    pages_of(source, &scope(None), after).await
}

pub(crate) async fn pages_of(
    source: &JiraSource,
    scope: &Scope,
    after: Option<Cursor>,
) -> (Vec<Page>, Option<SourceError>) {
    let mut walk = source.walk(scope, after).await.unwrap();
    let mut pages = Vec::new();
    loop {
        match walk.next_page().await {
            Ok(Some(page)) => pages.push(page),
            Ok(None) => return (pages, None),
            Err(error) => return (pages, Some(error)),
        }
    }
}

pub(crate) fn records(pages: &[Page]) -> impl Iterator<Item = &Record> {
    pages.iter().flat_map(|page| &page.records)
}

pub(crate) fn ids(pages: &[Page]) -> Vec<String> {
    records(pages).map(|record| record.external_id.clone()).collect()
}

//! A scripted Jira: issues that it holds, and how a test asks for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::DateTime;
use daybook_core::model::backfill::Window;
use daybook_core::model::document::Record;
use daybook_core::model::pace::Pace;
use daybook_core::ports::source::{Cursor, HeldRecord, Known, Page, Reach, Scope, Source as _, SourceError};
use daybook_core::ports::store::StoreError;
use daybook_sources::http::LocalBudget;
use daybook_sources::jira::{Credential, JiraSource, Settings};
use serde_json::{Value, json};

use crate::vendor::{Asked, Reply, Vendor};

impl Asked {
    pub(crate) fn is_search(&self) -> bool {
        self.path.ends_with("/search/jql")
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.body["nextPageToken"].as_str()
    }
}

impl Vendor {
    /// A Jira: it answers as a test says, but has no fields of its own.
    pub(crate) async fn jira(answers: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve(move |asked, place| {
            let lists_fields = asked.path.ends_with("/rest/api/3/field");
            if lists_fields { Reply::json(&json!([])) } else { answers(asked, place) }
        })
        .await
    }

    pub(crate) fn searches(&self) -> Vec<Asked> {
        self.asked().into_iter().filter(Asked::is_search).collect()
    }

    /// What was asked but the list of fields, which every walk with an issue in it asks for once.
    pub(crate) fn asked_for_issues(&self) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| !asked.path.ends_with("/field")).collect()
    }

    pub(crate) fn jira_source(&self) -> JiraSource {
        source(self.jira_settings())
    }

    /// Short waits between tries, no pace and no histories: a test has no time. Deadlines stay long, for a busy machine.
    pub(crate) fn jira_settings(&self) -> Settings {
        let token = "tok-0123456789abcdef0123456789abcdef".to_owned().into();
        let mut settings =
            Settings::new(&self.url, Credential::Basic { email: "m@x.example".to_owned(), token });
        settings.history = false;
        settings.http.pace = Pace::default();
        settings.http.backoff_base = Duration::from_millis(4);
        settings.http.backoff_cap = Duration::from_millis(16);
        settings.http.patience = Duration::from_secs(2);
        settings
    }
}

pub(crate) fn source(settings: Settings) -> JiraSource {
    JiraSource::new(settings, Arc::new(LocalBudget::default())).unwrap()
}

/// What is held, by id.
#[derive(Default)]
pub(crate) struct Holds(Mutex<HashMap<String, HeldRecord>>);

impl Holds {
    pub(crate) fn nothing() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) fn set(&self, id: &str, version: &str) {
        let held = HeldRecord { version: Some(version.to_owned()), fetched_at: DateTime::UNIX_EPOCH };
        self.0.lock().unwrap().insert(id.to_owned(), held);
    }

    /// Holds the records of these pages.
    pub(crate) fn save(&self, pages: &[Page]) {
        let mut held = self.0.lock().unwrap();
        for record in records(pages) {
            let version = record.version.clone();
            held.insert(record.external_id.clone(), HeldRecord { version, fetched_at: DateTime::UNIX_EPOCH });
        }
    }
}

#[async_trait]
impl Known for Holds {
    async fn held(&self, external_ids: &[&str]) -> Result<HashMap<String, HeldRecord>, StoreError> {
        let held = self.0.lock().unwrap();
        Ok(external_ids.iter().filter_map(|id| Some(((*id).to_owned(), held.get(*id)?.clone()))).collect())
    }
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
            "bulkfetch" if asked.path.ends_with("/changelog/bulkfetch") => Self::histories(asked),
            "bulkfetch" => self.fetched(asked),
            "search" => Reply::json(&json!({"values": [{"key": "HARB"}], "isLast": true, "total": 1})),
            _ => self.page(asked),
        }
    }

    /// The named issues, as the vendor answers: by ascending id, without a word about those that are not there.
    fn fetched(&self, asked: &Asked) -> Reply {
        let names: Vec<&str> = asked.body["issueIdsOrKeys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        assert!(names.len() <= 100, "{} names", names.len());
        let is_named =
            |id: u32| names.iter().any(|name| *name == id.to_string() || *name == format!("HARB-{id}"));
        let found = self.0.iter().filter(|(id, _)| is_named(*id));
        let issues: Vec<Value> = found.map(|(id, updated)| issue(*id, *updated)).collect();
        Reply::json(&json!({"expand": "names", "issues": issues, "issueErrors": []}))
    }

    /// One change of each named issue, `maxResults` of them a page.
    fn histories(asked: &Asked) -> Reply {
        let names = asked.body["issueIdsOrKeys"].as_array().unwrap();
        assert!(names.len() <= 1_000, "{} names", names.len());
        let start: usize = asked.token().map_or(0, |token| token.parse().unwrap());
        let most = usize::try_from(asked.body["maxResults"].as_u64().unwrap()).unwrap();
        let logs: Vec<Value> = names.iter().skip(start).take(most).map(history).collect();
        let mut page = json!({"issueChangeLogs": logs});
        if start + most < names.len() {
            page["nextPageToken"] = (start + most).to_string().into();
        }
        Reply::json(&page)
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
    json!({"id": id.to_string(), "key": format!("HARB-{id}"), "fields": {
        "summary": format!("Issue {id}"), "status": {"name": "Done"}, "issuetype": {"name": "Task"},
        "project": {"key": "HARB"}, "created": updated, "updated": updated}})
}

/// What happened to an issue: it was begun.
pub(crate) fn history(id: &Value) -> Value {
    let item =
        json!({"field": "status", "fieldId": "status", "fromString": "To Do", "toString": "In Progress"});
    let entry = json!({"id": "1", "created": FROM_MS / 1000, "author": {"accountId": "a"}, "items": [item]});
    json!({"issueId": id, "changeHistories": [entry]})
}

pub(crate) fn window() -> Window {
    let from = DateTime::from_timestamp_millis(FROM_MS).unwrap();
    Window { from, to: from + chrono::Duration::days(20), days: None }
}

pub(crate) fn scope(project: Option<&str>) -> Scope {
    Scope { project: project.map(str::to_owned), ..Scope::history(window()) }
}

pub(crate) fn changes() -> Scope {
    Scope { reach: Reach::Changes(window()), ..scope(None) }
}

pub(crate) fn items(names: &[&str]) -> Scope {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Scope { reach: Reach::Items(names), ..scope(None) }
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
    pages_beside(source, scope, after, Holds::nothing()).await
}

/// The same with something held.
pub(crate) async fn pages_beside(
    source: &JiraSource,
    scope: &Scope,
    after: Option<Cursor>,
    holds: Arc<Holds>,
) -> (Vec<Page>, Option<SourceError>) {
    let mut walk = source.walk(scope, after, holds).await.unwrap();
    let mut pages = Vec::new();
    loop {
        match walk.next_page().await {
            Ok(Some(page)) => pages.push(page),
            Ok(None) => return (pages, None),
            Err(error) => return (pages, Some(error)),
        }
    }
}

pub(crate) fn requests(pages: &[Page]) -> usize {
    pages.iter().map(|page| page.requests as usize).sum()
}

pub(crate) fn records(pages: &[Page]) -> impl Iterator<Item = &Record> {
    pages.iter().flat_map(|page| &page.records)
}

pub(crate) fn ids(pages: &[Page]) -> Vec<String> {
    records(pages).map(|record| record.external_id.clone()).collect()
}

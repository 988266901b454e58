//! One Tempo: its addresses and the requests that Daybook makes. Links of its answers are never followed: they name its
//! public host, whatever host was asked.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_core::ports::budget::Budget;
use daybook_core::ports::source::SourceError;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::list_page::{ListPage, json_text};
use super::survey::Rights;
use super::{KIND, Settings, refusal};
use crate::http::{Before, Caller, Client, Failed, Misread, Request, Tally};
use crate::page_size::PageSize;

/// No list gives more at once.
pub(super) const LARGEST_PAGE: u32 = 5_000;
/// What the token may do is asked again after this time.
const RIGHTS_HOLD: Duration = Duration::from_hours(1);

/// A list to be read page by page.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) doing: &'static str,
    path: &'static str,
    query: Vec<(&'static str, String)>,
    /// What is searched for; `None`: it is a plain list.
    body: Option<String>,
}

impl Question {
    pub(super) fn list(doing: &'static str, path: &'static str, query: Vec<(&'static str, String)>) -> Self {
        Self { doing, path, query, body: None }
    }

    pub(super) fn search(doing: &'static str, path: &'static str, body: &Value) -> Self {
        Self { doing, path, query: Vec::new(), body: Some(body.to_string()) }
    }

    /// Worklogs that fit these conditions, in this order.
    pub(super) fn worklogs(conditions: &[(&str, String)], order: &[(&str, &str)]) -> Self {
        let mut body = serde_json::Map::new();
        for (name, value) in conditions {
            body.insert((*name).to_owned(), value.as_str().into());
        }
        let order = order.iter().map(|(field, order)| json!({"field": field, "order": order}));
        body.insert("orderBy".to_owned(), order.collect());
        Self::search("search for worklogs", "/4/worklogs/search", &body.into())
    }
}

/// What came of asking for one worklog.
pub(super) enum One {
    Came(String),
    /// It is not there, or not for this token: Tempo answers both alike.
    NotThere,
    /// Why it was not read.
    TooLarge(String),
}

/// One Tempo and the one client that all its walks share.
pub(super) struct Site {
    pub(super) client: Client,
    api_url: Url,
    rights: Mutex<Option<(Instant, Rights)>>,
}

impl Site {
    pub(super) fn new(settings: Settings, budget: Arc<dyn Budget>) -> Result<Self, SourceError> {
        let api_url = address(&settings.api_url)?;
        let token = settings.token.expose_secret().trim().to_owned();
        if token.is_empty() {
            return Err(unusable("TEMPO_API_TOKEN is empty".to_owned()));
        }
        let authorization = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| unusable("TEMPO_API_TOKEN holds characters that no token has".to_owned()))?;
        let caller = Caller { read_limit: refusal::limit, ..Caller::new(authorization, budget) };
        let client = Client::new(KIND, settings.http, caller)
            .map_err(|error| unusable(format!("the HTTP client cannot be made: {error}")))?;
        Ok(Self { client, api_url, rights: Mutex::default() })
    }

    pub(super) fn api_url(&self) -> &str {
        self.api_url.as_str()
    }

    /// A page of a list from this row on. Pages that are too large shrink down to a single row.
    pub(super) async fn page(
        &self,
        question: &Question,
        offset: u64,
        size: &mut PageSize,
        tally: &mut Tally,
    ) -> Result<ListPage, Failed> {
        let mut url = self.url(question.path);
        loop {
            let request = |before: Before| {
                if before == Before::Slow {
                    size.halve();
                }
                let numbers = [("limit", size.now().to_string()), ("offset", offset.to_string())];
                let pairs = question.query.iter().chain(&numbers);
                url.query_pairs_mut()
                    .clear()
                    .extend_pairs(pairs.map(|(name, value)| (*name, value.as_str())));
                let method = if question.body.is_some() { Method::POST } else { Method::GET };
                Request { method, url: url.clone(), body: question.body.clone() }
            };
            match self.client.answer(question.doing, tally, request, ListPage::read).await {
                Ok(page) => {
                    let page = page.asked_for(offset, size.now());
                    size.good();
                    return Ok(page);
                }
                Err(Failed::TooLarge(_)) if size.shrink() => {}
                Err(failed) => return Err(failed),
            }
        }
    }

    /// A page of a search whose pages have tokens.
    pub(super) async fn page_behind(
        &self,
        question: &Question,
        limit: u32,
        token: Option<&str>,
        tally: &mut Tally,
    ) -> Result<ListPage, Failed> {
        let mut url = self.url(question.path);
        url.query_pairs_mut().append_pair("limit", &limit.to_string());
        if let Some(token) = token {
            url.query_pairs_mut().append_pair("nextPageToken", token);
        }
        let request = Request { method: Method::POST, url, body: question.body.clone() };
        self.client.answer(question.doing, tally, |_| request.clone(), ListPage::read).await
    }

    /// One worklog.
    pub(super) async fn one(&self, id: u64, tally: &mut Tally) -> Result<One, SourceError> {
        let doing = "read a worklog";
        let url = self.url(&format!("/4/worklogs/{id}"));
        let request = Request { method: Method::GET, url, body: None };
        match self.client.answer(doing, tally, |_| request.clone(), whole).await {
            Ok(json) => Ok(One::Came(json)),
            Err(Failed::Rejected(rejection)) if matches!(rejection.status, 404 | 410) => Ok(One::NotThere),
            Err(Failed::TooLarge(said)) => Ok(One::TooLarge(said)),
            Err(failed) => Err(refusal::error(doing, "/4/worklogs/{id}", failed)),
        }
    }

    /// What the token may do, as it was found out not long ago.
    pub(super) fn rights(&self) -> Option<Rights> {
        let rights = self.rights.lock().unwrap_or_else(PoisonError::into_inner);
        rights.as_ref().filter(|(since, _)| since.elapsed() < RIGHTS_HOLD).map(|(_, rights)| rights.clone())
    }

    pub(super) fn note_rights(&self, rights: Rights) {
        *self.rights.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), rights));
    }

    /// The path is put behind the base, which may have a path of its own.
    fn url(&self, path: &str) -> Url {
        let mut url = self.api_url.clone();
        url.set_path(&format!("{}{path}", self.api_url.path().trim_end_matches('/')));
        url
    }
}

/// The error that asking for a page of this list ended with.
pub(super) fn unasked(question: &Question, failed: Failed) -> SourceError {
    refusal::error(question.doing, question.path, failed)
}

/// A moment in a question.
pub(super) fn written(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// JSON as text, checked to be whole.
fn whole(bytes: Vec<u8>) -> Result<String, Misread> {
    let json = json_text(bytes)?;
    serde_json::from_str::<serde::de::IgnoredAny>(&json)?;
    Ok(json)
}

fn address(value: &str) -> Result<Url, SourceError> {
    let is_usable = |url: &Url| {
        let holds_more = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
        matches!(url.scheme(), "http" | "https") && url.has_host() && !holds_more && url.password().is_none()
    };
    Url::parse(value.trim()).ok().filter(is_usable).ok_or_else(|| {
        unusable(format!(
            "TEMPO_API_URL must be an address like https://api.eu.tempo.io, and `{}` is none",
            crate::http::scrubbed(value)
        ))
    })
}

fn unusable(said: String) -> SourceError {
    SourceError::Unacceptable { source_kind: KIND, doing: "read its settings", said }
}

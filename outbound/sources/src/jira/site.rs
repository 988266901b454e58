//! One Jira site: its addresses and the requests that Daybook makes.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_core::ports::budget::Budget;
use daybook_core::ports::source::SourceError;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::search_page::{SearchPage, json_text};
use super::{Credential, KIND, Settings};
use crate::http::{Before, Caller, Client, Failed, Misread, Request, Tally};
use crate::page_size::PageSize;

pub(super) const SEARCH: &str = "search for issues";
pub(super) const FETCH: &str = "fetch issues by their ids";
pub(super) const HISTORY: &str = "read the history of issues";
pub(super) const FIELDS: &str = "list the fields";
pub(super) const PROJECTS: &str = "list the projects";
pub(super) const COUNT: &str = "count the issues";
pub(super) const SIGN_IN: &str = "sign in";

/// Where each of these is asked, for errors about an address that is gone.
pub(super) const ADDRESSES: [(&str, &str); 7] = [
    (SEARCH, "/rest/api/3/search/jql"),
    (FETCH, "/rest/api/3/issue/bulkfetch"),
    (HISTORY, "/rest/api/3/changelog/bulkfetch"),
    (FIELDS, "/rest/api/3/field"),
    (PROJECTS, "/rest/api/3/project/search"),
    (COUNT, "/rest/api/3/search/approximate-count"),
    (SIGN_IN, "/rest/api/3/myself"),
];

/// One site and the one client that all its walks share.
pub(super) struct Site {
    client: Client,
    api_url: String,
    /// Links to issues begin with it.
    pub(super) human_url: String,
    /// It refused to list its fields when it was last asked.
    pub(super) hides_fields: AtomicBool,
    /// It refused to show histories when it was last asked.
    pub(super) hides_history: AtomicBool,
}

impl Site {
    pub(super) fn new(settings: Settings, budget: Arc<dyn Budget>) -> Result<Self, SourceError> {
        let human_url = address("JIRA_URL", &settings.site_url)?;
        let api_url = address("JIRA_API_URL", &settings.api_url)?;
        let authorization = match &settings.credential {
            Credential::Basic { email, token } => {
                format!(
                    "Basic {}",
                    STANDARD.encode(format!("{}:{}", email.trim(), token.expose_secret().trim()))
                )
            }
            Credential::Bearer(token) => format!("Bearer {}", token.expose_secret().trim()),
        };
        let authorization = HeaderValue::from_str(&authorization)
            .map_err(|_| unusable("JIRA_API_TOKEN holds characters that no token has".to_owned()))?;
        let client = Client::new(KIND, settings.http, Caller::new(authorization, budget))
            .map_err(|error| unusable(format!("the HTTP client cannot be made: {error}")))?;
        let (hides_fields, hides_history) = (AtomicBool::new(false), AtomicBool::new(false));
        Ok(Self { client, api_url, human_url, hides_fields, hides_history })
    }

    /// Seconds that so many requests take at the pace that is kept.
    pub(super) fn seconds_for(&self, requests: u64) -> u64 {
        self.client.seconds_for(requests)
    }

    /// A page of a search with these fields; `token` is the one that the page before gave. Pages that are too large
    /// shrink down to a single issue.
    pub(super) async fn search(
        &self,
        jql: &str,
        token: Option<&str>,
        fields: &str,
        size: &mut PageSize,
        tally: &mut Tally,
    ) -> Result<SearchPage, Failed> {
        let body = |most: u32| {
            let mut body = json!({ "jql": jql, "fields": [fields], "maxResults": most });
            if let Some(token) = token {
                body["nextPageToken"] = token.into();
            }
            body
        };
        let (page, _) = self.sized(SEARCH, size, tally, body, SearchPage::read).await?;
        Ok(page)
    }

    /// The first of these issues, by their ids or keys, in no particular order, and how many of them were asked for.
    pub(super) async fn fetch(
        &self,
        names: &[String],
        fields: &[&str],
        size: &mut PageSize,
        tally: &mut Tally,
    ) -> Result<(SearchPage, usize), Failed> {
        let asked = |most: u32| names.len().min(most as usize);
        let body = |most: u32| json!({ "issueIdsOrKeys": names[..asked(most)], "fields": fields });
        let (page, most) = self.sized(FETCH, size, tally, body, SearchPage::read).await?;
        Ok((page, asked(most)))
    }

    /// An answer to a question that asks for less after a slow or too large one; also how much was asked for at last.
    pub(super) async fn sized<T>(
        &self,
        doing: &'static str,
        size: &mut PageSize,
        tally: &mut Tally,
        body: impl Fn(u32) -> Value + Send + Sync,
        read: fn(Vec<u8>) -> Result<T, Misread>,
    ) -> Result<(T, u32), Failed> {
        let url = self.url(path_of(doing))?;
        let mut asked = size.now();
        loop {
            let request = |before: Before| {
                if before == Before::Slow {
                    size.halve();
                }
                asked = size.now();
                Request { method: Method::POST, url: url.clone(), body: Some(body(asked).to_string()) }
            };
            match self.client.answer(doing, tally, request, read).await {
                Ok(answer) => {
                    size.good();
                    return Ok((answer, asked));
                }
                Err(Failed::TooLarge(_)) if size.shrink() => {}
                Err(failed) => return Err(failed),
            }
        }
    }

    /// An answer that must be JSON, as text.
    pub(super) async fn get(
        &self,
        doing: &'static str,
        path: &str,
        tally: &mut Tally,
    ) -> Result<String, Failed> {
        let request = Request { method: Method::GET, url: self.url(path)?, body: None };
        self.client.answer(doing, tally, |_| request.clone(), whole).await
    }

    pub(super) async fn post(
        &self,
        doing: &'static str,
        path: &str,
        body: String,
        tally: &mut Tally,
    ) -> Result<String, Failed> {
        let request = Request { method: Method::POST, url: self.url(path)?, body: Some(body) };
        self.client.answer(doing, tally, |_| request.clone(), whole).await
    }

    /// The path is put behind the base, which may have a path of its own (the gateway's has).
    fn url(&self, path: &str) -> Result<Url, Failed> {
        Url::parse(&format!("{}{path}", self.api_url)).map_err(|error| {
            Failed::Source(SourceError::Broken {
                source_kind: KIND,
                doing: "make an address",
                said: error.to_string(),
            })
        })
    }
}

/// The address of what is being done.
pub(super) fn path_of(doing: &str) -> &'static str {
    ADDRESSES.iter().find(|(known, _)| *known == doing).map_or("", |(_, path)| path)
}

/// JSON as text, checked to be whole.
pub(super) fn whole(bytes: Vec<u8>) -> Result<String, Misread> {
    let json = json_text(bytes)?;
    serde_json::from_str::<serde::de::IgnoredAny>(&json)?;
    Ok(json)
}

fn address(variable: &str, value: &str) -> Result<String, SourceError> {
    let value = value.trim().trim_end_matches('/');
    let is_usable = |url: &Url| {
        let holds_more = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
        matches!(url.scheme(), "http" | "https") && url.has_host() && !holds_more && url.password().is_none()
    };
    Url::parse(value).ok().filter(is_usable).ok_or_else(|| {
        unusable(format!(
            "{variable} must be an address like https://SITE.atlassian.net, and `{}` is none",
            crate::http::scrubbed(value)
        ))
    })?;
    Ok(value.to_owned())
}

fn unusable(said: String) -> SourceError {
    SourceError::Unacceptable { source_kind: KIND, doing: "read its settings", said }
}

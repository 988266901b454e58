//! One Jira site: its addresses and the requests that Daybook makes.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_core::ports::budget::Budget;
use daybook_core::ports::source::SourceError;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::search_page::{SearchPage, json_text};
use super::{Credential, KIND, Settings};
use crate::http::{Before, Caller, Client, Failed, Misread, Request, Tally};
use crate::page_size::PageSize;

pub(super) const SEARCH: &str = "search for issues";

/// One site and the one client that all its walks share.
pub(super) struct Site {
    client: Client,
    api_url: String,
    /// Links to issues begin with it.
    pub(super) human_url: String,
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
        Ok(Self { client, api_url, human_url })
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
        let url = self.url("/rest/api/3/search/jql")?;
        loop {
            let request = |before: Before| {
                if before == Before::Slow {
                    size.halve();
                }
                let mut body = json!({ "jql": jql, "fields": [fields], "maxResults": size.now() });
                if let Some(token) = token {
                    body["nextPageToken"] = token.into();
                }
                Request { method: Method::POST, url: url.clone(), body: Some(body.to_string()) }
            };
            match self.client.answer(SEARCH, tally, request, SearchPage::read).await {
                Ok(page) => {
                    size.good();
                    return Ok(page);
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

/// JSON as text, checked to be whole.
fn whole(bytes: Vec<u8>) -> Result<String, Misread> {
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

//! The requests that Daybook makes of Notion: one version of the API, lists with pages that shrink when they are slow, and
//! objects one by one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daybook_core::ports::budget::Budget;
use daybook_core::ports::source::SourceError;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::list::{List, whole};
use super::refusal::{No, limit};
use super::{KIND, Settings, VERSION};
use crate::http::{Before, Caller, Client, Failed, Misread, Request, Tally};
use crate::page_size::PageSize;

/// Tries of a call that meets somebody who is just saving the same object.
const CONFLICTS: u32 = 3;

/// A list that can be asked for.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) doing: &'static str,
    /// Begins with a slash; may hold parameters already.
    pub(super) path: String,
    /// The question of a POST.
    pub(super) body: Option<Value>,
    /// Whether each result has an id of its own.
    pub(super) has_ids: bool,
}

/// One connection to a workspace and the one client that all its walks share.
pub(super) struct Site {
    client: Client,
    api_url: String,
    /// Of searches and queries, whose rows can be wide, and of all other lists.
    sizes: [Mutex<PageSize>; 2],
}

impl Site {
    pub(super) fn new(settings: Settings, budget: Arc<dyn Budget>) -> Result<Self, SourceError> {
        let api_url = address(&settings.api_url)?;
        let authorization =
            HeaderValue::from_str(&format!("Bearer {}", settings.token.expose_secret().trim()))
                .map_err(|_| unusable("NOTION_API_KEY holds characters that no token has".to_owned()))?;
        let version = (HeaderName::from_static("notion-version"), HeaderValue::from_static(VERSION));
        let mut caller = Caller::new(authorization, budget);
        (caller.headers, caller.read_limit) = (vec![version], limit);
        let client = Client::new(KIND, settings.http, caller)
            .map_err(|error| unusable(format!("the HTTP client cannot be made: {error}")))?;
        let size = || Mutex::new(PageSize::new(settings.page_size.clamp(1, 100)));
        Ok(Self { client, api_url, sizes: [size(), size()] })
    }

    /// Seconds that so many requests take at the pace that is kept.
    pub(super) fn seconds_for(&self, requests: u64) -> u64 {
        self.client.seconds_for(requests)
    }

    /// An object.
    pub(super) async fn object(
        &self,
        doing: &'static str,
        path: &str,
        tally: &mut Tally,
    ) -> Result<String, No> {
        let request = Request { method: Method::GET, url: self.url(path)?, body: None };
        self.ask(doing, tally, |_| request.clone(), whole).await
    }

    /// A page of a list; `place` is what the page before gave. Pages that are too large shrink down to a single result:
    /// `fits` is how many of this list fit into an answer.
    pub(super) async fn list(
        &self,
        call: &Call,
        place: Option<&str>,
        fits: &mut PageSize,
        tally: &mut Tally,
    ) -> Result<List, No> {
        let url = self.url(&call.path)?;
        let size = &self.sizes[usize::from(call.body.is_none())];
        loop {
            let most = fits.now();
            let request = |before: Before| {
                if before == Before::Slow {
                    locked(size).halve();
                }
                let size = locked(size).now().min(most);
                let Some(body) = &call.body else {
                    let mut url = url.clone();
                    url.query_pairs_mut().append_pair("page_size", &size.to_string());
                    if let Some(place) = place {
                        url.query_pairs_mut().append_pair("start_cursor", place);
                    }
                    return Request { method: Method::GET, url, body: None };
                };
                let mut body = body.clone();
                body["page_size"] = size.into();
                if let Some(place) = place {
                    body["start_cursor"] = place.into();
                }
                Request { method: Method::POST, url: url.clone(), body: Some(body.to_string()) }
            };
            match self.answer(call.doing, tally, request, List::read).await {
                Ok(list) => {
                    locked(size).good();
                    fits.good();
                    return Ok(list);
                }
                // Other lists have nothing to do with what is too large in this one.
                Err(Failed::TooLarge(_)) if fits.shrink() => {}
                Err(failed) => return Err(No::of(call.doing, failed)),
            }
        }
    }

    async fn ask<T>(
        &self,
        doing: &'static str,
        tally: &mut Tally,
        request: impl FnMut(Before) -> Request + Send,
        read: impl Fn(Vec<u8>) -> Result<T, Misread> + Send + Sync,
    ) -> Result<T, No> {
        self.answer(doing, tally, request, read).await.map_err(|failed| No::of(doing, failed))
    }

    async fn answer<T>(
        &self,
        doing: &'static str,
        tally: &mut Tally,
        mut request: impl FnMut(Before) -> Request + Send,
        read: impl Fn(Vec<u8>) -> Result<T, Misread> + Send + Sync,
    ) -> Result<T, Failed> {
        let mut tried = 1;
        loop {
            match self.client.answer(doing, tally, &mut request, &read).await {
                Err(Failed::Rejected(said)) if said.status == 409 && tried < CONFLICTS => tried += 1,
                answer => return answer,
            }
        }
    }

    /// The path is put behind the base, which may have a path of its own.
    fn url(&self, path: &str) -> Result<Url, SourceError> {
        Url::parse(&format!("{}{path}", self.api_url)).map_err(|error| SourceError::Broken {
            source_kind: KIND,
            doing: "make an address",
            said: error.to_string(),
        })
    }
}

fn locked(size: &Mutex<PageSize>) -> MutexGuard<'_, PageSize> {
    size.lock().unwrap_or_else(PoisonError::into_inner)
}

fn address(value: &str) -> Result<String, SourceError> {
    let value = value.trim().trim_end_matches('/');
    let is_usable = |url: &Url| {
        let holds_more = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
        matches!(url.scheme(), "http" | "https") && url.has_host() && !holds_more && url.password().is_none()
    };
    Url::parse(value).ok().filter(is_usable).ok_or_else(|| {
        unusable(format!(
            "NOTION_API_URL must be an address like https://api.notion.com, and `{}` is none",
            crate::http::scrubbed(value)
        ))
    })?;
    Ok(value.to_owned())
}

fn unusable(said: String) -> SourceError {
    SourceError::Unacceptable { source_kind: KIND, doing: "read its settings", said }
}

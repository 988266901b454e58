//! A walk over a window, newest change first: page tokens, dead tokens, repeats, and pages fetched ahead.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use daybook_core::model::backfill::Window;
use daybook_core::model::document::Record;
use daybook_core::ports::source::{Cursor, Page, Scope, SourceError, Walk};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::issue::{self, Reading};
use super::{KIND, Site, meant};
use crate::http::{Before, Failed, Misread, Tally};

const READ: &str = "read a page of issues";
/// Pages without issues that are believed before they count as a fault.
const EMPTY_PAGES: u32 = 10;
/// Pages in order after which a page size that had been halved doubles again.
const GOOD_PAGES: u32 = 20;
const SMALLEST_PAGE: u32 = 10;

/// Where to go on. Stored with each page.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    v: u32,
    /// The token of the next page; `None` at the end.
    token: Option<String>,
    /// The oldest change met so far, in milliseconds: where to begin again when the token is dead.
    low_ms: Option<i64>,
    /// The upper end of the slice that the token belongs to.
    below_ms: Option<i64>,
}

/// The question for a window; `below_ms` moves its upper end down.
pub(super) fn jql(scope: &Scope, below_ms: Option<i64>) -> String {
    let Window { from, to, .. } = scope.window;
    let to_ms = below_ms.unwrap_or(to.timestamp_millis());
    // The key was checked to be letters, digits and underscores. Times are bare milliseconds: a quoted time would be
    // read in the zone of the token's owner.
    let project = scope.project.as_ref().map_or(String::new(), |key| format!("project = \"{key}\" AND "));
    format!(
        "{project}updated >= {} AND updated < {to_ms} ORDER BY updated DESC, key DESC",
        from.timestamp_millis()
    )
}

/// What a page says about itself, with the place of each issue in its bytes.
struct WirePage {
    body: Vec<u8>,
    issues: Vec<Range<usize>>,
    next: Option<String>,
}

/// A walk: one task asks, this end gives.
pub(super) struct JiraWalk {
    pages: mpsc::Receiver<Result<Page, SourceError>>,
    /// Owns the asking task; dropping the walk ends it.
    _asking: JoinSet<()>,
}

impl JiraWalk {
    pub(super) fn begin(site: Arc<Site>, scope: &Scope, after: Option<Cursor>) -> Result<Self, SourceError> {
        let place = after.map(|Cursor(text)| read_place(&text)).transpose()?;
        let (give, pages) = mpsc::channel(site.settings.ahead.max(1));
        let mut asking = JoinSet::new();
        let asker = Asker::new(site, scope.clone(), place);
        asking.spawn(async move { asker.run(give).await });
        Ok(Self { pages, _asking: asking })
    }
}

fn read_place(text: &str) -> Result<Place, SourceError> {
    let place: Option<Place> = serde_json::from_str(text).ok().filter(|place: &Place| place.v == 1);
    place.ok_or_else(|| SourceError::Broken {
        source_kind: KIND,
        doing: "go on from a checkpoint",
        said: "the checkpoint is of a kind that this release does not know".to_owned(),
    })
}

#[async_trait]
impl Walk for JiraWalk {
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        self.pages.recv().await.transpose()
    }
}

/// The asking end.
struct Asker {
    site: Arc<Site>,
    scope: Scope,
    token: Option<String>,
    low_ms: Option<i64>,
    below_ms: Option<i64>,
    /// A stored walk that had come to its end.
    over: bool,
    /// Until a page reaches below this moment, known issues come again.
    rewound_to: Option<i64>,
    seen_tokens: HashSet<u64>,
    size: u32,
    good: u32,
    empty: u32,
}

impl Asker {
    fn new(site: Arc<Site>, scope: Scope, place: Option<Place>) -> Self {
        let size = site.settings.page_size;
        let over = place.as_ref().is_some_and(|place| place.token.is_none());
        let (token, low_ms, below_ms) = place.map_or((None, None, None), |p| (p.token, p.low_ms, p.below_ms));
        Self {
            site,
            scope,
            token,
            low_ms,
            below_ms,
            over,
            rewound_to: None,
            seen_tokens: HashSet::new(),
            size,
            good: 0,
            empty: 0,
        }
    }

    async fn run(mut self, give: mpsc::Sender<Result<Page, SourceError>>) {
        // The page at hand is converted while the next one is on its way.
        let mut converting: Option<tokio::task::JoinHandle<Result<Page, SourceError>>> = None;
        while !self.over {
            let asked = self.page().await;
            if let Some(before) = converting.take() {
                let page = before.await.unwrap_or_else(|error| Err(panicked(&error)));
                let failed = page.is_err();
                if give.send(page).await.is_err() || failed {
                    return;
                }
            }
            match asked {
                Ok(page) => match self.enrich(page).await {
                    Ok(convert) => converting = Some(tokio::task::spawn_blocking(convert)),
                    Err(error) => return drop(give.send(Err(error)).await),
                },
                Err(error) => return drop(give.send(Err(error)).await),
            }
        }
        if let Some(last) = converting {
            let page = last.await.unwrap_or_else(|error| Err(panicked(&error)));
            drop(give.send(page).await);
        }
    }

    /// Asks for the next page, from the beginning of the rest if the token has died.
    async fn page(&mut self) -> Result<(WirePage, Tally), SourceError> {
        let mut tally = Tally::default();
        let mut asked = self.ask(&mut tally).await;
        if let Err(Failed::Rejected(rejection)) = &asked
            && rejection.status == 400
            && self.token.take().is_some()
        {
            tracing::warn!(source = %KIND, "a page token has died; the walk goes back to the oldest change it has met");
            self.below_ms = self.low_ms.map(|low| low + 1).or(self.below_ms);
            self.rewound_to = self.low_ms;
            asked = self.ask(&mut tally).await;
        }
        let page = asked.map_err(|failed| meant(READ, failed))?;
        self.judge(&page)?;
        Ok((page, tally))
    }

    async fn ask(&mut self, tally: &mut Tally) -> Result<WirePage, Failed> {
        let jql = jql(&self.scope, self.below_ms);
        let token = &self.token;
        let request = |size: u32| {
            let mut body = serde_json::json!({ "jql": jql, "fields": ["*all"], "maxResults": size });
            if let Some(token) = token {
                body["nextPageToken"] = token.as_str().into();
            }
            body
        };
        let template = self.site.request(Method::POST, "rest/api/3/search/jql", Some(&request(self.size)))?;
        let (mut size, asked_size) = (self.size, self.size);
        let next = |before: Before| {
            if before == Before::Slow {
                size = (size / 2).max(SMALLEST_PAGE.min(size));
            }
            crate::http::Request { body: Some(request(size).to_string()), ..template.clone() }
        };
        let page = self.site.client.answer(READ, tally, next, wire_page).await;
        if size < asked_size {
            (self.size, self.good) = (size, 0);
        } else if self.size < self.site.settings.page_size {
            self.good += 1;
            if self.good >= GOOD_PAGES {
                (self.size, self.good) = ((self.size * 2).min(self.site.settings.page_size), 0);
            }
        }
        page
    }

    /// Refuses pages that repeat, and moves on.
    fn judge(&mut self, page: &WirePage) -> Result<(), SourceError> {
        let broken = |said: String| SourceError::Broken { source_kind: KIND, doing: READ, said };
        self.empty = if page.issues.is_empty() { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            return Err(broken(format!("{} pages in a row held nothing and promised more", self.empty)));
        }
        if let Some(token) = &page.next {
            let mut hasher = DefaultHasher::new();
            token.hash(&mut hasher);
            if !self.seen_tokens.insert(hasher.finish()) {
                return Err(broken("pages repeat: it gave a page token that it had given before".to_owned()));
            }
        }
        self.over = page.next.is_none();
        self.token.clone_from(&page.next);
        Ok(())
    }

    /// Fetches what the page left out (the rest of long comment lists) and gives the work of converting it.
    async fn enrich(
        &mut self,
        (page, mut tally): (WirePage, Tally),
    ) -> Result<impl FnOnce() -> Result<Page, SourceError> + Send + 'static, SourceError> {
        let mut more = Vec::new();
        for (place, range) in page.issues.iter().enumerate() {
            if let Some(cut) = issue::cut_comments(&page.body[range.clone()]) {
                more.push((place, self.comments(&cut, &mut tally).await?));
            }
        }
        let changes = page.issues.iter().filter_map(|range| issue::updated_ms(&page.body[range.clone()]));
        let low_here = changes.min();
        self.low_ms = [self.low_ms, low_here].into_iter().flatten().min();
        let rewound = self.rewound_to.is_some();
        if let (Some(mark), Some(low)) = (self.rewound_to, low_here)
            && low < mark
        {
            self.rewound_to = None;
        }
        let place = Place { v: 1, token: self.token.clone(), low_ms: self.low_ms, below_ms: self.below_ms };
        let cursor = Cursor(serde_json::to_string(&place).map_err(|error| SourceError::Broken {
            source_kind: KIND,
            doing: "note where to go on",
            said: error.to_string(),
        })?);
        let site_url = self.site.settings.site_url.clone();
        Ok(move || Ok(convert(&page, more, &site_url, cursor, tally, rewound)))
    }

    /// The comments that did not fit into the page, until no more come: the total may count what cannot be read.
    async fn comments(&self, cut: &issue::Cut, tally: &mut Tally) -> Result<Vec<Box<RawValue>>, SourceError> {
        #[derive(Deserialize)]
        struct Wire {
            comments: Vec<Box<RawValue>>,
            total: u64,
        }
        let doing = "read an issue's further comments";
        let mut more: Vec<Box<RawValue>> = Vec::new();
        loop {
            let start = cut.have + more.len() as u64;
            let path = format!(
                "/rest/api/3/issue/{}/comment?startAt={start}&maxResults=100&orderBy=created",
                cut.issue
            );
            let wire: Wire = match self.site.get(doing, tally, &path).await {
                Ok(wire) => wire,
                // An issue that was deleted a moment ago keeps the comments that came.
                Err(Failed::Rejected(rejection)) if rejection.status == 404 => return Ok(more),
                Err(failed) => return Err(meant(doing, failed)),
            };
            if wire.comments.is_empty() {
                return Ok(more);
            }
            more.extend(wire.comments);
            if cut.have + more.len() as u64 >= wire.total {
                return Ok(more);
            }
        }
    }
}

fn convert(
    page: &WirePage,
    more: Vec<(usize, Vec<Box<RawValue>>)>,
    site_url: &str,
    cursor: Cursor,
    tally: Tally,
    rewound: bool,
) -> Page {
    let mut more = more.into_iter().peekable();
    let mut hidden_comments = 0;
    let mut records: Vec<Record> = Vec::with_capacity(page.issues.len());
    for (place, range) in page.issues.iter().enumerate() {
        let further = more.next_if(|(at, _)| *at == place).map(|(_, comments)| comments).unwrap_or_default();
        let Reading { record, hidden_comments: hidden } =
            issue::record(&page.body[range.clone()], &further, site_url);
        hidden_comments += hidden;
        records.push(record);
    }
    Page { records, cursor, requests: tally.requests, waits: tally.waits, rewound, hidden_comments }
}

fn panicked(error: &tokio::task::JoinError) -> SourceError {
    SourceError::Broken { source_kind: KIND, doing: "convert a page", said: error.to_string() }
}

/// A first, light reading: the token, and where each issue stands.
fn wire_page(body: Vec<u8>) -> Result<WirePage, Misread> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        issues: Vec<&'a RawValue>,
        #[serde(rename = "nextPageToken")]
        next: Option<String>,
        #[serde(rename = "isLast")]
        is_last: Option<bool>,
    }
    let wire: Wire<'_> = serde_json::from_slice(&body)?;
    if wire.next.is_none() && wire.is_last == Some(false) {
        return Err(Misread::Shape("`isLast` is false, but there is no `nextPageToken`".to_owned()));
    }
    let start = body.as_ptr().addr();
    let issues = wire
        .issues
        .iter()
        .map(|raw| {
            let from = raw.get().as_ptr().addr() - start;
            from..from + raw.get().len()
        })
        .collect();
    let next = wire.next.filter(|_| wire.is_last != Some(true));
    Ok(WirePage { issues, next, body })
}

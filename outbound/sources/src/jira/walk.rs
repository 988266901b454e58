//! A walk over a window, newest change first. One task asks for the next page while the page at hand is converted and
//! stored; this end gives pages in order.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use async_trait::async_trait;
use daybook_core::ports::source::{Page, SourceError, Walk};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::checkpoint::Checkpoint;
use super::convert::Converter;
use super::page_size::PageSize;
use super::search_page::SearchPage;
use super::site::{SEARCH, Site};
use super::{KIND, refusal};
use crate::http::{Failed, Tally};

/// Pages without issues, one after the other, that are believed before they count as a fault.
const EMPTY_PAGES: u32 = 10;
/// Searches anew from one moment; a site whose tokens die at once is not worth a fourth.
const REWINDS: u32 = 3;
/// Tokens that are remembered, a walk of ten million issues.
const TOKENS: usize = 100_000;

/// The near end of a walk.
pub(super) struct JiraWalk {
    pages: mpsc::Receiver<Result<Page, SourceError>>,
    /// Owns the asking task: dropping the walk ends it.
    asking: JoinSet<()>,
}

impl JiraWalk {
    pub(super) fn begin(site: Arc<Site>, place: Checkpoint, page_size: u32, ahead: usize) -> Self {
        let (give, pages) = mpsc::channel(ahead);
        let mut asking = JoinSet::new();
        let mut asker = Asker {
            site: Arc::clone(&site),
            size: PageSize::new(page_size),
            tokens: place.token.iter().map(|token| hash(token)).collect(),
            empty: 0,
            tally: Tally::default(),
        };
        let mut converter = Converter::new(site, give.clone());
        asking.spawn(async move {
            if let Err(Stop::Failed(error)) = walk(&mut asker, &mut converter, place).await {
                // Nobody listens any more if the walk was dropped.
                give.send(Err(error)).await.ok();
            }
        });
        Self { pages, asking }
    }
}

#[async_trait]
impl Walk for JiraWalk {
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        if let Some(page) = self.pages.recv().await {
            return page.map(Some);
        }
        match self.asking.join_next().await {
            Some(Err(error)) => Err(SourceError::Broken {
                source_kind: KIND,
                doing: SEARCH,
                said: format!("the task that reads it ended early: {error}"),
            }),
            _ => Ok(None),
        }
    }
}

/// Why a walk ends before its last page.
pub(super) enum Stop {
    Failed(SourceError),
    /// Nobody wants its pages any more.
    Unwanted,
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self::Failed(error)
    }
}

/// From the stored place to the end.
async fn walk(asker: &mut Asker, converter: &mut Converter, mut place: Checkpoint) -> Result<(), Stop> {
    if place.done {
        return Ok(());
    }
    let (mut rewinds, mut rewound_at) = (0, None);
    let mut answer = asker.ask(place.jql(), place.token.clone()).await;
    loop {
        let page = match answer {
            Ok(page) => page,
            Err(Asked::Failed(error)) => return Err(error.into()),
            Err(Asked::TokenRefused(error)) => {
                rewinds = if rewound_at == Some(place.low_ms) { rewinds + 1 } else { 1 };
                rewound_at = Some(place.low_ms);
                if rewinds > REWINDS {
                    return Err(error.into());
                }
                tracing::info!(source = %KIND, "a page token was refused; searching anew from the oldest change that came");
                place.rewind();
                asker.tokens.clear();
                answer = asker.ask(place.jql(), None).await;
                continue;
            }
        };
        let Some(token) = page.page.next.clone() else {
            return converter.give(page, &mut place).await;
        };
        let next = asker.ask(place.jql(), Some(token));
        // The next request is under way before this page is converted. A failure of it waits until this page is given.
        let (later, ()) = tokio::try_join!(async { Ok(next.await) }, converter.give(page, &mut place))?;
        answer = later;
    }
}

/// A page as it came, and what it took to get it.
pub(super) struct Fetched {
    pub(super) page: SearchPage,
    pub(super) tally: Tally,
}

enum Asked {
    /// The token is not known there any more; the search itself may be.
    TokenRefused(SourceError),
    Failed(SourceError),
}

/// The far end.
struct Asker {
    site: Arc<Site>,
    size: PageSize,
    tokens: HashSet<u64>,
    empty: u32,
    /// Requests that brought no page; they count with the next one.
    tally: Tally,
}

impl Asker {
    async fn ask(&mut self, jql: String, token: Option<String>) -> Result<Fetched, Asked> {
        let mut tally = self.tally;
        let searched = self.site.search(&jql, token.as_deref(), &mut self.size, &mut tally).await;
        self.tally = Tally::default();
        let page = match searched {
            Ok(page) => page,
            Err(failed) => {
                self.tally = tally;
                let refused =
                    matches!(&failed, Failed::Rejected(said) if matches!(said.status, 400 | 404 | 410 | 422));
                let error = refusal::error(SEARCH, failed);
                return Err(if refused && token.is_some() {
                    Asked::TokenRefused(error)
                } else {
                    Asked::Failed(error)
                });
            }
        };
        self.check(&page).map_err(Asked::Failed)?;
        Ok(Fetched { page, tally })
    }

    /// Refuses pages that repeat and pages that never hold anything.
    fn check(&mut self, page: &SearchPage) -> Result<(), SourceError> {
        let broken = |said: String| SourceError::Broken { source_kind: KIND, doing: SEARCH, said };
        let Some(token) = &page.next else { return Ok(()) };
        self.empty = if page.is_empty() { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            return Err(broken(format!("{} pages in a row held nothing and promised more", self.empty)));
        }
        let token = hash(token);
        if self.tokens.contains(&token) {
            return Err(broken("pages repeat: it gave a page token that it had given before".to_owned()));
        }
        if self.tokens.len() < TOKENS {
            self.tokens.insert(token);
        }
        Ok(())
    }
}

fn hash(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}

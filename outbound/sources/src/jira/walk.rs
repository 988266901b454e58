//! A walk over a window, newest change first. One task asks for the next page while the page at hand is converted and
//! stored; this end gives pages in order.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use async_trait::async_trait;
use daybook_core::ports::source::{Known, Page, SourceError, Spent, Walk};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;

use super::checkpoint::Checkpoint;
use super::convert::Converter;
use super::items::{Items, ItemsPlace};
use super::search_page::SearchPage;
use super::site::{SEARCH, Site};
use super::{Habits, KIND, fates, oversized, refusal};
use crate::http::{Failed, Meter, Tally};
use crate::object::{Object, mended};
use crate::page_size::PageSize;

/// Pages without issues, one after the other, that are believed before they count as a fault.
const EMPTY_PAGES: u32 = 10;
/// Searches anew from one moment; a site whose tokens die at once, or whose answers are always too large, is not worth a
/// fourth.
const REWINDS: u32 = 3;
/// Tokens that are remembered, a walk of ten million issues.
const TOKENS: usize = 100_000;

/// KiB of answers that may wait to be taken when the next is asked for: one large page is ahead of whoever stores them,
/// or several small ones.
const ROOM_KIB: u32 = 8 << 10;
/// All fields of an issue, and the one that a list of ids comes with.
const ALL: &str = "*all";
const MOMENT: &str = "updated";
/// Ids that Jira lists at once with a field.
const MOST_LISTED: u32 = 100;

/// A page's share of the room.
pub(super) type Held = OwnedSemaphorePermit;
/// What goes from the far end of a walk to the near one.
pub(super) type Given = Result<(Page, Option<Held>), SourceError>;

/// The near end of a walk.
pub(super) struct JiraWalk {
    pages: mpsc::Receiver<Given>,
    /// All that was spent, and what pages that were taken told of it.
    meter: Arc<Meter>,
    told: Spent,
    /// Owns the asking task: dropping the walk ends it.
    asking: JoinSet<()>,
}

/// By what issues are found.
pub(super) enum Path {
    /// A search through a window, from this place on; of what is held just as it comes nothing is read again.
    Search { place: Checkpoint, skips_what_is_held: bool },
    /// Issues by their names, from this place on.
    Items { names: Vec<String>, place: ItemsPlace },
}

impl JiraWalk {
    pub(super) fn begin(site: Arc<Site>, path: Path, known: Arc<dyn Known>, habits: Habits) -> Self {
        let (give, pages) = mpsc::channel(habits.ahead);
        let (mut asking, meter) = (JoinSet::new(), Arc::<Meter>::default());
        let held_by = match &path {
            Path::Search { skips_what_is_held: true, .. } => Some(Arc::clone(&known)),
            _ => None,
        };
        let tally = || Tally::on(Arc::clone(&meter));
        let mut converter = Converter::new(Arc::clone(&site), give.clone(), held_by, habits, tally());
        match path {
            Path::Search { place, .. } => {
                let mut asker = Asker::new(site, habits, &place, tally());
                asking.spawn(async move {
                    fail(&give, walk(&mut asker, &mut converter, place).await).await;
                });
            }
            Path::Items { names, place } => {
                let batch = PageSize::new(fates::AT_ONCE);
                let mut items = Items { site, names, known, size: batch, tally: tally() };
                asking.spawn(async move {
                    fail(&give, items.walk(&mut converter, place).await).await;
                });
            }
        }
        Self { pages, meter, told: Spent::default(), asking }
    }
}

/// Tells the near end why there is no further page. Nobody listens any more if the walk was dropped.
async fn fail(give: &mpsc::Sender<Given>, walked: Result<(), Stop>) {
    if let Err(Stop::Failed(error)) = walked {
        give.send(Err(error)).await.ok();
    }
}

#[async_trait]
impl Walk for JiraWalk {
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        if let Some(given) = self.pages.recv().await {
            // Its share of the room is free from here on.
            let (page, _) = given?;
            self.told.requests += page.requests;
            self.told.waits += page.waits;
            return Ok(Some(page));
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

    fn spent(&self) -> Spent {
        let all = self.meter.read();
        Spent { requests: all.requests - self.told.requests, waits: all.waits - self.told.waits }
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
    let is_over = place.done;
    converter.catch_up(&mut place, is_over).await?;
    if is_over {
        return Ok(());
    }
    let (mut anew, mut anew_at) = (0, None);
    let mut answer = asker.ask(place.jql(), place.token.clone()).await;
    loop {
        let page = match answer {
            Ok(page) => page,
            Err(Asked::Failed(error)) => return Err(error.into()),
            Err(Asked::TokenRefused(error) | Asked::TooLarge(error))
                if anew >= REWINDS && anew_at == Some(place.reached_ms()) =>
            {
                return Err(error.into());
            }
            Err(trouble) => {
                anew = if anew_at == Some(place.reached_ms()) { anew + 1 } else { 1 };
                anew_at = Some(place.reached_ms());
                asker.tokens.clear();
                if matches!(trouble, Asked::TooLarge(_)) {
                    oversized::step_over(asker, converter, &mut place).await?;
                } else {
                    tracing::info!(source = %KIND, "a page token was refused; searching anew from the oldest change that came");
                    place.rewind();
                }
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
    pub(super) held: Option<Held>,
}

/// What came of asking for one issue.
pub(super) enum Alone {
    Came(Box<Fetched>),
    /// Why it did not fit.
    TooLarge(String),
    /// It was changed or deleted since it was listed.
    Gone,
}

enum Asked {
    /// The token is not known there any more; the search itself may be.
    TokenRefused(SourceError),
    /// A page of a single issue is too large.
    TooLarge(SourceError),
    Failed(SourceError),
}

/// The far end.
pub(super) struct Asker {
    site: Arc<Site>,
    size: PageSize,
    tokens: HashSet<u64>,
    empty: u32,
    /// Requests that brought no page; they count with the next one.
    tally: Tally,
    /// Closed to the next answer while too much waits to be taken.
    room: Arc<Semaphore>,
}

impl Asker {
    fn new(site: Arc<Site>, habits: Habits, place: &Checkpoint, tally: Tally) -> Self {
        Self {
            site,
            size: PageSize::new(habits.page_size),
            tokens: place.token.iter().map(|token| hash(token)).collect(),
            empty: 0,
            tally,
            room: Arc::new(Semaphore::new(ROOM_KIB as usize)),
        }
    }

    async fn ask(&mut self, jql: String, token: Option<String>) -> Result<Fetched, Asked> {
        self.wait_for_room().await;
        let searched = self.site.search(&jql, token.as_deref(), ALL, &mut self.size, &mut self.tally).await;
        let page = searched.map_err(|failed| {
            let refused =
                matches!(&failed, Failed::Rejected(said) if matches!(said.status, 400 | 404 | 410 | 422));
            let too_large = matches!(failed, Failed::TooLarge(_));
            let error = refusal::error(SEARCH, failed);
            match token {
                _ if too_large => Asked::TooLarge(error),
                Some(_) if refused => Asked::TokenRefused(error),
                _ => Asked::Failed(error),
            }
        })?;
        self.check(&page).map_err(Asked::Failed)?;
        Ok(self.fetched(page).await)
    }

    /// A page of a search's ids and moments, in its order.
    pub(super) async fn listed(&mut self, jql: &str, token: Option<&str>) -> Result<SearchPage, SourceError> {
        let mut size = PageSize::new(MOST_LISTED);
        let listed = self.site.search(jql, token, MOMENT, &mut size, &mut self.tally).await;
        let page = listed.map_err(|failed| refusal::error(SEARCH, failed))?;
        self.check(&page)?;
        Ok(page)
    }

    /// One issue, by a search that finds no other.
    pub(super) async fn alone(&mut self, id: &str, jql: &str) -> Result<Alone, SourceError> {
        self.wait_for_room().await;
        let page = match self.site.search(jql, None, ALL, &mut PageSize::new(1), &mut self.tally).await {
            Ok(page) => page,
            Err(Failed::TooLarge(said)) => return Ok(Alone::TooLarge(said)),
            // A search that names an issue which is not there any more is a wrong one for Jira.
            Err(Failed::Rejected(rejection)) if matches!(rejection.status, 400 | 404) => {
                return Ok(Alone::Gone);
            }
            Err(failed) => return Err(refusal::error(SEARCH, failed)),
        };
        if page.is_empty() {
            return Ok(Alone::Gone);
        }
        let is_it = |issue: &str| {
            Object::read(&mended(issue)).is_some_and(|issue| issue.id("id").as_deref() == Some(id))
        };
        if !page.issues().all(is_it) {
            let said = format!("it was asked for issue {id} alone and gave another");
            return Err(SourceError::Broken { source_kind: KIND, doing: SEARCH, said });
        }
        Ok(Alone::Came(Box::new(self.fetched(page).await)))
    }

    /// What was spent since the last page, for a record that stands for one.
    pub(super) fn handed_over(&mut self) -> Tally {
        self.tally.handed_over()
    }

    /// Whoever stores the pages may be behind.
    async fn wait_for_room(&self) {
        // The room is never closed.
        drop(self.room.acquire().await);
    }

    async fn fetched(&mut self, page: SearchPage) -> Fetched {
        let kib = u32::try_from(page.bytes() >> 10).unwrap_or(ROOM_KIB).clamp(1, ROOM_KIB);
        let held = Arc::clone(&self.room).acquire_many_owned(kib).await.ok();
        Fetched { page, tally: self.tally.handed_over(), held }
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

//! A walk: one task reads the next page while the page at hand is stored; this end gives pages in order.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use daybook_core::ports::source::{HeldRecord, Known, Page, Reach, Scope, SourceError, Spent, Walk};
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use super::checkpoint::{Part, Place};
use super::list_page::ListPage;
use super::record::{Reading, reading};
use super::references::References;
use super::site::Site;
use super::{KIND, shape};
use crate::http::{Meter, Tally};
use crate::page_size::PageSize;

type Given = Result<Page, SourceError>;

/// The near end of a walk.
pub(super) struct TempoWalk {
    pages: mpsc::Receiver<Given>,
    /// All that was spent, and what pages that were taken told of it.
    meter: Arc<Meter>,
    told: Spent,
    /// Owns the reading task: dropping the walk ends it.
    reading: JoinSet<()>,
}

impl TempoWalk {
    pub(super) fn begin(
        site: Arc<Site>,
        scope: &Scope,
        place: Place,
        known: Arc<dyn Known>,
        page_size: u32,
    ) -> Self {
        // One page waits, or is being read: a page of long descriptions may be large.
        let (give, pages) = mpsc::channel(1);
        let (mut reading, meter) = (JoinSet::new(), Arc::<Meter>::default());
        let items = match &scope.reach {
            Reach::Items(ids) => ids.clone(),
            _ => scope.also.clone(),
        };
        let reader = Reader {
            site,
            known,
            items,
            page_size,
            size: PageSize::new(page_size),
            references: None,
            tally: Tally::on(Arc::clone(&meter)),
        };
        reading.spawn(read(reader, place, give));
        Self { pages, meter, told: Spent::default(), reading }
    }
}

#[async_trait]
impl Walk for TempoWalk {
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        if let Some(given) = self.pages.recv().await {
            let page = given?;
            self.told.requests += page.requests;
            self.told.waits += page.waits;
            return Ok(Some(page));
        }
        match self.reading.join_next().await {
            Some(Err(error)) => Err(ended_early(&error)),
            _ => Ok(None),
        }
    }

    fn spent(&self) -> Spent {
        let all = self.meter.read();
        Spent { requests: all.requests - self.told.requests, waits: all.waits - self.told.waits }
    }
}

/// The far end.
pub(super) struct Reader {
    pub(super) site: Arc<Site>,
    pub(super) known: Arc<dyn Known>,
    /// Single records to look at.
    pub(super) items: Vec<String>,
    pub(super) page_size: u32,
    pub(super) size: PageSize,
    references: Option<Arc<References>>,
    /// What was spent since the page before.
    pub(super) tally: Tally,
}

/// Reads from a place to the end.
async fn read(mut reader: Reader, mut place: Place, give: mpsc::Sender<Given>) {
    // No page is asked for before there is room for it.
    while let Ok(room) = give.reserve().await {
        match reader.page(&mut place).await {
            Ok(Some(page)) => room.send(Ok(page)),
            Ok(None) => return,
            Err(error) => return room.send(Err(error)),
        }
    }
}

impl Reader {
    /// The page at a place, and the place behind it; `None`: there is none.
    async fn page(&mut self, place: &mut Place) -> Result<Option<Page>, SourceError> {
        match place {
            Place::History(history) => self.history(history).await,
            Place::Changes(changes) => match changes.part.clone() {
                Part::Written(_) => self.written(changes).await.map(Some),
                Part::Deleted { .. } => self.deleted(changes).await.map(Some),
                Part::Also(mut items) => {
                    let page = self.items(&mut items).await?;
                    changes.part = if page.is_some() { Part::Also(items) } else { Part::Done };
                    let cursor = Place::Changes(changes.clone()).cursor();
                    Ok(page.map(|page| Page { cursor, ..page }))
                }
                Part::Done => Ok(None),
            },
            Place::Items(items) => {
                let page = self.items(items).await?;
                let cursor = Place::Items(items.clone()).cursor();
                Ok(page.map(|page| Page { cursor, ..page }))
            }
            // A census is no walk; its cursors are refused before.
            Place::Census(_) => Ok(None),
        }
    }

    /// Reads the rows of a page, with what their ids stand for.
    pub(super) async fn readings(
        &mut self,
        doing: &'static str,
        page: ListPage,
    ) -> Result<Vec<Reading>, SourceError> {
        if page.is_empty() {
            return Ok(Vec::new());
        }
        let references = self.references().await?;
        self.read_with(doing, page, references).await
    }

    /// Reads the rows of a page, off the threads that talk to the network.
    pub(super) async fn read_with(
        &self,
        doing: &'static str,
        page: ListPage,
        references: Arc<References>,
    ) -> Result<Vec<Reading>, SourceError> {
        let read = move || page.rows().map(|row| reading(row, &references)).collect::<Vec<_>>();
        let readings = spawn_blocking(read).await.map_err(|error| ended_early(&error))?;
        shape::check(doing, &readings, self.site.client.answered_at())?;
        Ok(readings)
    }

    /// How these are held.
    pub(super) async fn held(&self, ids: &[&str]) -> Result<HashMap<String, HeldRecord>, SourceError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let doing = "look up what is held";
        self.known.held(ids).await.map_err(|source| SourceError::Store { source_kind: KIND, doing, source })
    }

    /// What ids stand for; asked for once.
    pub(super) async fn references(&mut self) -> Result<Arc<References>, SourceError> {
        if let Some(references) = &self.references {
            return Ok(Arc::clone(references));
        }
        let references = Arc::new(References::read(&self.site, &mut self.tally).await?);
        self.references = Some(Arc::clone(&references));
        Ok(references)
    }
}

fn ended_early(error: &tokio::task::JoinError) -> SourceError {
    SourceError::Broken {
        source_kind: KIND,
        doing: "read worklogs",
        said: format!("the task that reads them ended early: {error}"),
    }
}

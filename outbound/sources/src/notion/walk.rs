//! A walk over a stretch of time, newest change first: one task reads the next records while those at hand are stored;
//! this end gives pages in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use daybook_core::model::document::{Record, Tombstone};
use daybook_core::ports::source::{Known, Page, SourceError, Spent, Walk};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::KIND;
use super::checkpoint::{Checkpoint, Phase};
use super::id::Id;
use super::list::Lister;
use super::listing::{Listing, Wanted, next};
use super::read::{Item, Outcome, Reader, unread};
use super::record::Head;
use super::rows::{SEARCH, Sought, search};
use super::{below, held, items};
use crate::http::{Meter, Tally};
use crate::object::Object;

/// Records that are given together, and bytes of them that are enough for a page.
const MOST_RECORDS: usize = 10;
const MOST_BYTES: usize = 1 << 20;
/// Ids that are given together.
const MOST_IDS: usize = 5_000;

/// What is asked of a walk.
pub(super) struct Task {
    pub(super) reader: Reader,
    pub(super) place: Checkpoint,
    /// Whether what is held as it is listed stays as it is.
    pub(super) is_changes: bool,
    /// Records that are read in any case.
    pub(super) also: Vec<String>,
    /// Records that were named, and nothing else.
    pub(super) items: Option<Vec<String>>,
    pub(super) known: Arc<dyn Known>,
}

/// The near end of a walk.
pub(super) struct NotionWalk {
    pages: mpsc::Receiver<Result<Page, SourceError>>,
    /// All that was spent, and what pages that were taken told of it.
    meter: Arc<Meter>,
    told: Spent,
    /// Owns the reading task: dropping the walk ends it.
    reading: JoinSet<()>,
}

impl NotionWalk {
    pub(super) fn begin(task: Task) -> Self {
        // One page waits while the next is read: of large ones no more fit into memory.
        let (give, pages) = mpsc::channel(1);
        let (mut reading, meter) = (JoinSet::new(), Arc::<Meter>::default());
        let tally = Tally::on(Arc::clone(&meter));
        reading.spawn(async move {
            let goes_over = task.place.is_unclear();
            let batch = Batch::default();
            let mut walker = Walker { task, give: give.clone(), tally, batch, has_given: false, goes_over };
            if let Err(Stop::Failed(error)) = walker.run().await {
                // Nobody listens any more if the walk was dropped.
                give.send(Err(error)).await.ok();
            }
        });
        Self { pages, meter, told: Spent::default(), reading }
    }
}

#[async_trait]
impl Walk for NotionWalk {
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        if let Some(given) = self.pages.recv().await {
            let page = given?;
            self.told.requests += page.requests;
            self.told.waits += page.waits;
            return Ok(Some(page));
        }
        match self.reading.join_next().await {
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

/// A page under construction.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    unchanged: Vec<String>,
    gone: Vec<(String, Tombstone)>,
    bytes: usize,
}

/// The far end of a walk.
pub(super) struct Walker {
    pub(super) task: Task,
    give: mpsc::Sender<Result<Page, SourceError>>,
    pub(super) tally: Tally,
    batch: Batch,
    has_given: bool,
    /// Set after a restart until the walk is behind the place where it had stopped: known records may come.
    goes_over: bool,
}

impl Walker {
    /// From the stored place to the end.
    async fn run(&mut self) -> Result<(), Stop> {
        if self.task.place.phase == Phase::Done {
            return Ok(());
        }
        if let Some(named) = self.task.items.take() {
            items::read(self, &named).await?;
        } else {
            let is_new = self.task.place.phase == Phase::Start;
            let keep_bytes = self.task.reader.reach.keep_bytes;
            let wanted =
                Wanted { stretch: self.task.place.stretch(), trash: self.task.is_changes, keep_bytes };
            let site = Arc::clone(&self.task.reader.site);
            let mut listing = Listing::of(&site, wanted, &mut self.tally).await?;
            self.task.reader.schemas = std::mem::take(&mut listing.schemas);
            self.sort_out(&mut listing, is_new).await?;
            self.apart(&mut listing).await?;
            self.pages(&mut listing).await?;
        }
        self.task.place.enter(Phase::Done);
        let has_more = self.batch.records.len() + self.batch.unchanged.len() + self.batch.gone.len() > 0;
        if has_more || !self.has_given || self.tally.so_far() != Spent::default() {
            self.give().await?;
        }
        Ok(())
    }

    /// Leaves out what is held as it is listed, and tells what is gone.
    async fn sort_out(&mut self, listing: &mut Listing, is_new: bool) -> Result<(), Stop> {
        let known = Arc::clone(&self.task.known);
        if is_new {
            for json in std::mem::take(&mut listing.unnamed) {
                let reason = "`id` or `last_edited_time` is missing or none of Notion's".to_owned();
                self.batch.records.push(unread("", json.into_string().into_bytes(), reason));
            }
            let gone = held::still(&*known, std::mem::take(&mut listing.gone)).await?;
            self.batch.gone.extend(gone.into_iter().map(|(id, tombstone)| (id.to_string(), tombstone)));
        }
        if !self.task.is_changes {
            return Ok(());
        }
        for items in [&mut listing.apart, &mut listing.pages] {
            let same = held::same(&*known, items).await?;
            items.retain(|item| !same.contains(&item.id));
            if is_new {
                self.batch.unchanged.extend(same.iter().map(Id::to_string));
            }
        }
        let also: BTreeSet<Id> = self.task.also.iter().filter_map(|id| Id::read(id)).collect();
        for id in also.into_iter().filter(|id| !listing.ids.contains_key(id)) {
            items::by_id(self, id).await?;
        }
        if self.batch.unchanged.len() > MOST_IDS {
            self.task.place.enter(Phase::Apart);
            self.give().await?;
        }
        Ok(())
    }

    /// Data sources, and rows that search does not find.
    async fn apart(&mut self, listing: &mut Listing) -> Result<(), Stop> {
        if self.task.place.phase > Phase::Apart {
            return Ok(());
        }
        self.task.place.enter(Phase::Apart);
        let order = |item: &Item| (std::cmp::Reverse(item.edited_ms.unwrap_or(i64::MAX)), item.id);
        let mut items = std::mem::take(&mut listing.apart);
        items.sort_unstable_by_key(order);
        let place = &self.task.place;
        let (before, mut left): (Vec<Item>, Vec<Item>) =
            items.into_iter().partition(|item| place.is_done(item.edited_ms.unwrap_or(i64::MAX), item.id));
        // Search may have forgotten a row since the place was stored: what is not held was not done.
        let same = held::same(&*Arc::clone(&self.task.known), &before).await?;
        let again = before.into_iter().filter(|item| !same.contains(&item.id));
        let count = left.len();
        left.extend(again);
        self.goes_over |= left.len() > count;
        left.sort_unstable_by_key(order);
        let moments: Vec<i64> = left.iter().map(|item| item.edited_ms.unwrap_or(i64::MAX)).collect();
        for (place, item) in left.into_iter().enumerate() {
            self.one(item, listing, moments.get(place + 1).copied()).await?;
        }
        Ok(())
    }

    /// What search finds. What was kept of the first search is read at once; for the rest it is asked again, a page at a
    /// time, and last for each that it does not find any more.
    async fn pages(&mut self, listing: &mut Listing) -> Result<(), Stop> {
        self.task.place.enter(Phase::Pages);
        let mut left: BTreeSet<(i64, Id)> = BTreeSet::new();
        let mut kept: BTreeMap<(i64, Id), Item> = BTreeMap::new();
        for item in std::mem::take(&mut listing.pages) {
            let key = (item.edited_ms.unwrap_or_default(), item.id);
            if !self.task.place.is_done(key.0, key.1) {
                left.insert(key);
                if item.object.is_some() {
                    kept.insert(key, item);
                }
            }
        }
        let mut again = Lister::new(search(Sought::Pages, false));
        while let Some(&last) = left.last() {
            let (key, item) = if let Some(first) = kept.pop_last() {
                first
            } else if !again.is_over() {
                self.refill(&mut again, listing, &left, &mut kept).await?;
                continue;
            } else {
                (last, Item { id: last.1, edited_ms: Some(last.0), is_page: true, object: None })
            };
            left.remove(&key);
            self.one(item, listing, left.last().map(|(moment, _)| *moment)).await?;
        }
        Ok(())
    }

    async fn refill(
        &mut self,
        again: &mut Lister,
        listing: &Listing,
        left: &BTreeSet<(i64, Id)>,
        kept: &mut BTreeMap<(i64, Id), Item>,
    ) -> Result<(), Stop> {
        let site = Arc::clone(&self.task.reader.site);
        let Some(list) = next(again, Sought::Pages, &site, &mut self.tally).await? else { return Ok(()) };
        let mut oldest = i64::MAX;
        for json in list.results() {
            let Some(Ok(head)) = Object::read(json).map(|object| Head::read(&object)) else { continue };
            oldest = head.edited_ms();
            let key = listing.ids.get(&head.id).map(|moment| (*moment, head.id));
            if let Some(key) = key.filter(|key| left.contains(key)) {
                let object = Some(json.into());
                kept.insert(key, Item { id: head.id, edited_ms: Some(key.0), is_page: true, object });
            }
        }
        if oldest < self.task.place.from_ms {
            again.end();
        }
        Ok(())
    }

    /// Reads a record with whatever stands on it and was not listed.
    async fn one(&mut self, item: Item, listing: &mut Listing, highest: Option<i64>) -> Result<(), Stop> {
        let top = (item.id, item.edited_ms.unwrap_or(i64::MAX));
        let mut stack = vec![item];
        while let Some(item) = stack.pop() {
            let source = (!item.is_page && item.object.is_none()).then_some(item.id);
            let found = self.read(item).await?;
            below::unlisted(self, &found, source, listing, &mut stack).await?;
            if stack.is_empty() {
                self.task.place.finish(top.0, top.1, highest);
            }
            self.task.place.is_within = !stack.is_empty();
            self.give_if_full().await?;
        }
        Ok(())
    }

    /// Reads an item into the page under construction; gives what was found on it.
    pub(super) async fn read(&mut self, item: Item) -> Result<Vec<super::blocks::Found>, Stop> {
        let (from, to) = self.task.place.stretch();
        let id = item.id;
        let belongs = move |moment| (from..to).contains(&moment);
        let outcome = self.task.reader.read(item, belongs, &mut self.tally).await?;
        Ok(self.take(id, outcome))
    }

    /// Takes what came of reading an item into the page under construction.
    pub(super) fn take(&mut self, id: Id, outcome: Outcome) -> Vec<super::blocks::Found> {
        match outcome {
            Outcome::Read { record, found } => {
                self.batch.bytes += record.raw.len();
                self.batch.records.push(*record);
                return found;
            }
            Outcome::Gone(tombstone) => self.batch.gone.push((id.to_string(), tombstone)),
            Outcome::Elsewhere => {}
        }
        Vec::new()
    }

    pub(super) async fn give_if_full(&mut self) -> Result<(), Stop> {
        let is_full = self.batch.records.len() >= MOST_RECORDS || self.batch.bytes >= MOST_BYTES;
        if is_full { self.give().await } else { Ok(()) }
    }

    /// Gives what there is, as soon as there is room.
    async fn give(&mut self) -> Result<(), Stop> {
        let Batch { records, unchanged, gone, .. } = std::mem::take(&mut self.batch);
        let place = &self.task.place;
        let page = Page {
            unchanged,
            gone,
            rewound: self.goes_over,
            ..Page::of(records, place.cursor(), self.tally.take())
        };
        self.has_given = true;
        self.goes_over &= place.is_unclear();
        self.give.send(Ok(page)).await.map_err(|_| Stop::Unwanted)
    }
}

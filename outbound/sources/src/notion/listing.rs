//! Everything that changed in a stretch of time, by search and by every data source's own list: search alone lags and
//! forgets. Of what was found the ids stay, and the objects themselves as long as they are few.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::SourceError;

use super::id::Id;
use super::list::{List, Lister};
use super::read::{Item, left};
use super::record::Head;
use super::refusal::No;
use super::rows::{Rows, Sought, Stretch, check_search, search};
use super::schema::Schema;
use super::site::Site;
use crate::http::Tally;
use crate::object::Object;

/// Objects that cannot be named and are set aside with their reason, and bytes of each.
const MOST_UNNAMED: usize = 50;
const MOST_UNNAMED_BYTES: usize = 64 << 10;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Every data source that is seen, whenever it changed.
    pub(super) schemas: HashMap<Id, Option<Arc<Schema>>>,
    /// The databases that they are parts of.
    pub(super) databases: HashSet<Id>,
    /// Data sources that were found since, and whose rows nobody has asked for.
    pub(super) unasked: HashSet<Id>,
    /// Records found by search, and when each changed.
    pub(super) pages: Vec<Item>,
    /// Data sources, and rows that search did not find.
    pub(super) apart: Vec<Item>,
    /// All of them.
    pub(super) ids: HashMap<Id, i64>,
    /// What is in the trash or archived.
    pub(super) gone: Vec<(Id, Tombstone)>,
    /// What the reader of a report should know.
    pub(super) warnings: Vec<String>,
    /// Requests that a search for the pages takes.
    pub(super) search_requests: u32,
    /// Objects of pages that were found by search and not kept.
    pub(super) dropped: usize,
    /// Objects that cannot be told apart, because their ids are none.
    pub(super) unnamed: Vec<Box<str>>,
    /// Pages of which nothing but the id is told.
    pub(super) partial: usize,
    /// Whether anything at all is shared with the connection.
    pub(super) is_empty: bool,
    /// Bytes of objects that may still be kept.
    room: usize,
}

/// What is listed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) stretch: Stretch,
    /// Whether what was put into the trash is asked for, too.
    pub(super) trash: bool,
    /// Bytes of objects that are kept from their lists, so that they need not be asked for again.
    pub(super) keep_bytes: usize,
}

impl Listing {
    /// Lists a stretch of time.
    pub(super) async fn of(site: &Site, wanted: Wanted, tally: &mut Tally) -> Result<Self, SourceError> {
        let mut listing = Self { is_empty: true, room: wanted.keep_bytes, ..Self::default() };
        let mut others = HashSet::new();
        listing.sources(site, wanted.stretch, tally).await?;
        let before = tally.so_far().requests;
        listing.search(site, wanted.stretch, &mut others, tally).await?;
        listing.search_requests = tally.so_far().requests - before;
        for source in others {
            listing.unlisted_source(site, source, wanted.stretch, tally).await?;
        }
        let mut sources: Vec<Id> =
            listing.schemas.iter().filter(|(_, schema)| schema.is_some()).map(|(id, _)| *id).collect();
        sources.sort_unstable();
        for source in sources {
            listing.rows(site, source, wanted.stretch, tally).await?;
        }
        if wanted.trash {
            listing.trash(site, wanted.stretch, tally).await?;
        }
        Ok(listing)
    }

    /// Every data source: rows of each may have changed, whenever it did itself.
    async fn sources(&mut self, site: &Site, stretch: Stretch, tally: &mut Tally) -> Result<(), SourceError> {
        let mut lister = Lister::new(search(Sought::Sources, false));
        while let Some(list) = next(&mut lister, Sought::Sources, site, tally).await? {
            for json in list.results() {
                self.is_empty = false;
                self.source(json, stretch);
            }
        }
        Ok(())
    }

    fn source(&mut self, json: &str, (from, to): Stretch) {
        let Some(object) = Object::read(json) else { return };
        let Ok(head) = Head::read(&object) else {
            self.note_unnamed(json);
            return;
        };
        if let Some(tombstone) = left(&head) {
            self.gone.push((head.id, tombstone));
            return;
        }
        let schema = Schema::read(&object);
        self.databases.extend(schema.database);
        self.schemas.insert(head.id, Some(Arc::new(schema)));
        if (from..to).contains(&head.edited_ms()) && self.ids.insert(head.id, head.edited_ms()).is_none() {
            let object = self.keep(json);
            let edited_ms = Some(head.edited_ms());
            self.apart.push(Item { id: head.id, edited_ms, is_page: false, object });
        }
    }

    /// Pages, newest change first, until they are older than the stretch.
    async fn search(
        &mut self,
        site: &Site,
        (from, to): Stretch,
        others: &mut HashSet<Id>,
        tally: &mut Tally,
    ) -> Result<(), SourceError> {
        let mut lister = Lister::new(search(Sought::Pages, false));
        let mut last = to - 1;
        while let Some(list) = next(&mut lister, Sought::Pages, site, tally).await? {
            for json in list.results() {
                self.is_empty = false;
                last = self.page(json, (from, to), last, others);
            }
            if last < from {
                break;
            }
        }
        Ok(())
    }

    /// Notes a page that search found; gives when it changed. One that does not say stands among its neighbours.
    fn page(&mut self, json: &str, (from, to): Stretch, last: i64, others: &mut HashSet<Id>) -> i64 {
        let Some(object) = Object::read(json) else { return last };
        let head = Head::read(&object);
        let id = head.as_ref().ok().map(|head| head.id);
        let Some(id) = id.or_else(|| Id::read(&object.id("id")?)) else {
            self.note_unnamed(json);
            return last;
        };
        let edited_ms = head.as_ref().map_or(last, Head::edited_ms);
        if let Ok(head) = &head {
            if let Some(tombstone) = left(head) {
                self.gone.push((id, tombstone));
                return edited_ms;
            }
            others.extend(head.source.filter(|source| !self.schemas.contains_key(source)));
        }
        if (from..to).contains(&edited_ms) && self.ids.insert(id, edited_ms).is_none() {
            self.partial += usize::from(head.is_err());
            let object = if head.is_ok() { self.keep(json) } else { None };
            self.dropped += usize::from(object.is_none());
            self.pages.push(Item { id, edited_ms: Some(edited_ms), is_page: true, object });
        }
        edited_ms
    }

    /// A data source that search did not find, though it found a row of it.
    async fn unlisted_source(
        &mut self,
        site: &Site,
        source: Id,
        stretch: Stretch,
        tally: &mut Tally,
    ) -> Result<(), SourceError> {
        let doing = "read a data source";
        match site.object(doing, &format!("/v1/data_sources/{source}"), tally).await {
            Ok(json) => self.source(&json, stretch),
            Err(No::Fatal(error)) => return Err(error),
            Err(_) => {}
        }
        // Not asked for again, whatever came.
        self.schemas.entry(source).or_insert(None);
        Ok(())
    }

    async fn rows(
        &mut self,
        site: &Site,
        source: Id,
        stretch: Stretch,
        tally: &mut Tally,
    ) -> Result<(), SourceError> {
        let mut rows = Rows::of(source, Some(stretch));
        loop {
            match rows.next(site, tally).await {
                Ok(Some(list)) => list.results().for_each(|json| self.row(json, stretch)),
                Ok(None) => break,
                Err(No::Fatal(error)) => return Err(error),
                Err(No::Missing(said) | No::Restricted(said) | No::DeadCursor(said) | No::Object(said)) => {
                    self.warn(source, &format!("its rows cannot be listed: {said}"));
                    break;
                }
            }
        }
        if rows.is_cut {
            self.warn(
                source,
                "more rows were created in one minute than Notion lists, and the rest is not found",
            );
        }
        Ok(())
    }

    fn warn(&mut self, source: Id, said: &str) {
        let title =
            self.schemas.get(&source).and_then(|schema| schema.as_ref().map(|schema| schema.title.clone()));
        let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| source.to_string());
        self.warnings.push(format!("data source `{title}`: {said}"));
    }

    fn row(&mut self, json: &str, (from, to): Stretch) {
        let Some(object) = Object::read(json) else { return };
        let head = Head::read(&object);
        if let Some(tombstone) = head.as_ref().ok().and_then(left) {
            self.gone.extend(head.ok().map(|head| (head.id, tombstone)));
            return;
        }
        let Some(id) = Id::read(&object.id("id").unwrap_or_default()) else {
            self.note_unnamed(json);
            return;
        };
        // One that does not say when it changed was found by a question for this stretch.
        let edited_ms = head.as_ref().map_or(from, Head::edited_ms);
        if (from..to).contains(&edited_ms) && self.ids.insert(id, edited_ms).is_none() {
            self.partial += usize::from(head.is_err());
            let object = if head.is_ok() { self.keep(json) } else { None };
            self.apart.push(Item { id, edited_ms: Some(edited_ms), is_page: true, object });
        }
    }

    /// Pages that were put into the trash in this stretch of time. What this does not tell, a census does.
    async fn trash(&mut self, site: &Site, (from, _): Stretch, tally: &mut Tally) -> Result<(), SourceError> {
        let mut lister = Lister::new(search(Sought::Pages, true));
        loop {
            let list = match lister.next(site, tally).await {
                Ok(Some(list)) => list,
                Err(No::Fatal(error)) => return Err(error),
                Ok(None) | Err(_) => return Ok(()),
            };
            let heads: Vec<_> =
                list.results().filter_map(|json| Head::read(&Object::read(json)?).ok()).collect();
            let is_older = heads.last().is_some_and(|head| head.edited_ms() < from);
            let recent = heads.into_iter().filter(|head| head.edited_ms() >= from);
            // A vendor that does not know this filter gives what is not in the trash.
            self.gone.extend(recent.filter_map(|head| Some((head.id, left(&head)?))));
            if is_older {
                return Ok(());
            }
        }
    }

    /// A few of them say what is wrong with all.
    fn note_unnamed(&mut self, json: &str) {
        if self.unnamed.len() < MOST_UNNAMED && json.len() <= MOST_UNNAMED_BYTES {
            self.unnamed.push(json.into());
        }
    }

    fn keep(&mut self, json: &str) -> Option<Box<str>> {
        // The newest are kept, and nothing behind the first that does not fit.
        let room = self.room.checked_sub(json.len());
        self.room = room.unwrap_or_default();
        room.map(|_| json.into())
    }
}

/// The next page of a search.
pub(super) async fn next(
    lister: &mut Lister,
    sought: Sought,
    site: &Site,
    tally: &mut Tally,
) -> Result<Option<List>, SourceError> {
    let list = lister.next(site, tally).await.map_err(|no| no.fatal(sought.doing()))?;
    list.iter().try_for_each(|list| check_search(sought, list))?;
    Ok(list)
}

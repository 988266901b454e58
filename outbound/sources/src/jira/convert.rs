//! Turns a page as it came into a page of records, off the threads that talk to the network, and gives it away: in
//! parts, if its issues have more comments than memory should hold, and with the histories that are due behind it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use daybook_core::model::document::{Record, Tombstone, hex};
use daybook_core::ports::source::{Cursor, Known, Page, SourceError};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::awaiting::{Awaiting, Place};
use super::checkpoint::{Behind, Checkpoint};
use super::custom_fields::CustomFields;
use super::history::{Answered, Historian};
use super::items::ItemsPlace;
use super::promise::Promise;
use super::record::{Reading, completed, record, updated, version};
use super::search_page::SearchPage;
use super::site::{FETCH, SEARCH, Site};
use super::walk::{Fetched, Given, Held, Stop};
use super::{Habits, KIND, OVERLAP, further, shape};
use crate::http::Tally;
use crate::object::{Object, mended};

/// Bytes of further comments that end a part. With those of its last issue a part holds 24 MiB of them at most.
const PART_BYTES: usize = 8 << 20;

pub(super) struct Converter {
    site: Arc<Site>,
    give: mpsc::Sender<Given>,
    /// Whom to ask what is held just as it comes; `None`: everything is read anew.
    held_by: Option<Arc<dyn Known>>,
    /// The site's own fields; asked for when the first issue is to be read.
    custom: Option<Arc<CustomFields>>,
    /// `None`: histories are not wanted, or not shown.
    historian: Option<Historian>,
    page_size: usize,
    /// What histories cost.
    tally: Tally,
}

/// An issue that is held just as it came.
struct Unchanged {
    id: String,
    updated_at: Option<DateTime<Utc>>,
}

impl Converter {
    pub(super) fn new(
        site: Arc<Site>,
        give: mpsc::Sender<Given>,
        held_by: Option<Arc<dyn Known>>,
        habits: Habits,
        tally: Tally,
    ) -> Self {
        let historian = habits.history.then(Historian::new);
        Self { site, give, held_by, custom: None, historian, page_size: habits.page_size as usize, tally }
    }

    /// Converts a page, notes in `place` how far down it reaches, and gives it as soon as there is room.
    pub(super) async fn give(&mut self, fetched: Fetched, place: &mut Checkpoint) -> Result<(), Stop> {
        let behind = fetched.page.next.clone().map_or(Behind::End, Behind::Token);
        self.convert(fetched, place, behind).await
    }

    /// The same for an issue that was asked for alone; the search has to begin anew behind it.
    pub(super) async fn give_alone(&mut self, fetched: Fetched, place: &mut Checkpoint) -> Result<(), Stop> {
        self.convert(fetched, place, Behind::Anew).await
    }

    /// Gives a record that could not be fetched.
    pub(super) async fn give_unread(
        &mut self,
        reading: Reading,
        tally: Tally,
        place: &mut Checkpoint,
    ) -> Result<(), Stop> {
        self.deliver(vec![reading], Vec::new(), tally, None, place, Behind::Anew).await
    }

    /// Gives issues that were asked for by name, and what became of those that did not come.
    pub(super) async fn give_items(
        &mut self,
        fetched: Fetched,
        gone: Vec<(String, Tombstone)>,
        place: &mut ItemsPlace,
    ) -> Result<(), Stop> {
        let Fetched { page, mut tally, held } = fetched;
        let mut readings = Vec::new();
        if !page.is_empty() {
            for reading in self.readings(page, &mut tally).await? {
                readings.push(self.complete(reading, &mut tally).await?.0);
            }
        }
        let lacks: Vec<_> = readings.iter().map(|reading| reading.lacks).collect();
        shape::check(FETCH, &lacks)?;
        self.note(&readings, place);
        let page = Page { gone, ..page_of(readings, &mut tally, false, place.cursor()) };
        self.send(page, held).await
    }

    /// The same for records that could not be fetched.
    pub(super) async fn give_unread_items(
        &mut self,
        readings: Vec<Reading>,
        mut tally: Tally,
        place: &mut ItemsPlace,
    ) -> Result<(), Stop> {
        self.note(&readings, place);
        self.send(page_of(readings, &mut tally, false, place.cursor()), None).await
    }

    /// Asks for the histories of those that wait for it, if it is time or nothing else comes.
    pub(super) async fn catch_up(&mut self, place: &mut impl Place, is_over: bool) -> Result<(), Stop> {
        while place.awaiting().is_due(if is_over { usize::MAX / 2 } else { self.page_size }) {
            if self.historian.is_none() {
                *place.awaiting() = Awaiting::default();
                return Ok(());
            }
            let mut tally = self.tally.handed_over();
            let custom = self.custom(&mut tally).await?;
            let Some(historian) = &mut self.historian else { return Ok(()) };
            historian.know_sprint(custom.sprint.first());
            let answered = historian.ask(&self.site, place.awaiting(), &mut tally).await?;
            let changes = match answered {
                Answered::Told(told) => {
                    place.awaiting().go_on(told.next);
                    told.changes
                }
                Answered::Again => {
                    place.awaiting().token = None;
                    self.tally = tally;
                    continue;
                }
                Answered::Hidden => {
                    self.historian = None;
                    *place.awaiting() = Awaiting::default();
                    Vec::new()
                }
            };
            let page = Page::of(Vec::new(), place.cursor(), tally.take());
            self.send(Page { changes, ..page }, None).await?;
        }
        Ok(())
    }

    async fn convert(
        &mut self,
        fetched: Fetched,
        place: &mut Checkpoint,
        behind: Behind,
    ) -> Result<(), Stop> {
        let Fetched { page, mut tally, held } = fetched;
        let (page, unchanged) = self.without_what_is_held(page).await?;
        let readings = if page.is_empty() { Vec::new() } else { self.readings(page, &mut tally).await? };
        self.deliver(readings, unchanged, tally, held, place, behind).await
    }

    async fn readings(&mut self, page: SearchPage, tally: &mut Tally) -> Result<Vec<Reading>, SourceError> {
        let (site, custom) = (Arc::clone(&self.site), self.custom(tally).await?);
        let read = move || page.issues().map(|issue| record(issue, &[], &site.human_url, &custom)).collect();
        blocking(read).await
    }

    async fn custom(&mut self, tally: &mut Tally) -> Result<Arc<CustomFields>, SourceError> {
        if let Some(custom) = &self.custom {
            return Ok(Arc::clone(custom));
        }
        let custom = Arc::new(CustomFields::ask(&self.site, tally).await?);
        self.custom = Some(Arc::clone(&custom));
        Ok(custom)
    }

    /// Takes the issues out of a page that are held just as they came.
    async fn without_what_is_held(
        &self,
        page: SearchPage,
    ) -> Result<(SearchPage, Vec<Unchanged>), SourceError> {
        let Some(known) = self.held_by.as_ref().filter(|_| !page.is_empty()) else {
            return Ok((page, Vec::new()));
        };
        let (page, marks) = blocking(move || {
            let marks: Vec<Option<Mark>> = page.issues().map(Mark::of).collect();
            (page, marks)
        })
        .await?;
        let ids: Vec<&str> = marks.iter().flatten().map(|mark| mark.id.as_str()).collect();
        let held = known.held(&ids).await;
        let held = held.map_err(|source| SourceError::Store { source_kind: KIND, doing: SEARCH, source })?;
        let is_held = |mark: &Mark| held.get(&mark.id).is_some_and(|held| held.version == mark.version);
        let same: HashMap<usize, Mark> = marks
            .into_iter()
            .enumerate()
            .filter_map(|(place, mark)| {
                Some((place, mark.filter(|mark| mark.version.is_some() && is_held(mark))?))
            })
            .collect();
        let places: HashSet<usize> = same.keys().copied().collect();
        let unchanged = same.into_values().map(|mark| Unchanged { id: mark.id, updated_at: mark.updated_at });
        Ok((page.without(&places), unchanged.collect()))
    }

    async fn deliver(
        &mut self,
        readings: Vec<Reading>,
        unchanged: Vec<Unchanged>,
        mut tally: Tally,
        held: Option<Held>,
        place: &mut Checkpoint,
        behind: Behind,
    ) -> Result<(), Stop> {
        let promise = Promise::of(place);
        let lacks: Vec<_> = readings.iter().map(|reading| reading.lacks).collect();
        shape::check(SEARCH, &lacks)?;
        promise.check(&readings)?;
        let (mut part, mut bytes) = (Vec::new(), 0);
        for reading in readings {
            // The part before is complete; this issue begins the next one.
            if bytes > PART_BYTES {
                let rewound = lower(place, moments(&part));
                self.note(&part, place);
                let outside = promise.outside(&part);
                let page = page_of(std::mem::take(&mut part), &mut tally, rewound, place.within());
                self.send(Page { outside, ..page }, None).await?;
                // Nothing more is read until it was taken.
                let slots = self.give.reserve_many(self.give.max_capacity()).await;
                slots.map_err(|_| Stop::Unwanted)?;
                bytes = 0;
            }
            let (reading, further) = self.complete(reading, &mut tally).await?;
            bytes += further;
            part.push(reading);
        }
        let rewound = lower(place, moments(&part).chain(unchanged.iter().filter_map(|one| one.updated_at)));
        self.note(&part, place);
        self.note_unfinished(&unchanged, place);
        place.go_behind(behind);
        let outside = promise.outside(&part);
        let unchanged = unchanged.into_iter().map(|one| one.id).collect();
        let page = page_of(part, &mut tally, rewound, place.cursor());
        self.send(Page { outside, unchanged, ..page }, held).await?;
        self.catch_up(place, place.done).await
    }

    /// Notes whose history has to be asked for.
    fn note(&self, readings: &[Reading], place: &mut impl Place) {
        if self.historian.is_some() {
            for reading in readings {
                place.awaiting().add(&reading.record.external_id);
            }
        }
    }

    /// What a sync that was confirmed has read has its history too. What is held and changed later was read by one that
    /// was not finished: perhaps its history never came.
    fn note_unfinished(&self, unchanged: &[Unchanged], place: &mut Checkpoint) {
        let overlap_ms = i64::try_from(OVERLAP.as_millis()).unwrap_or(i64::MAX);
        let confirmed_ms = place.from_ms.saturating_add(overlap_ms);
        let is_later = |at: DateTime<Utc>| at.timestamp_millis() >= confirmed_ms;
        for issue in unchanged.iter().filter(|_| self.historian.is_some()) {
            if issue.updated_at.is_some_and(is_later) {
                place.awaiting().add(&issue.id);
            }
        }
    }

    async fn send(&self, page: Page, held: Option<Held>) -> Result<(), Stop> {
        self.give.send(Ok((page, held))).await.map_err(|_| Stop::Unwanted)
    }

    /// Reads an issue again whose comments did not all fit into the page; also gives how many bytes of them came.
    async fn complete(
        &mut self,
        mut reading: Reading,
        tally: &mut Tally,
    ) -> Result<(Reading, usize), SourceError> {
        let Some(cut) = reading.cut.take() else { return Ok((reading, 0)) };
        let further = further::comments(&self.site, &cut, tally).await?;
        let bytes = further.bytes;
        let (raw, site, custom) = (reading.record.raw, Arc::clone(&self.site), self.custom(tally).await?);
        let reading =
            blocking(move || completed(&String::from_utf8_lossy(&raw), &further, &site.human_url, &custom));
        Ok((reading.await?, bytes))
    }
}

/// What tells whether an issue is held as it came.
struct Mark {
    id: String,
    updated_at: Option<DateTime<Utc>>,
    version: Option<String>,
}

impl Mark {
    fn of(issue: &str) -> Option<Self> {
        let digest = hex(&Sha256::digest(issue.as_bytes()));
        let json = mended(issue);
        let object = Object::read(&json)?;
        let fields = object.object("fields");
        let updated_at = fields.as_ref().and_then(updated);
        let version = version(fields.as_ref(), updated_at, &digest);
        Some(Self { id: object.id("id")?.into_owned(), updated_at, version })
    }
}

fn page_of(part: Vec<Reading>, tally: &mut Tally, rewound: bool, cursor: Cursor) -> Page {
    let spent = tally.take();
    let (hidden, unread) = part.iter().fold((0, 0), |(hidden, unread), reading| {
        (hidden + reading.hidden_comments, unread + reading.unread_comments)
    });
    let records: Vec<Record> = part.into_iter().map(|reading| reading.record).collect();
    Page { rewound, hidden_comments: hidden, unread_comments: unread, ..Page::of(records, cursor, spent) }
}

fn moments(readings: &[Reading]) -> impl Iterator<Item = DateTime<Utc>> {
    readings.iter().filter_map(|reading| reading.updated_at)
}

/// Notes how far down the records reach; gives whether known ones may be among them. Moments outside the search are a
/// vendor's mistake; going on from one would leave out what lies between.
fn lower(place: &mut Checkpoint, moments: impl Iterator<Item = DateTime<Utc>>) -> bool {
    let rewound = place.rewound_at_ms.is_some();
    let searched = place.from_ms..place.to_ms;
    let moments = moments.map(|moment| moment.timestamp_millis());
    let Some(low_ms) = moments.filter(|moment| searched.contains(moment)).min() else { return rewound };
    place.low_ms = Some(place.low_ms.map_or(low_ms, |low| low.min(low_ms)));
    if place.rewound_at_ms.is_some_and(|rewound_at| low_ms < rewound_at) {
        place.rewound_at_ms = None;
    }
    rewound
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SourceError> {
    spawn_blocking(work).await.map_err(|error| SourceError::Broken {
        source_kind: KIND,
        doing: "convert a page",
        said: format!("the conversion ended early: {error}"),
    })
}

//! Turns a page as it came into a page of records, off the threads that talk to the network, and gives it away: in
//! parts, if its issues have more comments than memory should hold.

use std::sync::Arc;

use daybook_core::ports::source::{Cursor, Page, SourceError};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::checkpoint::{Behind, Checkpoint};
use super::promise::Promise;
use super::record::{Reading, completed, record};
use super::search_page::SearchPage;
use super::site::Site;
use super::walk::{Fetched, Given, Held, Stop};
use super::{KIND, further};
use crate::http::Tally;

/// Bytes of further comments that end a part. With those of its last issue a part holds 24 MiB of them at most.
const PART_BYTES: usize = 8 << 20;

pub(super) struct Converter {
    site: Arc<Site>,
    give: mpsc::Sender<Given>,
}

impl Converter {
    pub(super) fn new(site: Arc<Site>, give: mpsc::Sender<Given>) -> Self {
        Self { site, give }
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
        self.deliver(vec![reading], tally, None, place, Behind::Anew).await
    }

    async fn convert(
        &mut self,
        fetched: Fetched,
        place: &mut Checkpoint,
        behind: Behind,
    ) -> Result<(), Stop> {
        let Fetched { page, tally, held } = fetched;
        let site = Arc::clone(&self.site);
        let readings = blocking(move || readings(&page, &site.human_url)).await?;
        self.deliver(readings, tally, held, place, behind).await
    }

    async fn deliver(
        &mut self,
        readings: Vec<Reading>,
        mut tally: Tally,
        held: Option<Held>,
        place: &mut Checkpoint,
        behind: Behind,
    ) -> Result<(), Stop> {
        let promise = Promise::of(place);
        promise.check(&readings)?;
        let (mut part, mut bytes) = (Vec::new(), 0);
        for reading in readings {
            // The part before is complete; this issue begins the next one.
            if bytes > PART_BYTES {
                let rewound = lower(place, &part);
                let page = page(std::mem::take(&mut part), &mut tally, &promise, rewound, place.within());
                self.send(page, None).await?;
                // Nothing more is read until it was taken.
                let slots = self.give.reserve_many(self.give.max_capacity()).await;
                slots.map_err(|_| Stop::Unwanted)?;
                bytes = 0;
            }
            let (reading, further) = self.complete(reading, &mut tally).await?;
            bytes += further;
            part.push(reading);
        }
        let rewound = lower(place, &part);
        place.go_behind(behind);
        self.send(page(part, &mut tally, &promise, rewound, place.cursor()), held).await
    }

    async fn send(&self, page: Page, held: Option<Held>) -> Result<(), Stop> {
        self.give.send(Ok((page, held))).await.map_err(|_| Stop::Unwanted)
    }

    /// Reads an issue again whose comments did not all fit into the page; also gives how many bytes of them came.
    async fn complete(&self, mut reading: Reading, tally: &mut Tally) -> Result<(Reading, usize), Stop> {
        let Some(cut) = reading.cut.take() else { return Ok((reading, 0)) };
        let further = further::comments(&self.site, &cut, tally).await?;
        let bytes = further.bytes;
        let (raw, site) = (reading.record.raw, Arc::clone(&self.site));
        let reading = blocking(move || completed(&String::from_utf8_lossy(&raw), &further, &site.human_url));
        Ok((reading.await?, bytes))
    }
}

fn readings(page: &SearchPage, site_url: &str) -> Vec<Reading> {
    page.issues().map(|issue| record(issue, &[], site_url)).collect()
}

fn page(part: Vec<Reading>, tally: &mut Tally, promise: &Promise, rewound: bool, cursor: Cursor) -> Page {
    let spent = tally.take();
    Page {
        rewound,
        hidden_comments: part.iter().map(|reading| reading.hidden_comments).sum(),
        unread_comments: part.iter().map(|reading| reading.unread_comments).sum(),
        outside: part.iter().filter(|reading| !promise.is_kept_by(reading)).count() as u64,
        ..Page::of(part.into_iter().map(|reading| reading.record).collect(), cursor, spent)
    }
}

/// Notes how far down the records reach; gives whether known ones may be among them. Moments outside the search are a
/// vendor's mistake; going on from one would leave out what lies between.
fn lower(place: &mut Checkpoint, readings: &[Reading]) -> bool {
    let rewound = place.rewound_at_ms.is_some();
    let searched = place.from_ms..place.to_ms;
    let moments = readings.iter().filter_map(|reading| Some(reading.updated_at?.timestamp_millis()));
    let Some(low_ms) = moments.filter(|moment| searched.contains(moment)).min() else { return rewound };
    place.low_ms = Some(place.low_ms.map_or(low_ms, |low| low.min(low_ms)));
    if place.rewound_at_ms.is_some_and(|rewound_at| low_ms < rewound_at) {
        place.rewound_at_ms = None;
    }
    rewound
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SourceError> {
    spawn_blocking(work).await.map_err(|error| SourceError::Broken {
        source_kind: KIND,
        doing: "convert a page",
        said: format!("the conversion ended early: {error}"),
    })
}

//! Turns a page as it came into a page of records, off the threads that talk to the network, and gives it away.

use std::sync::Arc;

use daybook_core::ports::source::{Page, SourceError};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::checkpoint::Checkpoint;
use super::record::{Reading, record};
use super::search_page::SearchPage;
use super::site::Site;
use super::walk::{Fetched, Stop};
use super::{KIND, further};
use crate::http::Tally;

pub(super) struct Converter {
    site: Arc<Site>,
    give: mpsc::Sender<Result<Page, SourceError>>,
}

impl Converter {
    pub(super) fn new(site: Arc<Site>, give: mpsc::Sender<Result<Page, SourceError>>) -> Self {
        Self { site, give }
    }

    /// Converts a page, notes in `place` how far down it reaches, and gives it as soon as there is room.
    pub(super) async fn give(&mut self, fetched: Fetched, place: &mut Checkpoint) -> Result<(), Stop> {
        let Fetched { mut page, mut tally } = fetched;
        let next = page.next.take();
        let site = Arc::clone(&self.site);
        let mut readings = blocking(move || readings(&page, &site.human_url)).await?;
        self.complete(&mut readings, &mut tally).await?;
        let rewound = place.rewound_at_ms.is_some();
        lower(place, &readings);
        let page = Page {
            cursor: place.cursor(next.as_deref()),
            requests: tally.requests,
            waits: tally.waits,
            rewound,
            hidden_comments: readings.iter().map(|reading| reading.hidden_comments).sum(),
            records: readings.into_iter().map(|reading| reading.record).collect(),
        };
        self.give.send(Ok(page)).await.map_err(|_| Stop::Unwanted)
    }

    /// Reads those issues again whose comments did not all fit into the page.
    async fn complete(&self, readings: &mut [Reading], tally: &mut Tally) -> Result<(), Stop> {
        for reading in readings {
            let Some(cut) = reading.cut.take() else { continue };
            let comments = further::comments(&self.site, &cut, tally).await?;
            if comments.is_empty() {
                continue;
            }
            let raw = std::mem::take(&mut reading.record.raw);
            let site = Arc::clone(&self.site);
            *reading = blocking(move || {
                let raw = String::from_utf8_lossy(&raw);
                record(&raw, &comments, &site.human_url)
            })
            .await?;
            reading.cut = None;
        }
        Ok(())
    }
}

fn readings(page: &SearchPage, site_url: &str) -> Vec<Reading> {
    page.issues().map(|issue| record(issue, &[], site_url)).collect()
}

/// Moments outside the search are a vendor's mistake; going on from one would leave out what lies between.
fn lower(place: &mut Checkpoint, readings: &[Reading]) {
    let searched = place.from_ms..place.to_ms;
    let moments = readings.iter().filter_map(|reading| Some(reading.updated_at?.timestamp_millis()));
    let Some(low_ms) = moments.filter(|moment| searched.contains(moment)).min() else { return };
    place.low_ms = Some(place.low_ms.map_or(low_ms, |low| low.min(low_ms)));
    if place.rewound_at_ms.is_some_and(|rewound_at| low_ms < rewound_at) {
        place.rewound_at_ms = None;
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SourceError> {
    spawn_blocking(work).await.map_err(|error| SourceError::Broken {
        source_kind: KIND,
        doing: "convert a page",
        said: format!("the conversion ended early: {error}"),
    })
}

//! The worklogs of a window, by stretches of days, the newest stretch first and within a stretch by id.

use daybook_core::ports::source::{Page, SourceError};

use super::checkpoint::{History, Place};
use super::listing::{Order, Step};
use super::record::oversized;
use super::shape;
use super::site::{Question, unasked};
use super::walk::Reader;
use crate::http::Failed;
use crate::page_size::PageSize;

impl Reader {
    /// The next page of a window's worklogs.
    pub(super) async fn history(&mut self, place: &mut History) -> Result<Option<Page>, SourceError> {
        let Some(stretch) = &mut place.stretch else { return Ok(None) };
        let days = [("from", stretch.first.to_string()), ("to", stretch.last.to_string())];
        let question = Question::worklogs(&days, &[("ID", "ASC")]);
        let doing = question.doing;
        loop {
            let asked = self.site.page(&question, stretch.listing.offset(), &mut self.size, &mut self.tally);
            let page = match asked.await {
                Ok(page) => page,
                // A page of a single worklog is too large.
                Err(Failed::TooLarge(said)) => return Ok(Some(self.left_out(place, &said))),
                Err(failed) => return Err(unasked(&question, failed)),
            };
            let outline = page.outline;
            let mut readings = self.readings(doing, page).await?;
            shape::check_days(doing, (stretch.first, stretch.last), &readings)?;
            let ids: Vec<Option<u64>> = readings.iter().map(|reading| reading.id).collect();
            let (rows, ended) = match stretch.listing.take(doing, Order::Ascending, &ids, outline)? {
                Step::Again => continue,
                Step::New { rows, ended } => (rows, ended),
            };
            let new = readings.split_off(readings.len() - rows.len());
            let outside = new
                .iter()
                .filter(|reading| !shape::is_within((stretch.first, stretch.last), reading))
                .count() as u64;
            if ended {
                place.go_on(self.page_size);
            }
            let records = new.into_iter().map(|reading| reading.record).collect();
            let cursor = Place::History(place.clone()).cursor();
            return Ok(Some(Page { outside, ..Page::of(records, cursor, self.tally.take()) }));
        }
    }

    /// A page that says that a worklog was too large to be read.
    fn left_out(&mut self, place: &mut History, said: &str) -> Page {
        let mut records = Vec::new();
        if let Some(stretch) = &mut place.stretch {
            let before = stretch.listing.edge().map_or_else(
                || format!("the first of {} to {}", stretch.first, stretch.last),
                |id| format!("the one after {id}"),
            );
            records.push(oversized(
                format!("oversized:{}:{}", stretch.first, stretch.listing.offset()),
                format!("a worklog ({before}, by id) was not read: {said}"),
            ));
            stretch.listing.step_over();
        }
        self.size = PageSize::new(self.page_size);
        Page::of(records, Place::History(place.clone()).cursor(), self.tally.take())
    }
}

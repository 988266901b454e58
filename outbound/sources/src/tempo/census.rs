//! A census: the ids of all worklogs from a day on, by the plain list and not by the search that walks use.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::ports::source::{Census, CensusPage, Cursor, Listed, SourceError, Spent};

use super::checkpoint::{self, Place};
use super::listing::{Order, Step};
use super::record::{Reading, reading};
use super::references::References;
use super::shape;
use super::site::{LARGEST_PAGE, Question, Site, unasked};
use crate::http::{Failed, Tally};
use crate::page_size::PageSize;

/// Where a larger page is refused: this many were always given.
const USUAL_PAGE: u32 = 1_000;

pub(super) struct TempoCensus {
    site: Arc<Site>,
    place: checkpoint::Census,
    size: PageSize,
    most: u32,
    tally: Tally,
}

impl TempoCensus {
    pub(super) fn begin(
        site: Arc<Site>,
        from: DateTime<Utc>,
        after: Option<&Cursor>,
    ) -> Result<Self, SourceError> {
        let place = Place::census(from, after)?;
        let most = LARGEST_PAGE;
        Ok(Self { site, place, size: PageSize::new(most), most, tally: Tally::default() })
    }
}

#[async_trait]
impl Census for TempoCensus {
    async fn next_page(&mut self) -> Result<Option<CensusPage>, SourceError> {
        if self.place.done {
            return Ok(None);
        }
        let days = [("from", self.place.first), ("to", self.place.last)];
        let mut query: Vec<(&'static str, String)> = days.map(|(name, day)| (name, day.to_string())).into();
        // This list's own order of ids begins with the greatest.
        query.push(("orderBy", "ID".to_owned()));
        let question = Question::list("list all worklogs", "/4/worklogs", query);
        loop {
            let offset = self.place.listing.offset();
            let page = match self.site.page(&question, offset, &mut self.size, &mut self.tally).await {
                Ok(page) => page,
                Err(Failed::Rejected(rejection)) if rejection.status == 400 && self.most > USUAL_PAGE => {
                    self.most = USUAL_PAGE;
                    self.size = PageSize::new(USUAL_PAGE);
                    continue;
                }
                // It is not listed; whoever misses it asks for it by its id, and it is there.
                Err(Failed::TooLarge(_)) => {
                    self.place.listing.step_over();
                    self.size = PageSize::new(self.most);
                    continue;
                }
                Err(failed) => return Err(unasked(&question, failed)),
            };
            let outline = page.outline;
            let references = References::default();
            let readings: Vec<Reading> = page.rows().map(|row| reading(row, &references)).collect();
            let days = (self.place.first, self.place.last);
            shape::check_days(question.doing, days, &readings)?;
            shape::check(question.doing, &readings, self.site.client.answered_at())?;
            let ids: Vec<Option<u64>> = readings.iter().map(|reading| reading.id).collect();
            let mut listing = self.place.listing.clone();
            let step = listing.take(question.doing, Order::Descending, &ids, outline)?;
            self.place.listing = listing;
            let Step::New { rows, ended } = step else { continue };
            self.place.done = ended;
            let comparable = |reading: &&Reading| reading.id.is_some() && shape::is_within(days, reading);
            let new = rows.iter().filter_map(|row| readings.get(*row)).filter(comparable);
            let listed = new.map(|reading| Listed {
                external_id: reading.record.external_id.clone(),
                project: None,
                day: reading.day,
                version: reading.record.version.clone(),
            });
            let listed = listed.collect();
            let cursor = Place::Census(self.place.clone()).cursor();
            return Ok(Some(CensusPage { listed, projects: Vec::new(), cursor, spent: self.tally.take() }));
        }
    }

    fn spent(&self) -> Spent {
        self.tally.so_far()
    }
}

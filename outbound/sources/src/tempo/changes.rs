//! What was written or edited in a window, whatever day it is for, in the order of the changes. Offsets into that order
//! are not stable: a worklog that is edited moves to its end. So each page begins again at the moment that the page
//! before reached, and what came already is left out by its id.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::document::Record;
use daybook_core::ports::source::{HeldRecord, Page, SourceError};

use super::KIND;
use super::checkpoint::{Changes, Part, Place, Written, whole_second};
use super::list_page::Outline;
use super::listing::EMPTY_PAGES;
use super::record::{Reading, oversized, reading};
use super::references::References;
use super::site::{Question, unasked, written};
use super::walk::Reader;
use crate::http::Failed;
use crate::page_size::PageSize;

/// Changes within one second that are told apart by their ids.
const MOST_MET: usize = 20_000;
/// Stands for a worklog whose number is not known.
const NOBODY: u64 = u64::MAX;
/// Our clock and the vendor's may differ by so much. A state that was fetched later than this after its change was made
/// cannot have changed once more within the same second, which is all that Tempo's times tell.
const SETTLED: TimeDelta = TimeDelta::seconds(60);

/// Worklogs that changed from a moment on.
pub(super) fn question(since: DateTime<Utc>) -> Question {
    Question::worklogs(&[("updatedFrom", written(since))], &[("UPDATED", "ASC"), ("ID", "ASC")])
}

impl Reader {
    /// The next page of what was written or edited.
    pub(super) async fn written(&mut self, place: &mut Changes) -> Result<Page, SourceError> {
        let (from, to) = (place.from, place.to);
        let Part::Written(part) = &mut place.part else { return Ok(self.page_to(place)) };
        let question = question(part.since);
        let (readings, outline) = loop {
            let mut one = PageSize::new(1);
            let size = if part.alone { &mut one } else { &mut self.size };
            let offset = part.offset(size.now());
            let page = match self.site.page(&question, offset, size, &mut self.tally).await {
                Ok(page) => page,
                Err(Failed::TooLarge(_)) if offset < part.met.len() as u64 => {
                    part.alone = true;
                    continue;
                }
                Err(Failed::TooLarge(said)) => return Ok(self.left_out_change(place, &said)),
                Err(failed) => return Err(unasked(&question, failed)),
            };
            let outline = page.outline;
            let readings = self.read_with(question.doing, page, Arc::default()).await?;
            check_filter(question.doing, part.since, &readings)?;
            if part.go_behind(question.doing, &readings, outline)? {
                break (readings, outline);
            }
        };
        let is_in_time = |reading: &Reading| reading.updated.is_none_or(|updated| updated < to);
        let is_over = outline.is_last() || !readings.iter().all(is_in_time);
        let new = part.take(readings);
        if is_over {
            place.part = Part::Deleted { token: None, pages: 0 };
        }
        let new: Vec<Reading> = new.into_iter().filter(is_in_time).collect();
        let began = whole_second(from);
        let outside = new.iter().filter(|reading| reading.updated.is_some_and(|updated| updated < began));
        let outside = outside.count() as u64;
        let (unchanged, records) = self.split(new).await?;
        Ok(Page { records, unchanged, outside, ..self.page_to(place) })
    }

    /// An empty page that leads to a place.
    pub(super) fn page_to(&mut self, place: &Changes) -> Page {
        Page::of(Vec::new(), Place::Changes(place.clone()).cursor(), self.tally.take())
    }

    fn left_out_change(&mut self, place: &mut Changes, said: &str) -> Page {
        let mut records = Vec::new();
        if let Part::Written(part) = &mut place.part {
            records.push(oversized(
                format!("oversized:{}:{}", part.since.timestamp(), part.met.len()),
                format!("a worklog that changed from {} on was not read: {said}", part.since),
            ));
            part.met.push(NOBODY);
            part.alone = true;
        }
        self.size = PageSize::new(self.page_size);
        Page { records, ..self.page_to(place) }
    }

    /// What is held just so, by id, and the records of the rest, with what their ids stand for.
    async fn split(&mut self, readings: Vec<Reading>) -> Result<(Vec<String>, Vec<Record>), SourceError> {
        let ids: Vec<&str> = readings.iter().map(|reading| reading.record.external_id.as_str()).collect();
        let held = self.held(&ids).await?;
        let is_held = |reading: &Reading| {
            held.get(&reading.record.external_id).is_some_and(|held| is_as_held(reading, held))
        };
        let (same, other): (Vec<_>, Vec<_>) = readings.into_iter().partition(is_held);
        let unchanged = same.into_iter().map(|reading| reading.record.external_id).collect();
        if other.is_empty() {
            return Ok((unchanged, Vec::new()));
        }
        let references: Arc<References> = self.references().await?;
        let named = |one: &Reading| {
            let raw = std::str::from_utf8(&one.record.raw).ok()?;
            Some(reading(raw, &references).record)
        };
        // The bytes were text a moment ago.
        Ok((unchanged, other.iter().filter_map(named).collect()))
    }
}

impl Written {
    /// The row to ask for first. A little of what came already is read again: so much may have moved away unnoticed.
    fn offset(&self, page_size: u32) -> u64 {
        let again = if page_size > 1 { (page_size / 20).max(1) } else { 0 };
        (self.met.len() as u64).saturating_sub(u64::from(again)).saturating_sub(self.back)
    }

    /// Whether a page can be used: the list has not shifted by more than was read again. If so, a page of nothing new
    /// must be the last.
    fn go_behind(
        &mut self,
        doing: &'static str,
        readings: &[Reading],
        outline: Outline,
    ) -> Result<bool, SourceError> {
        let broken = |said: String| SourceError::Broken { source_kind: KIND, doing, said };
        self.empty = if outline.rows == 0 && outline.promises_more { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            return Err(broken(format!("{} pages in a row held nothing and promised more", self.empty)));
        }
        let met: HashSet<u64> = self.met.iter().copied().collect();
        let is_known = |reading: &Reading| reading.id.is_some_and(|id| met.contains(&id));
        if outline.offset > 0 && !self.alone && !readings.first().is_some_and(is_known) {
            self.back += outline.limit.div_ceil(2);
            return Ok(false);
        }
        let is_stuck = !outline.is_last() && outline.rows > 0 && readings.iter().all(is_known);
        if is_stuck && (outline.limit > 1 || self.alone) {
            return Err(broken(format!(
                "pages repeat: the {} worklogs that changed from {} on came before, and it promises more",
                outline.rows, self.since
            )));
        }
        if is_stuck {
            self.alone = true;
            return Ok(false);
        }
        if self.met.len() > MOST_MET {
            let since = self.since;
            return Err(broken(format!(
                "more than {MOST_MET} worklogs changed in the second from {since} on"
            )));
        }
        Ok(true)
    }

    /// Takes what is new on a page, and goes on from its last moment.
    fn take(&mut self, readings: Vec<Reading>) -> Vec<Reading> {
        let met: HashSet<u64> = self.met.iter().copied().collect();
        let reached = readings.iter().filter_map(|reading| reading.updated).map(whole_second).max();
        let reached = reached.unwrap_or(self.since).max(self.since);
        self.back = 0;
        if reached > self.since {
            (self.since, self.alone) = (reached, false);
            self.met.clear();
        }
        let is_at = |reading: &&Reading| reading.updated.is_none_or(|updated| updated >= reached);
        let at = readings.iter().filter(is_at).map(|reading| reading.id.unwrap_or(NOBODY));
        let at: Vec<u64> = at.filter(|id| *id == NOBODY || !self.met.contains(id)).collect();
        self.met.extend(at);
        readings.into_iter().filter(|reading| !reading.id.is_some_and(|id| met.contains(&id))).collect()
    }
}

/// Whether a worklog is as it is held.
fn is_as_held(reading: &Reading, held: &HeldRecord) -> bool {
    let settled = reading.updated.is_some_and(|updated| held.fetched_at - updated > SETTLED);
    settled && held.version.is_some() && held.version == reading.record.version
}

/// A page of older changes, or in another order, is one of a vendor that did not do what it was asked for.
fn check_filter(doing: &'static str, since: DateTime<Utc>, readings: &[Reading]) -> Result<(), SourceError> {
    let broken = |said: String| SourceError::Broken { source_kind: KIND, doing, said };
    let moments: Vec<_> = readings.iter().filter_map(|reading| reading.updated).collect();
    let older = moments.iter().filter(|moment| **moment < since).count();
    if older > 1 && older * 2 > readings.len() {
        return Err(broken(format!(
            "it was asked for worklogs that changed from {since} on, and {older} of the {} that came are older",
            readings.len()
        )));
    }
    let disordered = moments.windows(2).find(|pair| pair[0] > pair[1]);
    if let Some([before, after]) = disordered {
        return Err(broken(format!(
            "it was asked for worklogs in the order of their changes, and one of {after} came after one of {before}"
        )));
    }
    Ok(())
}

//! Where a list is being read. The vendor pages by offset, and what was there a moment ago may be gone: so each page
//! begins with the last meeting of the page before, and if that one is missing, the list is read again from further
//! ahead. A list that grows long is continued as a new one that ends where the old one was left.

use chrono::{DateTime, SecondsFormat};
use daybook_core::ports::source::SourceError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::KIND;

/// Rows that the vendor gives at once.
pub(super) const MOST: u32 = 50;
/// An offset beyond this is avoided: how large one may be is not published.
pub(super) const FAR: u32 = 500;
/// The ids at the end of a page that are looked for in the next one.
const TAIL: usize = 3;
/// Steps back, and returns to the beginning, before a list counts as one that does not hold still.
const STEPS: u32 = 3;
const RETURNS: u32 = 3;
/// Full pages in a row that may bring nothing new.
const STALE: u32 = 10;

/// A row of a list, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: Option<String>,
    /// When its meeting began, in milliseconds.
    pub(super) at_ms: Option<i64>,
}

/// A place in the list of the meetings that began in a span of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) from_ms: i64,
    /// The first moment after the span; `None`: it has no end.
    pub(super) to_ms: Option<i64>,
    /// Rows that lie behind.
    pub(super) read: u32,
    /// The last of them.
    tail: Vec<String>,
    /// The earliest beginning so far.
    low_ms: Option<i64>,
    /// A later meeting came after an earlier one: the order cannot be relied upon.
    is_unsorted: bool,
    steps: u32,
    returns: u32,
    stale: u32,
    /// The list was begun anew and what was read may come again.
    pub(super) is_again: bool,
    pub(super) is_done: bool,
}

/// What a page brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Its rows that had not come yet, by their number.
    pub(super) fresh: Vec<usize>,
    /// The number of the first row of the page in the whole list.
    pub(super) first: u32,
}

impl Place {
    pub(super) fn new(from_ms: i64, to_ms: Option<i64>) -> Self {
        Self {
            from_ms,
            to_ms,
            read: 0,
            tail: Vec::new(),
            low_ms: None,
            is_unsorted: false,
            steps: 0,
            returns: 0,
            stale: 0,
            is_again: false,
            is_done: false,
        }
    }

    /// The same list from a row on.
    pub(super) fn at(&self, row: u32) -> Self {
        Self { read: row + u32::from(row > 0), ..self.clone() }
    }

    /// How many rows to ask for, so that so many are new.
    pub(super) fn limit(&self, size: u32) -> u32 {
        (size + u32::from(self.read > 0)).clamp(1, MOST)
    }

    pub(super) fn skip(&self) -> u32 {
        self.read.saturating_sub(1)
    }

    /// What a question for a page says.
    pub(super) fn variables(&self, skip: u32, limit: u32) -> Value {
        let mut variables = Map::new();
        variables.insert("from".to_owned(), iso(self.from_ms).into());
        if let Some(to_ms) = self.to_ms {
            variables.insert("to".to_owned(), iso(to_ms).into());
        }
        variables.insert("limit".to_owned(), limit.into());
        variables.insert("skip".to_owned(), skip.into());
        Value::Object(variables)
    }

    /// Moves behind a page that was asked for with this limit.
    pub(super) fn take(
        &mut self,
        rows: &[Row],
        limit: u32,
        doing: &'static str,
    ) -> Result<Taken, SourceError> {
        let came = u32::try_from(rows.len()).unwrap_or(MOST);
        if came > limit.max(MOST) {
            return Err(broken(doing, format!("it was asked for {limit} meetings and gave {came}")));
        }
        let first = self.skip();
        let is_known = |row: &Row| row.id.as_ref().is_some_and(|id| self.tail.contains(id));
        let fresh: Vec<usize> = match (self.read, rows.iter().rposition(is_known)) {
            // The first page of a list that continues another: those of one moment come in any order.
            (0, _) => (0..rows.len()).filter(|place| !is_known(&rows[*place])).collect(),
            (_, Some(last)) => (last + 1..rows.len()).collect(),
            (_, None) => {
                self.step_back(limit, doing)?;
                return Ok(Taken { fresh: Vec::new(), first });
            }
        };
        self.steps = 0;
        let is_full = came >= limit;
        self.stale = if fresh.is_empty() && is_full { self.stale + 1 } else { 0 };
        if self.stale > STALE || (self.stale > 0 && self.read > 0 && self.ends_alike(rows)) {
            let said = "pages repeat: a full page brought no meeting that had not come before".to_owned();
            return Err(broken(doing, said));
        }
        self.note(rows, &fresh);
        self.read = first + came;
        self.is_done = !is_full;
        self.continue_elsewhere(rows);
        Ok(Taken { fresh, first })
    }

    /// A page whose last row is the last of the page before says that the offset had no effect.
    fn ends_alike(&self, rows: &[Row]) -> bool {
        rows.last().and_then(|row| row.id.as_ref()) == self.tail.last() && rows.len() > 1
    }

    /// Something in front of the place is gone.
    fn step_back(&mut self, limit: u32, doing: &'static str) -> Result<(), SourceError> {
        self.steps += 1;
        self.read = self.read.saturating_sub(limit);
        if self.steps <= STEPS && self.read > 0 {
            return Ok(());
        }
        self.returns += 1;
        if self.returns > RETURNS {
            let said = format!("its list does not hold still: it was begun anew {RETURNS} times");
            return Err(broken(doing, said));
        }
        (self.read, self.steps, self.is_again) = (0, 0, true);
        self.tail.clear();
        self.is_unsorted = false;
        Ok(())
    }

    fn note(&mut self, rows: &[Row], fresh: &[usize]) {
        for row in fresh.iter().map(|place| &rows[*place]) {
            if let Some(at_ms) = row.at_ms {
                self.is_unsorted |= self.low_ms.is_some_and(|low_ms| at_ms > low_ms) && !self.is_again;
                self.low_ms = Some(self.low_ms.map_or(at_ms, |low_ms| low_ms.min(at_ms)));
            }
        }
        let ids = fresh.iter().filter_map(|place| rows[*place].id.clone());
        self.tail.extend(ids);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
    }

    /// Goes on with a list that begins at the earliest moment so far, if the order allows it.
    fn continue_elsewhere(&mut self, rows: &[Row]) {
        let Some(low_ms) = self.low_ms.filter(|_| self.read >= FAR && !self.is_unsorted && !self.is_done)
        else {
            return;
        };
        if self.to_ms.is_some_and(|to_ms| low_ms + 1 >= to_ms) {
            return;
        }
        let of_that_moment = rows.iter().filter(|row| row.at_ms == Some(low_ms));
        self.tail.extend(of_that_moment.filter_map(|row| row.id.clone()));
        self.tail.dedup();
        (self.to_ms, self.read) = (Some(low_ms + 1), 0);
    }
}

pub(super) fn iso(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn broken(doing: &'static str, said: String) -> SourceError {
    SourceError::Broken { source_kind: KIND, doing, said }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOING: &str = "list meetings";

    /// A vendor's list: ids count down in time.
    fn rows(list: &[i64], place: &Place, limit: u32) -> Vec<Row> {
        let (skip, limit) = (usize::try_from(place.skip()).unwrap(), usize::try_from(limit).unwrap());
        let within = list.iter().filter(|at| place.to_ms.is_none_or(|to_ms| **at < to_ms));
        let row = |at: &i64| Row { id: Some(at.to_string()), at_ms: Some(*at) };
        within.skip(skip).take(limit).map(row).collect()
    }

    /// Reads to the end; after each page the list may change.
    fn read(mut list: Vec<i64>, size: u32, mut change: impl FnMut(u32, &mut Vec<i64>)) -> (Vec<i64>, u32) {
        let (mut place, mut came, mut pages) = (Place::new(0, None), Vec::new(), 0);
        while !place.is_done {
            let limit = place.limit(size);
            let page = rows(&list, &place, limit);
            let taken = place.take(&page, limit, DOING).unwrap();
            came.extend(taken.fresh.iter().map(|row| page[*row].at_ms.unwrap()));
            pages += 1;
            change(pages, &mut list);
            let stored = serde_json::to_string(&place).unwrap();
            place = serde_json::from_str(&stored).unwrap();
        }
        (came, pages)
    }

    fn list(count: i64) -> Vec<i64> {
        (0..count).rev().collect()
    }

    #[test]
    fn a_list_is_read_once_with_one_row_in_common_between_pages() {
        for (count, size, pages) in
            [(0, 10, 1), (9, 10, 1), (10, 10, 2), (95, 10, 10), (49, 50, 1), (98, 50, 2)]
        {
            assert_eq!(read(list(count), size, |_, _| {}), (list(count), pages), "{count}");
        }
    }

    #[test]
    fn a_long_list_is_continued_as_another_and_nothing_comes_twice() {
        let (came, pages) = read(list(2_345), 50, |_, _| {});
        assert_eq!(came, list(2_345));
        assert!(pages <= 2_345 / 49 + 5, "{pages}");
    }

    #[test]
    fn meetings_of_one_moment_are_neither_lost_nor_doubled_where_a_list_is_continued() {
        let list: Vec<Row> = (0..600_i64)
            .map(|number| Row { id: Some(number.to_string()), at_ms: Some(10_000 - number / 7) })
            .collect();
        let (mut place, mut came) = (Place::new(0, None), Vec::new());
        while !place.is_done {
            let limit = place.limit(50);
            let within = list.iter().filter(|row| place.to_ms.is_none_or(|to_ms| row.at_ms < Some(to_ms)));
            let page: Vec<Row> = within.skip(place.skip() as usize).take(limit as usize).cloned().collect();
            let taken = place.take(&page, limit, DOING).unwrap();
            came.extend(taken.fresh.iter().map(|row| page[*row].id.clone().unwrap()));
        }
        assert_eq!(came, list.iter().map(|row| row.id.clone().unwrap()).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_deleted_or_added_in_front_loses_nothing() {
        let (came, _) = read(list(60), 10, |page, list| {
            if page == 3 {
                list.drain(2..5);
            }
        });
        assert_eq!(came, list(60));
        let (came, _) = read(list(60), 10, |page, list| {
            if page == 3 {
                list.splice(0..0, [103, 102, 101, 100]);
            }
        });
        assert_eq!(came, list(60));
    }

    #[test]
    fn a_list_whose_last_rows_vanish_is_begun_anew() {
        let (mut came, _) = read(list(60), 10, |page, list| {
            if page == 3 {
                list.retain(|at| *at < 30);
            }
        });
        came.sort_unstable();
        came.dedup();
        assert_eq!(came.len(), 60);
    }

    #[test]
    fn an_offset_that_has_no_effect_ends_the_list_with_an_error() {
        let (mut place, list) = (Place::new(0, None), list(30));
        let error = (0..30).find_map(|_| {
            let limit = place.limit(10);
            let page = rows(&list, &Place::new(0, None), limit);
            place.take(&page, limit, DOING).err()
        });
        assert!(error.unwrap().to_string().contains("pages repeat"));
    }

    #[test]
    fn without_an_order_a_list_is_read_by_its_offset_alone() {
        let mut list = list(700);
        list.swap(3, 600);
        let (came, _) = read(list.clone(), 50, |_, _| {});
        assert_eq!(came, list);
    }

    #[test]
    fn moments_go_out_in_utc_with_milliseconds() {
        let variables = Place::new(1_795_165_200_007, Some(1_795_168_800_000)).variables(9, 11);
        assert_eq!(
            variables.to_string(),
            r#"{"from":"2026-11-20T09:00:00.007Z","limit":11,"skip":9,"to":"2026-11-20T10:00:00.000Z"}"#
        );
    }
}

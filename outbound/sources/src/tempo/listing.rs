//! Going through a list that is ordered by id while others write and delete. Offsets shift then; ids do not. So each
//! page begins with the last worklog of the page before: if it does not, the list has shifted, and is read again from
//! further in front, and whatever is known by its id already is left out.

use daybook_core::ports::source::SourceError;
use serde::{Deserialize, Serialize};

use super::KIND;
use super::list_page::Outline;

/// Pages without rows that are believed before they count as a fault.
pub(super) const EMPTY_PAGES: u32 = 10;
/// A list of more pages has no end.
const MOST_PAGES: u32 = 100_000;

/// In which order the ids come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
}

/// A place in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listing {
    /// Rows in front of this place.
    offset: u64,
    /// The id of the last of them that has one.
    edge: Option<u64>,
    /// The furthest place so far; before it pages may hold nothing new.
    reached: u64,
    /// Rows that came and were not known.
    pub(super) came: u64,
    /// Set where the row in front cannot be asked for again: it is too large, or pages are of one row only.
    blind: bool,
    /// Pages without rows in a row.
    empty: u32,
    pages: u32,
}

/// What to do with a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The list has shifted, or the page says nothing: it is not used, and the page at the new place is asked for.
    Again,
    /// These of its rows are new.
    New {
        /// Their places on the page.
        rows: Vec<usize>,
        /// Whether the list is at its end.
        ended: bool,
    },
}

impl Listing {
    /// The row to ask for first.
    pub(super) fn offset(&self) -> u64 {
        self.offset - self.overlap()
    }

    fn overlap(&self) -> u64 {
        u64::from(self.offset > 0 && !self.blind)
    }

    /// The id of the last row in front.
    pub(super) fn edge(&self) -> Option<u64> {
        self.edge
    }

    /// Leaves out the row at this place.
    pub(super) fn step_over(&mut self) {
        self.offset = self.offset() + 1;
        self.came += 1;
        self.blind = true;
    }

    /// Goes behind a page with these ids.
    pub(super) fn take(
        &mut self,
        doing: &'static str,
        order: Order,
        ids: &[Option<u64>],
        page: Outline,
    ) -> Result<Step, SourceError> {
        let broken = |said: String| SourceError::Broken { source_kind: KIND, doing, said };
        self.pages += 1;
        if self.pages > MOST_PAGES {
            return Err(broken(format!("pages repeat: the list has no end after {MOST_PAGES} pages")));
        }
        if let Some((one, other)) = disordered(order, ids) {
            return Err(broken(format!(
                "it was asked for worklogs in the order of their ids, and {other} came after {one}"
            )));
        }
        self.empty = if page.rows == 0 && page.promises_more { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            return Err(broken(format!("{} pages in a row held nothing and promised more", self.empty)));
        }
        let (overlap, at) = (self.overlap(), page.offset);
        if page.rows == 0 && page.promises_more {
            // It is asked for again, unless it says itself where more is.
            if let Some(next) = page.next_offset.filter(|next| *next > at) {
                (self.offset, self.blind) = (next, true);
            }
            return Ok(Step::Again);
        }
        // Without its first row no page tells whether the list has shifted.
        let has_shifted = match ids.first() {
            None => overlap > 0,
            Some(first) => overlap > 0 && first.is_some_and(|first| self.is_new(order, first)),
        };
        if has_shifted {
            // So far that the first row of this page is the last of that one.
            let back = page.limit.saturating_sub(1).clamp(1, at.max(1));
            self.offset = at.saturating_sub(back) + u64::from(at > back);
            return Ok(Step::Again);
        }
        let known = ids.iter().rposition(|id| id.is_some_and(|id| !self.is_new(order, id)));
        let known = known.map_or(0, |place| place + 1).max(usize::try_from(overlap).unwrap_or(0));
        let rows: Vec<usize> = (known.min(ids.len())..ids.len()).collect();
        let (ended, behind) = (page.is_last(), at + page.rows);
        if rows.is_empty() && !ended && page.limit > 1 && behind > self.reached {
            return Err(broken(format!(
                "pages repeat: the page from row {at} on holds only worklogs that came before, and promises more"
            )));
        }
        self.edge = ids[ids.len() - rows.len()..].iter().rev().find_map(|id| *id).or(self.edge);
        self.came += rows.len() as u64;
        self.blind = page.limit <= 1;
        self.offset = behind;
        self.reached = self.reached.max(behind);
        Ok(Step::New { rows, ended })
    }

    fn is_new(&self, order: Order, id: u64) -> bool {
        self.edge.is_none_or(|edge| match order {
            Order::Ascending => id > edge,
            Order::Descending => id < edge,
        })
    }
}

/// Two ids that came in the wrong order, or twice.
fn disordered(order: Order, ids: &[Option<u64>]) -> Option<(u64, u64)> {
    let known: Vec<u64> = ids.iter().copied().flatten().collect();
    let is_wrong = |pair: &&[u64]| match order {
        Order::Ascending => pair[0] >= pair[1],
        Order::Descending => pair[0] <= pair[1],
    };
    known.windows(2).find(is_wrong).map(|pair| (pair[0], pair[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a list of ids that changes between requests to its end.
    fn all(mut list: Vec<u64>, limit: usize, changes: &[(usize, &[u64], &[u64])]) -> (Vec<u64>, usize) {
        let (mut place, mut came, mut asked) = (Listing::default(), Vec::new(), 0);
        loop {
            for (_, gone, new) in changes.iter().filter(|(when, ..)| *when == asked) {
                list.retain(|id| !gone.contains(id));
                list.extend(*new);
                list.sort_unstable();
            }
            asked += 1;
            let at = usize::try_from(place.offset()).unwrap();
            let rows: Vec<u64> = list.iter().skip(at).take(limit).copied().collect();
            let page = Outline {
                rows: rows.len() as u64,
                promises_more: false,
                next_offset: None,
                offset: place.offset(),
                limit: limit as u64,
            };
            let ids: Vec<_> = rows.iter().copied().map(Some).collect();
            let stored = serde_json::to_string(&place).unwrap();
            place = serde_json::from_str(&stored).unwrap();
            match place.take("test", Order::Ascending, &ids, page).unwrap() {
                Step::Again => {}
                Step::New { rows, ended } => {
                    came.extend(rows.iter().filter_map(|row| ids[*row]));
                    if ended {
                        return (came, asked);
                    }
                }
            }
        }
    }

    #[test]
    fn a_list_that_stands_still_is_read_once() {
        for length in 0..40 {
            let list: Vec<u64> = (100..100 + length).collect();
            let (came, asked) = all(list.clone(), 7, &[]);
            assert_eq!(came, list);
            assert_eq!(asked as u64, super::super::slices::requests(length, 7));
        }
    }

    #[test]
    fn what_shifts_is_read_again_and_nothing_is_lost_or_doubled() {
        let list: Vec<u64> = (1..=30).collect();
        let gone: Vec<u64> = (1..=12).collect();
        let (came, _) = all(list.clone(), 5, &[(3, &gone, &[])]);
        assert_eq!(came, list);
        let (came, _) = all((10..40).collect(), 5, &[(2, &[], &[1, 2, 3]), (4, &[11], &[50])]);
        assert_eq!(came, (10..40).chain([50]).collect::<Vec<_>>());
        let (came, _) = all(list, 5, &[(3, &(1..=25).collect::<Vec<_>>(), &[])]);
        assert_eq!(came, (1..=13).chain(26..=30).collect::<Vec<_>>());
    }
}

//! A page of answers in the order that is asked for: projects are merged from their sorted shelves, beginning at the
//! row after which the page starts, so that a page costs what is on it and not what is on the site.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::iter::Peekable;
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::caller::Caller;
use super::issue::Issue;
use super::jql::{Order, Query};
use super::shelf::{self, Sort};
use super::site::Site;
use super::token::Place;

/// What search does not see yet.
#[derive(Debug, Default)]
pub(crate) struct Lag {
    /// Changes after this many milliseconds since 1970.
    pub(crate) since: Option<i64>,
    /// These issues.
    pub(crate) ids: HashSet<u64>,
    /// But these in any case.
    pub(crate) known: HashSet<u64>,
}

impl Lag {
    fn hides(&self, issue: &Issue) -> bool {
        let late = self.since.is_some_and(|since| issue.updated > since) || self.ids.contains(&issue.id);
        late && !self.known.contains(&issue.id)
    }
}

/// The row of an issue in an order.
pub(crate) fn place(issue: &Issue, order: &[Order]) -> Place {
    let values = order.iter().map(|order| {
        let project = if order.sort == Sort::Key { issue.project.clone() } else { String::new() };
        (project, shelf::value(issue, order.sort))
    });
    Place { values: values.collect(), id: issue.id }
}

/// At most `most` answers after a row.
pub(crate) fn page(
    site: &Site,
    query: &Query,
    caller: &Caller,
    lag: &Lag,
    after: Option<&Place>,
    most: usize,
) -> Vec<Arc<Issue>> {
    let walk = Walk { site, query, caller, lag };
    let after = after.filter(|place| place.values.len() == query.order.len());
    match query.named() {
        Some(ids) => walk.named(ids, after, most),
        None => walk.shelved(after, most),
    }
}

/// How many answers there are.
pub(crate) fn count(site: &Site, query: &Query, caller: &Caller, lag: &Lag) -> usize {
    page(site, query, caller, lag, None, usize::MAX).len()
}

/// The ids of the issues that changed last.
pub(crate) fn newest(site: &Site, caller: &Caller, most: usize) -> HashSet<u64> {
    let all = i64::MIN..=i64::MAX;
    let rows = site.projects(caller).map(|(_, shelf)| shelf.between(Sort::Updated, &all).rev());
    merged(rows.collect(), true).take(most).map(|(_, id)| id).collect()
}

struct Walk<'a> {
    site: &'a Site,
    query: &'a Query,
    caller: &'a Caller,
    lag: &'a Lag,
}

impl Walk<'_> {
    fn answers(&self, id: u64) -> Option<&Arc<Issue>> {
        let issue = self.site.issue_by_id(id)?;
        let counts =
            self.query.test.holds(issue) && self.site.shows(issue, self.caller) && !self.lag.hides(issue);
        counts.then_some(issue)
    }

    fn named(&self, ids: &[u64], after: Option<&Place>, most: usize) -> Vec<Arc<Issue>> {
        let ids: HashSet<u64> = ids.iter().copied().collect();
        let mut rows = Rows::new(self.query, after, most);
        for issue in ids.into_iter().filter_map(|id| self.answers(id)) {
            rows.group.push(Arc::clone(issue));
        }
        rows.close_group();
        rows.done
    }

    fn shelved(&self, after: Option<&Place>, most: usize) -> Vec<Arc<Issue>> {
        let first = self.query.order[0];
        let mut rows = Rows::new(self.query, after, most);
        let mut shelves: Vec<_> = self
            .site
            .projects(self.caller)
            .filter(|(project, _)| self.query.allows_project(&project.key))
            .collect();
        if first.sort != Sort::Key {
            let range = self.range(first, after.map(|place| place.values[0].1));
            let parts = shelves.iter().map(|(_, shelf)| shelf.between(first.sort, &range));
            if first.descends {
                self.walk(merged(parts.map(Iterator::rev).collect(), true), &mut rows);
            } else {
                self.walk(merged(parts.collect(), false), &mut rows);
            }
            return rows.done;
        }
        if first.descends {
            shelves.reverse();
        }
        for (project, shelf) in shelves {
            let begun = after.map(|place| (project.key.as_str().cmp(&place.values[0].0), place.values[0].1));
            let begun = match begun {
                Some((Ordering::Equal, number)) => Some(number),
                Some((side, _)) if (side == Ordering::Less) != first.descends => continue,
                _ => None,
            };
            let part = shelf.between(Sort::Key, &self.range(first, begun)).copied();
            if first.descends {
                self.walk(part.rev(), &mut rows);
            } else {
                self.walk(part, &mut rows);
            }
            rows.close_group();
        }
        rows.done
    }

    /// What is left of the range that the question allows, from a value on.
    fn range(&self, order: Order, from: Option<i64>) -> RangeInclusive<i64> {
        let range = self.query.range(order.sort);
        match from {
            None => range,
            Some(from) if order.descends => *range.start()..=from.min(*range.end()),
            Some(from) => from.max(*range.start())..=*range.end(),
        }
    }

    fn walk(&self, candidates: impl Iterator<Item = (i64, u64)>, rows: &mut Rows<'_>) {
        let mut group = None;
        for (value, id) in candidates {
            if group != Some(value) {
                rows.close_group();
                group = Some(value);
            }
            if rows.full() {
                return;
            }
            if let Some(issue) = self.answers(id) {
                rows.group.push(Arc::clone(issue));
            }
        }
        rows.close_group();
    }
}

/// Rows as they come, in groups that only the further fields of the order can sort.
struct Rows<'a> {
    query: &'a Query,
    after: Option<&'a Place>,
    most: usize,
    group: Vec<Arc<Issue>>,
    done: Vec<Arc<Issue>>,
}

impl<'a> Rows<'a> {
    fn new(query: &'a Query, after: Option<&'a Place>, most: usize) -> Self {
        Self { query, after, most, group: Vec::new(), done: Vec::new() }
    }

    fn full(&self) -> bool {
        self.done.len() >= self.most
    }

    fn close_group(&mut self) {
        let order = &self.query.order;
        let mut group: Vec<_> = self.group.drain(..).map(|issue| (place(&issue, order), issue)).collect();
        if group.len() > 1 {
            group.sort_by(|one, other| compared(&one.0, &other.0, order));
        }
        let room = self.most.saturating_sub(self.done.len());
        let later = group.into_iter().filter(|(place, _)| {
            self.after.is_none_or(|after| compared(place, after, order) == Ordering::Greater)
        });
        self.done.extend(later.take(room).map(|(_, issue)| issue));
    }
}

fn compared(one: &Place, other: &Place, order: &[Order]) -> Ordering {
    let values = one.values.iter().zip(&other.values).zip(order).map(|((one, other), order)| {
        let ascending = one.cmp(other);
        if order.descends { ascending.reverse() } else { ascending }
    });
    values.fold(Ordering::Equal, Ordering::then).then(one.id.cmp(&other.id))
}

/// Sorted lists as one sorted list.
fn merged<'a, I: Iterator<Item = &'a (i64, u64)>>(
    parts: Vec<I>,
    descends: bool,
) -> impl Iterator<Item = (i64, u64)> {
    let mut parts: Vec<Peekable<I>> = parts.into_iter().map(Iterator::peekable).collect();
    std::iter::from_fn(move || {
        let heads = parts.iter_mut().enumerate().filter_map(|(place, part)| Some((**part.peek()?, place)));
        let (_, place) = if descends { heads.max() } else { heads.min() }?;
        parts[place].next().copied()
    })
}

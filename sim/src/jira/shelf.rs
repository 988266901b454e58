//! The issues of one project in the orders that are asked for, kept sorted: an edit costs a logarithm, a page too.

use std::collections::BTreeSet;
use std::collections::btree_set;
use std::ops::RangeInclusive;

use super::issue::Issue;

/// By what a list can be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Updated,
    Created,
    Id,
    Key,
}

/// The orders of one project: pairs of the value sorted by and the id.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    updated: BTreeSet<(i64, u64)>,
    created: BTreeSet<(i64, u64)>,
    ids: BTreeSet<(i64, u64)>,
    numbers: BTreeSet<(i64, u64)>,
}

/// What an issue is sorted by; for a key, the number within the project.
pub(crate) fn value(issue: &Issue, sort: Sort) -> i64 {
    match sort {
        Sort::Updated => issue.updated,
        Sort::Created => issue.created,
        Sort::Id => i64::try_from(issue.id).unwrap_or(i64::MAX),
        Sort::Key => i64::try_from(issue.number).unwrap_or(i64::MAX),
    }
}

impl Shelf {
    pub(crate) fn add(&mut self, issue: &Issue) {
        for sort in [Sort::Updated, Sort::Created, Sort::Id, Sort::Key] {
            self.order_to_change(sort).insert((value(issue, sort), issue.id));
        }
    }

    pub(crate) fn remove(&mut self, issue: &Issue) {
        for sort in [Sort::Updated, Sort::Created, Sort::Id, Sort::Key] {
            self.order_to_change(sort).remove(&(value(issue, sort), issue.id));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// The newest change: milliseconds since 1970.
    pub(crate) fn last_updated(&self) -> Option<i64> {
        self.updated.last().map(|(updated, _)| *updated)
    }

    /// The issues with values in the range, in ascending order; can be walked from both ends.
    pub(crate) fn between(
        &self,
        sort: Sort,
        range: &RangeInclusive<i64>,
    ) -> btree_set::Range<'_, (i64, u64)> {
        let order = match sort {
            Sort::Updated => &self.updated,
            Sort::Created => &self.created,
            Sort::Id => &self.ids,
            Sort::Key => &self.numbers,
        };
        if range.is_empty() {
            return order.range((i64::MAX, u64::MAX)..);
        }
        order.range((*range.start(), 0)..=(*range.end(), u64::MAX))
    }

    fn order_to_change(&mut self, sort: Sort) -> &mut BTreeSet<(i64, u64)> {
        match sort {
            Sort::Updated => &mut self.updated,
            Sort::Created => &mut self.created,
            Sort::Id => &mut self.ids,
            Sort::Key => &mut self.numbers,
        }
    }
}

//! Which worklogs are asked for, and in which order.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::ask::Ask;
use super::bend;
use super::book::Book;
use super::problem::Problem;
use super::worklog::Worklog;
use crate::faults::FaultKind;
use crate::jira::lookup::Lookup;

/// By what worklogs can be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Id,
    Start,
    Updated,
}

/// A question for worklogs; what is empty asks for everything.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    /// Milliseconds since 1970.
    pub(super) updated_from: Option<i64>,
    /// Places in the book; an account that nobody has is none of them.
    pub(super) authors: Option<Vec<Option<usize>>>,
    pub(super) issues: Vec<u64>,
    pub(super) projects: Vec<u64>,
    /// The key of an account.
    pub(super) account: Option<String>,
    /// The place of a team: its members' worklogs, from the days on which they were in it.
    pub(super) team: Option<usize>,
    /// And whether the greatest comes first.
    pub(super) order: Vec<(Sort, bool)>,
}

impl Sort {
    /// The vendor's word for it.
    pub(super) fn called(name: &str) -> Result<Self, Problem> {
        match name {
            "ID" => Ok(Self::Id),
            "START_DATE_TIME" => Ok(Self::Start),
            "UPDATED" => Ok(Self::Updated),
            _ => Err(Problem::invalid(format!("Invalid orderBy: {name}"))),
        }
    }

    fn compare(self, one: &Worklog, other: &Worklog) -> Ordering {
        match self {
            Self::Id => one.id.cmp(&other.id),
            Self::Start => (one.day, one.start).cmp(&(other.day, other.start)),
            Self::Updated => one.updated.cmp(&other.updated),
        }
    }
}

/// The worklogs that the caller may view among those that are asked for. The rest is not mentioned.
pub(super) fn chosen(ask: &Ask<'_>, book: &Book, wanted: &Wanted) -> Result<Vec<Arc<Worklog>>, Problem> {
    if let (Some(from), Some(to)) = (wanted.from, wanted.to)
        && from > to
    {
        return Err(Problem::invalid("Parameter 'from' must be before or equal to 'to'"));
    }
    let jira = ask.tempo.jira.look();
    let deaf = ask.has_quirk(bend::DEAF_TO_PROJECTS);
    let hidden = lagging(ask, book);
    let fits = |worklog: &&Arc<Worklog>| {
        is_wanted(worklog, wanted, book, (!deaf).then_some(&jira))
            && book.shows(worklog, ask.limited)
            && !hidden.contains(&worklog.id)
    };
    let mut rows: Vec<Arc<Worklog>> = match (wanted.from, wanted.to) {
        (None, None) => book.all().filter(fits).cloned().collect(),
        (from, to) => {
            let (from, to) = (from.unwrap_or(NaiveDate::MIN), to.unwrap_or(NaiveDate::MAX));
            book.between(from, to).filter(fits).cloned().collect()
        }
    };
    let order: &[(Sort, bool)] =
        if wanted.order.is_empty() { &[(Sort::Start, false)] } else { &wanted.order };
    rows.sort_by(|one, other| {
        let by = order.iter().map(|(sort, descending)| {
            let order = sort.compare(one, other);
            if *descending { order.reverse() } else { order }
        });
        by.fold(Ordering::Equal, Ordering::then).then(one.id.cmp(&other.id))
    });
    Ok(rows)
}

fn is_wanted(worklog: &Worklog, wanted: &Wanted, book: &Book, jira: Option<&Lookup<'_>>) -> bool {
    let project = || {
        jira.is_none_or(|jira| jira.project_of(worklog.issue).is_some_and(|id| wanted.projects.contains(&id)))
    };
    let account =
        |key: &str| worklog.attributes(book).iter().any(|(name, value)| name == "_Account_" && value == key);
    wanted.updated_from.is_none_or(|from| worklog.updated >= from)
        && wanted.authors.as_ref().is_none_or(|authors| authors.contains(&Some(worklog.author)))
        && (wanted.issues.is_empty() || wanted.issues.contains(&worklog.issue))
        && wanted.team.is_none_or(|team| book.teams[team].had(worklog.author, worklog.day))
        && (wanted.projects.is_empty() || project())
        && wanted.account.as_deref().is_none_or(account)
}

/// What a lagging search does not know yet.
fn lagging(ask: &Ask<'_>, book: &Book) -> HashSet<u64> {
    let mut hidden = HashSet::new();
    for fault in &ask.faults {
        let FaultKind::IndexLag { newest, seconds } = fault else { continue };
        let mut all: Vec<_> = book.all().map(|worklog| (worklog.updated, worklog.id)).collect();
        all.sort_unstable_by(|one, other| other.cmp(one));
        let span = i64::try_from(*seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
        let since = ask.now.timestamp_millis().saturating_sub(span);
        let late = all
            .iter()
            .enumerate()
            .filter(|(place, (updated, _))| place < newest || (*seconds > 0 && *updated > since));
        hidden.extend(late.map(|(_, (_, id))| *id));
    }
    hidden
}

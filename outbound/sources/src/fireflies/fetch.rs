//! Fetching meetings: many with one request where that goes well, one by one where it does not.

use std::ops::Range;

use daybook_core::model::document::{Record, Tombstone};
use daybook_core::ports::source::SourceError;
use serde_json::json;
use tokio::task::spawn_blocking;

use super::KIND;
use super::account::{Account, Part, Question};
use super::answer::Answer;
use super::audience::Rules;
use super::complaint::{Complaint, Meaning};
use super::drift::Drift;
use super::place::{Place, Row};
use super::queries;
use super::record::{self, Came};
use super::refusal::No;
use crate::http::Tally;
use crate::object::Object;
use crate::page_size::PageSize;

pub(super) const LIST: &str = "list meetings";
pub(super) const READ: &str = "read a meeting";

/// How much of each meeting a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// By what a change shows.
    Light,
    /// All of it.
    Heavy,
    /// Its id.
    Ids,
}

/// A part of a list, with its rows in short.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) answer: Answer,
    pub(super) rows: Vec<Row>,
    /// Where each row stands in the answer.
    pub(super) ranges: Vec<Range<usize>>,
    pub(super) limit: u32,
}

/// What came of asking for one meeting.
#[derive(Debug)]
pub(super) enum Single {
    Came(Answer, Came),
    /// Not there, or not shown any more: in the vendor's words.
    Gone(Tombstone, String),
    /// It is there, and cannot be had: why.
    Bad(String),
}

/// A part of the list at a place; so many new rows, or as few as it takes.
pub(super) async fn list(
    account: &Account,
    weight: Weight,
    place: &Place,
    size: &mut PageSize,
    tally: &mut Tally,
) -> Result<Listed, No> {
    loop {
        let query = match weight {
            Weight::Light => account.asking.light(),
            Weight::Heavy => account.asking.heavy(),
            Weight::Ids => queries::CENSUS.to_owned(),
        };
        let is_patient = weight != Weight::Heavy || size.now() == 1;
        let question = Question { doing: LIST, query: &query, root: "transcripts", is_patient };
        match account.list(question, place, size, tally).await {
            Err(No::Paid(words)) if account.spare(&words) => {}
            Err(No::TooLarge(_) | No::Slow(_)) if size.shrink() => {}
            Ok(part) => return Listed::of(part),
            Err(no) => return Err(no),
        }
    }
}

/// One whole meeting; without what was said if that is too large.
pub(super) async fn single(account: &Account, id: &str, tally: &mut Tally) -> Result<Single, SourceError> {
    let mut came = Came::Whole;
    loop {
        let query = if came == Came::Whole { account.asking.single() } else { account.asking.slim() };
        let question = Question { doing: READ, query: &query, root: "transcript", is_patient: true };
        match account.ask(question, json!({ "id": id }), tally).await {
            Ok(answer) if answer.value().is_some() => return Ok(Single::Came(answer, came)),
            Ok(_) => return Ok(Single::Bad("it lists the meeting and gives nothing for it".to_owned())),
            Err(No::Paid(words)) if account.spare(&words) => {}
            Err(No::TooLarge(_)) if came == Came::Whole => came = Came::Slim,
            Err(No::TooLarge(said)) => return Ok(Single::Bad(said)),
            Err(No::Missing(said) | No::Forbidden(said)) => {
                // Deleted and hidden are one word here.
                return Ok(Single::Gone(Tombstone::NoAccess, said));
            }
            Err(No::Trouble(error) | No::Slow(error)) => {
                // If anything at all can be asked about it, it is the meeting that is bad and not the vendor.
                return match there(account, id, tally).await? {
                    There::Yes => Ok(Single::Bad(error.to_string())),
                    There::No(said) => Ok(Single::Gone(Tombstone::NoAccess, said)),
                    There::Unclear => Err(error),
                };
            }
            Err(no) => return Err(account.error(READ, no)),
        }
    }
}

/// Whether a meeting is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum There {
    Yes,
    No(String),
    Unclear,
}

pub(super) async fn there(account: &Account, id: &str, tally: &mut Tally) -> Result<There, SourceError> {
    let question = Question {
        doing: "look whether a meeting is there",
        query: queries::THERE,
        root: "transcript",
        is_patient: true,
    };
    match account.ask(question, json!({ "id": id }), tally).await {
        Ok(answer) => {
            let found = answer.value().and_then(Object::read);
            let is_it = found.is_some_and(|found| found.id("id").as_deref() == Some(id));
            Ok(if is_it { There::Yes } else { There::Unclear })
        }
        Err(No::Missing(said) | No::Forbidden(said)) => Ok(There::No(said)),
        Err(No::Trouble(_) | No::Slow(_)) => Ok(There::Unclear),
        Err(no) => Err(account.error(question.doing, no)),
    }
}

impl Listed {
    fn of(Part { answer, limit }: Part) -> Result<Self, No> {
        let broken = |said: String| No::Error(SourceError::Broken { source_kind: KIND, doing: LIST, said });
        let (mut rows, mut ranges) = (Vec::new(), Vec::new());
        for json in answer.rows().map_err(broken)? {
            let row = Object::read(json);
            rows.push(Row {
                id: row.as_ref().and_then(|row| row.id("id").map(Into::into)),
                at_ms: row.as_ref().and_then(record::began).map(|began| began.timestamp_millis()),
            });
            ranges.push(answer.range(json));
        }
        Ok(Self { answer, rows, ranges, limit })
    }

    pub(super) fn row(&self, number: usize) -> &str {
        self.answer.part(self.ranges[number].clone())
    }

    /// Whether each row is a meeting with an id.
    pub(super) fn is_whole(&self) -> bool {
        self.rows.iter().all(|row| row.id.is_some())
    }

    /// Rows of which a part went wrong inside the vendor.
    pub(super) fn spoiled(&self) -> Vec<usize> {
        let inside = self.answer.complaints.iter().filter(|complaint| complaint.meaning() == Meaning::Inside);
        inside.filter_map(|complaint| complaint.path.get(1)?.parse().ok()).collect()
    }

    /// Counts what every meeting has.
    pub(super) fn note(&self, rows: &[usize], drift: &mut Drift) {
        let rows = rows.iter().filter_map(|number| Object::read(self.row(*number)));
        rows.for_each(|row| drift.note(&row));
    }

    /// How many began outside the span of the list; an error if it is most of them: then the span has no effect.
    pub(super) fn outside(&self, place: &Place) -> Result<u64, SourceError> {
        let is_outside =
            |at_ms: &i64| *at_ms < place.from_ms || place.to_ms.is_some_and(|to_ms| *at_ms >= to_ms);
        let outside: Vec<i64> = self.rows.iter().filter_map(|row| row.at_ms).filter(is_outside).collect();
        let Some(first) =
            outside.first().filter(|_| outside.len() > 1 && outside.len() * 2 > self.rows.len())
        else {
            return Ok(outside.len() as u64);
        };
        let end = place.to_ms.map(super::place::iso).unwrap_or_default();
        let said = format!(
            "it was asked for meetings that began from {} until before {end}, and {} of the {} that came did not: one \
             began {}",
            super::place::iso(place.from_ms),
            outside.len(),
            self.rows.len(),
            super::place::iso(*first),
        );
        Err(SourceError::Broken { source_kind: KIND, doing: LIST, said })
    }
}

/// Reads meetings of an answer, off the threads that talk to the network.
pub(super) async fn records(
    answer: Answer,
    ranges: Vec<Range<usize>>,
    came: Came,
    rules: Rules,
) -> Result<Vec<Record>, SourceError> {
    let work = move || {
        let read = |range: Range<usize>| record::record(answer.part(range), came, &rules);
        ranges.into_iter().map(read).collect()
    };
    spawn_blocking(work).await.map_err(|error| SourceError::Broken {
        source_kind: KIND,
        doing: READ,
        said: format!("the reading ended early: {error}"),
    })
}

/// What of one meeting went wrong inside the vendor, in words.
pub(super) fn gaps(complaints: &[Complaint]) -> Vec<String> {
    let inside = complaints.iter().filter(|complaint| complaint.meaning() == Meaning::Inside);
    let said = inside.map(|complaint| {
        let field = complaint.path.iter().skip(1).map(String::as_str).collect::<Vec<_>>().join(".");
        format!("`{}`: {}", crate::http::scrubbed(&field), complaint.said())
    });
    said.collect()
}

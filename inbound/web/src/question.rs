//! A search as it stands in an address: the same names for programs and for pages.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use daybook_core::model::hit::{Filter, Question, StateFilter};
use daybook_core::model::source::SourceKind;

use crate::extract::{FromQuery, Parameters, quoted, truth};
use crate::problem::Detail;

/// Answers when nobody says how many.
pub(crate) const USUAL_LIMIT: usize = 10;
/// The most words in one list of a filter.
const MOST_WORDS: usize = 50;
/// The longest word in a filter, in characters.
const LONGEST_WORD: usize = 200;

/// A search, unread: pages show it again as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) q: String,
    pub(crate) source: Vec<String>,
    pub(crate) project: Vec<String>,
    pub(crate) state: Vec<String>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) limit: Option<String>,
    pub(crate) explain: Option<String>,
}

impl FromQuery for Asked {
    const ONCE: &'static [&'static str] = &["q", "from", "to", "limit", "explain"];
    const OFTEN: &'static [&'static str] = &["source", "project", "state"];

    fn read(parameters: &Parameters) -> Self {
        Self {
            q: parameters.first("q").unwrap_or_default(),
            source: parameters.list("source"),
            project: parameters.list("project"),
            // Names of states may hold commas.
            state: parameters.all("state").map(|word| word.trim().to_owned()).collect(),
            from: parameters.first("from"),
            to: parameters.first("to"),
            limit: parameters.first("limit"),
            explain: parameters.first("explain"),
        }
    }
}

impl Asked {
    /// Whether anything narrows it.
    pub(crate) fn is_narrowed(&self) -> bool {
        !(self.source.is_empty() && self.project.is_empty() && self.state.is_empty())
            || self.from.is_some()
            || self.to.is_some()
    }

    /// Whether the parts of each score are wanted.
    pub(crate) fn wants_explanation(&self) -> Result<bool, Vec<Detail>> {
        truth("explain", self.explain.as_deref()).map_err(|detail| vec![detail])
    }

    /// The question; or everything that is wrong with it, but for what the core checks.
    pub(crate) fn question(&self) -> Result<Question, Vec<Detail>> {
        let mut wrong = Vec::new();
        for (field, words) in [("source", &self.source), ("project", &self.project), ("state", &self.state)] {
            wrong.extend(check_words(field, words));
        }
        let sources = keep(self.source.iter().map(|word| source(word)), &mut wrong);
        let from = keep(self.from.iter().map(|word| date("from", word)), &mut wrong).pop();
        let to = keep(self.to.iter().map(|word| date("to", word)), &mut wrong).pop();
        let limit = keep(self.limit.iter().map(|word| limit(word)), &mut wrong).pop().unwrap_or(USUAL_LIMIT);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            wrong.push(Detail::new("to", format!("to ({to}) is before from ({from})")));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let filter = Filter {
            sources,
            projects: self.project.clone(),
            states: self.state.iter().flat_map(|word| StateFilter::from_word(word)).collect(),
            from: from.map(start),
            // The day itself is meant as well.
            to: to.and_then(|to| to.checked_add_days(Days::new(1))).map(start),
        };
        Ok(Question { text: self.q.clone(), filter, limit })
    }
}

fn keep<T>(readings: impl Iterator<Item = Result<T, Detail>>, wrong: &mut Vec<Detail>) -> Vec<T> {
    readings.filter_map(|reading| reading.map_err(|detail| wrong.push(detail)).ok()).collect()
}

fn check_words(field: &str, words: &[String]) -> Option<Detail> {
    if words.len() > MOST_WORDS {
        return Some(Detail::new(field, format!("{field} takes at most {MOST_WORDS} words")));
    }
    let is_bad = |word: &String| word.is_empty() || word.chars().count() > LONGEST_WORD;
    words
        .iter()
        .any(is_bad)
        .then(|| Detail::new(field, format!("each {field} needs 1 to {LONGEST_WORD} characters")))
}

fn source(word: &str) -> Result<SourceKind, Detail> {
    quoted(word).parse::<SourceKind>().map_err(|unknown| Detail::new("source", unknown.to_string()))
}

fn limit(word: &str) -> Result<usize, Detail> {
    word.parse().map_err(|_| {
        let said = format!("limit must be a whole number from 1 to 100, and `{}` is not one", quoted(word));
        Detail::new("limit", said)
    })
}

fn date(field: &str, word: &str) -> Result<NaiveDate, Detail> {
    let strict = word.len() == 10 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = if strict { NaiveDate::parse_from_str(word, "%Y-%m-%d").ok() } else { None };
    date.ok_or_else(|| {
        let said = format!("{field} must be a date like 2026-01-31, and `{}` is not one", quoted(word));
        Detail::new(field, said)
    })
}

fn start(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Asked {
        Asked::read(&Parameters::of(&format!("/?{query}").parse().unwrap()))
    }

    fn fields(query: &str) -> Vec<String> {
        asked(query).question().unwrap_err().into_iter().map(|detail| detail.field).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        assert_eq!(fields("q=x&source=slack&from=2026-13-01&limit=ten"), ["source", "from", "limit"]);
        assert_eq!(fields("q=x&from=2026-02-02&to=2026-02-01"), ["to"]);
        assert_eq!(fields("q=x&from=2026-2-2"), ["from"]);
        assert_eq!(fields("q=x&project="), ["project"]);
    }

    #[test]
    fn the_last_day_is_included() {
        let question = asked("q=x&from=2026-02-01&to=2026-02-01").question().unwrap();
        let (from, to) = (question.filter.from.unwrap(), question.filter.to.unwrap());
        assert_eq!((to - from).num_hours(), 24);
        assert!(asked("q=x&to=9999-12-31").question().is_ok());
    }

    #[test]
    fn open_stands_for_both_categories_that_are_not_done() {
        assert_eq!(
            asked("q=x&state=open&state=Won't%20do,%20ever").question().unwrap().filter.states.len(),
            3
        );
    }
}

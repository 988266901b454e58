//! Where a walk or a census stands, as it is stored with each page.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use daybook_core::model::backfill::Window;
use daybook_core::ports::source::{Cursor, Reach, Scope, SourceError};
use serde::{Deserialize, Serialize};

use super::listing::Listing;
use super::{KIND, slices};

const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    v: u32,
    place: Place,
}

/// A place in a walk or a census.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Place {
    History(History),
    Changes(Changes),
    Items(Items),
    Census(Census),
}

/// A place in the days of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    /// The window's first day.
    pub(super) first: NaiveDate,
    /// The day up to which worklogs are usual: the window's last.
    pub(super) until: NaiveDate,
    /// The stretch that is being read; `None`: there is no further one.
    pub(super) stretch: Option<Stretch>,
}

/// A stretch of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    pub(super) listing: Listing,
}

/// A place in what has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Changes {
    /// The window.
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
    pub(super) part: Part,
}

/// What of the changes is being read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    /// Worklogs that were written or edited.
    Written(Written),
    /// Worklogs that were deleted.
    Deleted {
        /// The token of the page that comes next; `None`: the first.
        token: Option<String>,
        pages: u32,
    },
    /// Records that are looked at in any case.
    Also(Items),
    Done,
}

/// A place in what was written or edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    /// All changes in front of this moment have come.
    pub(super) since: DateTime<Utc>,
    /// Worklogs that came and changed at or after it.
    pub(super) met: Vec<u64>,
    /// Rows to go back, after the list has shifted.
    pub(super) back: u64,
    /// Pages without rows in a row.
    pub(super) empty: u32,
    /// One worklog a page: one of them was too large, and must not be asked for again.
    pub(super) alone: bool,
}

/// A place in a list of single records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Items {
    pub(super) next: usize,
    /// Those that are not there, and were never held.
    pub(super) unknown: Vec<String>,
}

/// A place in the list of everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Census {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    pub(super) listing: Listing,
    pub(super) done: bool,
}

impl Place {
    /// The beginning of a scope, or the place after a stored page.
    pub(super) fn begin(scope: &Scope, after: Option<&Cursor>) -> Result<Self, SourceError> {
        if let Some(project) = &scope.project {
            // Its filter knows projects by number only and no answer names one, so nothing could be checked; and what a
            // vendor that forgets the filter sends is everything.
            let said = format!(
                "Tempo does not say to which project a worklog belongs, so `{}` alone cannot be read; read all of it: Daybook files each worklog under the project of its issue",
                crate::http::scrubbed(project)
            );
            return Err(SourceError::Unacceptable { source_kind: KIND, doing: "look for the project", said });
        }
        let start = match &scope.reach {
            Reach::History(window) => Self::History(History::of(window)),
            Reach::Changes(window) => Self::Changes(Changes::of(window)),
            Reach::Items(_) => Self::Items(Items::default()),
        };
        let Some(after) = after else { return Ok(start) };
        match (Self::stored(after)?, start) {
            (place @ Self::History(_), Self::History(_))
            | (place @ Self::Changes(_), Self::Changes(_))
            | (place @ Self::Items(_), Self::Items(_)) => Ok(place),
            _ => Err(unknown("of another kind of run")),
        }
    }

    /// The beginning of a census, or the place after a stored page of one.
    pub(super) fn census(from: DateTime<Utc>, after: Option<&Cursor>) -> Result<Census, SourceError> {
        let Some(after) = after else {
            let day = from.date_naive();
            let is_midnight = from.time() == NaiveTime::MIN;
            // Worklogs are held at the midnight of their day: that of this day is in front of a moment within it.
            let first = if is_midnight { day } else { day.succ_opt().unwrap_or(day) };
            return Ok(Census {
                first,
                last: slices::ever_after(first),
                listing: Listing::default(),
                done: false,
            });
        };
        match Self::stored(after)? {
            Self::Census(census) => Ok(census),
            _ => Err(unknown("of another kind of run")),
        }
    }

    fn stored(after: &Cursor) -> Result<Self, SourceError> {
        let stored: Stored = serde_json::from_str(&after.0).map_err(|error| unknown(&error.to_string()))?;
        if stored.v == VERSION { Ok(stored.place) } else { Err(unknown(&format!("version {}", stored.v))) }
    }

    /// The cursor to this place.
    pub(super) fn cursor(self) -> Cursor {
        // Numbers, texts, days and options of them always have a JSON form.
        Cursor(serde_json::to_string(&Stored { v: VERSION, place: self }).unwrap_or_default())
    }
}

impl History {
    pub(super) fn of(window: &Window) -> Self {
        let (first, until, last) = days(window);
        let stretch = (first <= last).then(|| Stretch::new(slices::begin(first, until, None, 1), last));
        Self { first, until, stretch }
    }

    /// The first and the last day of the window; the latter as far as worklogs are usual.
    pub(super) fn usual_days(&self) -> (NaiveDate, NaiveDate) {
        (self.first, self.until)
    }

    /// All of its days, while nothing has been read.
    pub(super) fn all_days(&self) -> (NaiveDate, NaiveDate) {
        (self.first, self.stretch.as_ref().map_or(self.until, |stretch| stretch.last))
    }

    /// Leaves a stretch behind that had so many worklogs.
    pub(super) fn go_on(&mut self, page_size: u32) {
        let Some(done) = self.stretch.take() else { return };
        if done.first <= self.first {
            return;
        }
        let Some(last) = done.first.pred_opt() else { return };
        let days = slices::days_between(done.first, done.last.min(self.until)).max(1);
        let first = slices::begin(self.first, last, Some((days, done.listing.came)), page_size);
        self.stretch = Some(Stretch::new(first, last));
    }
}

impl Stretch {
    fn new(first: NaiveDate, last: NaiveDate) -> Self {
        Self { first, last, listing: Listing::default() }
    }
}

impl Changes {
    fn of(window: &Window) -> Self {
        let since = whole_second(window.from);
        let part = Written { since, met: Vec::new(), back: 0, empty: 0, alone: false };
        Self { from: window.from, to: window.to, part: Part::Written(part) }
    }
}

/// Tempo's questions have no fractions of a second.
pub(super) fn whole_second(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment - TimeDelta::nanoseconds(i64::from(moment.timestamp_subsec_nanos()))
}

/// The days of a window: its first, the last one of its time, and the last one that is asked for.
fn days(window: &Window) -> (NaiveDate, NaiveDate, NaiveDate) {
    let (first, last) = (window.from.date_naive(), window.to.date_naive());
    if window.to.time() != NaiveTime::MIN {
        // It ends now, and what is entered for days to come is there already.
        return (first, last, slices::ahead(last));
    }
    let before = last.pred_opt().unwrap_or(last);
    (first, before, before)
}

fn unknown(why: &str) -> SourceError {
    SourceError::Broken {
        source_kind: KIND,
        doing: "go on from a checkpoint",
        said: format!("the stored checkpoint is none of this version ({why}); start the run anew"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(from: &str, to: &str) -> Scope {
        let time = |text: &str| text.parse().unwrap();
        Scope::history(Window { from: time(from), to: time(to), days: None })
    }

    fn history(from: &str, to: &str) -> History {
        match Place::begin(&scope(from, to), None).unwrap() {
            Place::History(history) => history,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_window_is_read_as_whole_days_and_one_that_ends_within_a_day_ends_now() {
        let days = |from, to| {
            let (first, last) = history(from, to).all_days();
            format!("{first} {last}")
        };
        assert_eq!(days("2026-11-01T00:00:00Z", "2026-11-25T00:00:00Z"), "2026-11-01 2026-11-24");
        assert_eq!(days("2026-11-01T15:00:00Z", "2026-11-24T15:00:00Z"), "2026-11-01 2036-12-01");
        assert_eq!(history("2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z").stretch, None);
    }

    #[test]
    fn the_stretches_of_a_window_are_all_of_its_days_once_newest_first() {
        let mut place = history("2020-03-05T00:00:00Z", "2026-11-24T15:00:00Z");
        let mut end = place.all_days().1;
        let mut stretches = 0;
        while let Some(stretch) = &mut place.stretch {
            assert!(stretch.first <= stretch.last && stretch.last == end);
            end = stretch.first.pred_opt().unwrap();
            stretch.listing = serde_json::from_value(serde_json::json!({
                "offset": 0, "edge": null, "reached": 0, "came": 3_000, "blind": false, "empty": 0, "pages": 3
            }))
            .unwrap();
            stretches += 1;
            place.go_on(1_000);
        }
        assert_eq!(end.to_string(), "2020-03-04");
        assert!((2..12).contains(&stretches), "{stretches}");
    }

    #[test]
    fn a_census_begins_with_the_first_day_that_begins_at_its_moment_or_after() {
        for (from, first) in
            [("2026-11-01T00:00:00Z", "2026-11-01"), ("2026-11-01T00:00:00.000001Z", "2026-11-02")]
        {
            assert_eq!(Place::census(from.parse().unwrap(), None).unwrap().first.to_string(), first);
        }
    }

    #[test]
    fn a_cursor_of_another_make_is_refused_and_ones_own_is_not() {
        let scope = scope("2026-11-01T00:00:00Z", "2026-11-24T15:00:00Z");
        let start = Place::begin(&scope, None).unwrap();
        assert_eq!(Place::begin(&scope, Some(&start.clone().cursor())).unwrap(), start);
        let census = Place::Census(Place::census("2026-11-01T00:00:00Z".parse().unwrap(), None).unwrap());
        let newer = start.clone().cursor().0.replace("\"v\":1", "\"v\":2");
        let odd = ["", "{}", "null", r#"{"v":1}"#, &newer, &census.clone().cursor().0];
        for odd in odd {
            assert!(Place::begin(&scope, Some(&Cursor(odd.to_owned()))).is_err(), "{odd}");
        }
        assert!(Place::census("2026-11-24T15:00:00Z".parse().unwrap(), Some(&start.cursor())).is_err());
    }
}

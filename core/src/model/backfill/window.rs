//! Which part of history: days or dates as they were asked for, and the window that they mean.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::fault::{Fault, FaultKind};
use crate::model::source::SourceKind;

/// How far a backfill reaches back: 1 to 3650 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Days(u16);

impl Days {
    /// The fewest.
    pub const MIN: i64 = 1;
    /// The most: ten years.
    pub const MAX: i64 = 3650;

    /// The number.
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

impl TryFrom<i64> for Days {
    type Error = WindowError;

    fn try_from(days: i64) -> Result<Self, WindowError> {
        u16::try_from(days)
            .ok()
            .filter(|_| (Self::MIN..=Self::MAX).contains(&days))
            .map(Self)
            .ok_or(WindowError::DaysOutOfRange(days))
    }
}

impl From<Days> for i64 {
    fn from(days: Days) -> Self {
        days.get()
    }
}

/// A window that makes no sense, and which input to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// Fewer than one day or more than ten years.
    #[error("days must be from 1 to 3650, and {0} is not")]
    DaysOutOfRange(i64),
    /// Not a whole number at all.
    #[error("days must be a whole number from 1 to 3650, and `{0}` is not one")]
    DaysNotANumber(String),
    /// Not a date.
    #[error("{field} must be a date like 2026-01-31, and `{value}` is not one")]
    NotADate {
        /// `from_date` or `to_date`.
        field: &'static str,
        /// What was given.
        value: String,
    },
    /// One of the pair is missing.
    #[error("from_date and to_date belong together: {missing} is missing")]
    HalfAPair {
        /// The missing one.
        missing: &'static str,
    },
    /// `days` and dates at once.
    #[error("give either days or from_date and to_date, not both")]
    DaysAndDates,
    /// The end is before the beginning.
    #[error("to_date ({to}) is before from_date ({from})")]
    Reversed {
        /// The beginning.
        from: NaiveDate,
        /// The end.
        to: NaiveDate,
    },
    /// A date that has not come yet.
    #[error("{field} ({date}) lies in the future; today is {today} (UTC)")]
    Future {
        /// `from_date` or `to_date`.
        field: &'static str,
        /// What was given.
        date: NaiveDate,
        /// What day it is.
        today: NaiveDate,
    },
}

impl Fault for WindowError {
    fn kind(&self) -> FaultKind {
        FaultKind::Invalid
    }

    fn field(&self) -> Option<&str> {
        Some(match self {
            Self::DaysOutOfRange(_) | Self::DaysNotANumber(_) | Self::DaysAndDates => "days",
            Self::NotADate { field, .. } | Self::Future { field, .. } => field,
            Self::HalfAPair { missing } => missing,
            Self::Reversed { .. } => "to_date",
        })
    }
}

/// What was asked for, as words: the way in leaves the checking to [`Asked::window`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `days`, unparsed.
    pub days: Option<String>,
    /// `from_date`, unparsed.
    pub from_date: Option<String>,
    /// `to_date`, unparsed.
    pub to_date: Option<String>,
}

impl Asked {
    /// The window that was asked for; the source's default reach when nothing was.
    pub fn window(&self, source: SourceKind, now: DateTime<Utc>) -> Result<Window, WindowError> {
        let date = |field: &'static str, value: &Option<String>| {
            value.as_deref().map(|value| parse_date(field, value)).transpose()
        };
        match (&self.days, date("from_date", &self.from_date)?, date("to_date", &self.to_date)?) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => Err(WindowError::DaysAndDates),
            (Some(days), None, None) => {
                let number: i64 =
                    days.trim().parse().map_err(|_| WindowError::DaysNotANumber(days.clone()))?;
                Ok(Window::last(Days::try_from(number)?, now))
            }
            (None, None, None) => Ok(Window::last(Days::try_from(source.default_days())?, now)),
            (None, Some(from), Some(to)) => Window::between(from, to, now),
            (None, Some(_), None) => Err(WindowError::HalfAPair { missing: "to_date" }),
            (None, None, Some(_)) => Err(WindowError::HalfAPair { missing: "from_date" }),
        }
    }
}

fn parse_date(field: &'static str, value: &str) -> Result<NaiveDate, WindowError> {
    let bad = || WindowError::NotADate { field, value: value.to_owned() };
    // chrono also takes `2026-1-3` and `+2026-01-03`; the contract is YYYY-MM-DD.
    if value.len() != 10 || !value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return Err(bad());
    }
    NaiveDate::parse_from_str(value, "%Y-%m-%d").map_err(|_| bad())
}

/// A window of history: from (inclusive) to (exclusive), by the source's clock of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first moment in it.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub to: DateTime<Utc>,
    /// The days that were asked for, if it was by days.
    pub days: Option<Days>,
}

impl Window {
    /// The last so many days up to now.
    pub fn last(days: Days, now: DateTime<Utc>) -> Self {
        Self { from: now - Duration::days(days.get()), to: now, days: Some(days) }
    }

    /// Whole days, both included, in UTC; today ends now.
    pub fn between(from: NaiveDate, to: NaiveDate, now: DateTime<Utc>) -> Result<Self, WindowError> {
        let today = now.date_naive();
        if from > today {
            return Err(WindowError::Future { field: "from_date", date: from, today });
        }
        if to > today {
            return Err(WindowError::Future { field: "to_date", date: to, today });
        }
        if to < from {
            return Err(WindowError::Reversed { from, to });
        }
        let from = from.and_time(NaiveTime::MIN).and_utc();
        let to = (to.and_time(NaiveTime::MIN).and_utc() + Duration::days(1)).min(now);
        Ok(Self { from, to, days: None })
    }

    /// Whether another request asks for the same: equal dates, or equally many days.
    pub fn same_request(&self, other: &Self) -> bool {
        match (self.days, other.days) {
            (Some(a), Some(b)) => a == b,
            // An end that is "now" on the last day is the same request a second later.
            (None, None) => self.from == other.from && self.to.date_naive() == other.to.date_naive(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-24T15:00:00Z".parse().unwrap()
    }

    fn asked(days: Option<&str>, from: Option<&str>, to: Option<&str>) -> Result<Window, WindowError> {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Asked { days: owned(days), from_date: owned(from), to_date: owned(to) }
            .window(SourceKind::Jira, now())
    }

    #[test]
    fn days_outside_one_to_3650_are_refused_by_name() {
        for bad in ["0", "9999", "3651", "-1", "abc", "", "1.5", "1e3", "99999999999999999999"] {
            assert_eq!(asked(Some(bad), None, None).unwrap_err().field(), Some("days"), "{bad}");
        }
        for good in ["1", "3650", "365"] {
            assert!(asked(Some(good), None, None).is_ok(), "{good}");
        }
    }

    #[test]
    fn half_a_pair_reversed_and_future_dates_are_refused_by_name() {
        let refused = [
            (None, Some("2026-01-01"), None, "to_date"),
            (None, None, Some("2026-01-01"), "from_date"),
            (None, Some("2026-02-01"), Some("2026-01-01"), "to_date"),
            (None, Some("2026-01-01"), Some("2026-11-25"), "to_date"),
            (None, Some("2027-01-01"), Some("2027-01-02"), "from_date"),
            (None, Some("2026-02-30"), Some("2026-03-01"), "from_date"),
            (None, Some("2026-2-3"), Some("2026-03-01"), "from_date"),
            (Some("3"), Some("2026-02-03"), Some("2026-03-01"), "days"),
        ];
        for (days, from, to, field) in refused {
            assert_eq!(asked(days, from, to).unwrap_err().field(), Some(field), "{from:?} {to:?}");
        }
    }

    #[test]
    fn a_pair_of_dates_includes_both_days_and_today_ends_now() {
        let window = asked(None, Some("2026-11-01"), Some("2026-11-24")).unwrap();
        assert_eq!(window.from.to_rfc3339(), "2026-11-01T00:00:00+00:00");
        assert_eq!(window.to, now());
        let past = asked(None, Some("2021-12-31"), Some("2021-12-31")).unwrap();
        assert_eq!((past.to - past.from).num_hours(), 24);
    }

    #[test]
    fn the_same_days_a_second_later_are_the_same_request() {
        let first = Window::last(Days::try_from(30).unwrap(), now());
        let later = Window::last(Days::try_from(30).unwrap(), now() + Duration::seconds(5));
        assert!(first.same_request(&later));
        assert!(!first.same_request(&Window::last(Days::try_from(31).unwrap(), now())));
    }
}

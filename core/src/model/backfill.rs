//! Backfill: one run over a window of a source's history. Days, windows, progress and the report.

use std::fmt;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fault::{Fault, FaultKind};
use super::source::SourceKind;

/// A backfill's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BackfillId(pub Uuid);

impl fmt::Display for BackfillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

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

/// Where a backfill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BackfillState {
    /// Accepted; no worker has begun.
    Queued,
    /// A worker is on it, or will go on after a pause.
    Running,
    /// Everything was read.
    Done,
    /// Ended with a reason; what was stored stays.
    Failed,
    /// Ended by a person; what was stored stays.
    Cancelled,
}

impl BackfillState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The word in columns and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether nothing more will happen.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunKind {
    /// Reads a window of history anew.
    Backfill,
    /// Reads what has changed since the last confirmed moment.
    Sync,
    /// Compares everything listed with everything held.
    Census,
}

impl RunKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Backfill, Self::Sync, Self::Census];

    /// The word in columns and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Backfill => "backfill",
            Self::Sync => "sync",
            Self::Census => "census",
        }
    }

    /// The kind a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What a run will take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Requests.
    pub requests: u64,
    /// Seconds at the pace that the source allows, at least.
    pub seconds: u64,
    /// Whether parts of it are estimated: the source does not count them.
    pub estimated: bool,
}

/// What a backfill has done so far; at the end, its report. Advanced in the transaction of each page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Requests sent to the source.
    pub requests: u64,
    /// Pages stored.
    pub pages: u64,
    /// Records that came, repeats included.
    pub seen: u64,
    /// Different records that came.
    pub distinct: u64,
    /// Records that we did not hold.
    pub new: u64,
    /// Records that differed from what we held.
    pub changed: u64,
    /// Records that we held already, just so.
    pub unchanged: u64,
    /// Records that could not be read, kept aside with their reason.
    pub quarantined: u64,
    /// Records that the source said there are, before the first page. `None`: it would not say.
    pub expected: Option<u64>,
    /// Comments that the source counts but does not show to this credential.
    pub hidden_comments: u64,
    /// Comments that were left out because their issue has more than Daybook keeps; its document says so.
    pub unread_comments: u64,
    /// Records that came and were not asked for: of another project, or from outside the window.
    pub outside: u64,
    /// Times a rate limit or an outage made us wait.
    pub waits: u64,
    /// What the run was thought to take, before its first page.
    pub plan: Option<Plan>,
    /// Documents that became tombstones.
    pub gone: u64,
    /// Changes in the source's own time that came.
    pub changes: u64,
    /// Projects that a census has listed so far.
    pub projects: Vec<String>,
}

/// One run over a window of a source's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backfill {
    /// Its id.
    pub id: BackfillId,
    /// What it is for.
    pub kind: RunKind,
    /// Where from.
    pub source: SourceKind,
    /// Which part of history.
    pub window: Window,
    /// Only this project, if said.
    pub project: Option<String>,
    /// Only this record, if said: its id at the source, or what people call it.
    pub item: Option<String>,
    /// Whether a person confirmed that much may be gone.
    pub accepts_losses: bool,
    /// Where it stands.
    pub state: BackfillState,
    /// What it has done.
    pub progress: Progress,
    /// What a reader of the report should know although the run ended well.
    pub warnings: Vec<String>,
    /// Why it failed, and what to do.
    pub error: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When a worker first began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Backfill {
    /// Share done, 0 to 1, if the source told how much there is. Never 1 before the end.
    pub fn share(&self) -> Option<f64> {
        if self.state == BackfillState::Done {
            return Some(1.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "a share for a progress bar")]
        self.progress
            .expected
            .filter(|expected| *expected > 0)
            .map(|expected| (self.progress.distinct as f64 / expected as f64).min(0.99))
    }

    /// Seconds until the end at the pace so far; `None` while that cannot be told.
    pub fn seconds_left(&self, now: DateTime<Utc>) -> Option<i64> {
        let share = self.share().filter(|share| *share > 0.02 && *share < 1.0)?;
        let spent = (now - self.started_at?).num_milliseconds();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "an estimate")]
        Some((spent as f64 / 1000.0 * (1.0 - share) / share).ceil() as i64)
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

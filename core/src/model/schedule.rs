//! When things run on their own: every so often, or at a time of day in a zone, whatever its clocks do.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Days, Duration, LocalResult, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

/// When something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// Not on its own.
    Off,
    /// Again so long after it last became due.
    Every(Duration),
    /// Each day at a time by the clocks of a zone.
    Daily(NaiveTime, Tz),
}

/// What becomes of ticks that came while nobody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// They are over: the next one will do.
    Skip,
    /// All of them together are made up for once.
    Once,
}

impl Schedule {
    /// Reads `off`, `15m`, `2h`, `1d` or `02:30`; a time of day is in that zone.
    pub fn read(text: &str, zone: Tz) -> Result<Self, UnknownSchedule> {
        let unknown = || UnknownSchedule(text.to_owned());
        let word = text.trim();
        if word == "off" {
            return Ok(Self::Off);
        }
        if let Ok(time) = NaiveTime::parse_from_str(word, "%H:%M") {
            return Ok(Self::Daily(time, zone));
        }
        let unit = word.chars().next_back().ok_or_else(unknown)?;
        let number = i64::from(u16::from_str(&word[..word.len() - unit.len_utf8()]).map_err(|_| unknown())?);
        let every = match unit {
            'm' => Duration::minutes(number),
            'h' => Duration::hours(number),
            'd' => Duration::days(number),
            _ => return Err(unknown()),
        };
        if number == 0 { Err(unknown()) } else { Ok(Self::Every(every)) }
    }

    /// The next time after a moment; `None`: never. Ticks that were missed while nobody ran are one tick.
    pub fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Off => None,
            Self::Every(every) => Some(now + *every),
            Self::Daily(time, zone) => {
                let today = now.with_timezone(zone).date_naive();
                // A day whose clocks jump over the time has it an hour (or two) later; one that has it twice, at the
                // first.
                (0..4).filter_map(|days| today.checked_add_days(Days::new(days))).find_map(|day| {
                    let local = day.and_time(*time);
                    let at = match zone.from_local_datetime(&local) {
                        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at,
                        LocalResult::None => (1..=2).find_map(|hours| {
                            zone.from_local_datetime(&(local + Duration::hours(hours))).earliest()
                        })?,
                    };
                    Some(at.to_utc()).filter(|at| *at > now)
                })
            }
        }
    }
}

impl Schedule {
    /// Whether what is due then stays due then: it is one of this schedule's own times, though not the next. A clock
    /// that was set back a little must not make a time of day come twice.
    pub fn keeps(&self, due: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        let Some(next) = self.next_after(now) else { return false };
        let is_own = matches!(self, Self::Daily(..)) && self.next_after(next) == Some(due);
        due > now && (due <= next || is_own)
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Every(every) => write!(f, "every {} min", every.num_minutes()),
            Self::Daily(time, zone) => write!(f, "daily at {} ({zone})", time.format("%H:%M")),
        }
    }
}

/// Words that are no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a schedule is `off`, `15m`, `2h`, `1d` or a time of day like `02:30`, and `{0}` is none")]
pub struct UnknownSchedule(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_of_day_keeps_to_the_clocks_of_its_zone() {
        let nightly = Schedule::read("02:30", chrono_tz::Europe::Stockholm).unwrap();
        assert_eq!(nightly.next_after(at("2026-11-25T00:00:00Z")), Some(at("2026-11-25T01:30:00Z")));
        assert_eq!(nightly.next_after(at("2026-11-25T01:30:00Z")), Some(at("2026-11-26T01:30:00Z")));
        assert_eq!(nightly.next_after(at("2026-07-01T12:00:00Z")), Some(at("2026-07-02T00:30:00Z")));
        // The clocks go from 02:00 to 03:00, and back from 03:00 to 02:00: once a day all the same.
        assert_eq!(nightly.next_after(at("2026-03-28T12:00:00Z")), Some(at("2026-03-29T01:30:00Z")));
        assert_eq!(nightly.next_after(at("2026-10-24T12:00:00Z")), Some(at("2026-10-25T00:30:00Z")));
        assert_eq!(nightly.next_after(at("2026-10-25T00:30:00Z")), Some(at("2026-10-26T01:30:00Z")));
    }

    #[test]
    fn every_day_has_its_time_once_in_every_zone() {
        for zone in chrono_tz::TZ_VARIANTS {
            for time in ["00:30", "02:15", "23:45"] {
                let schedule = Schedule::read(time, zone).unwrap();
                let (mut now, until, mut ticks) = (at("2026-02-01T12:00:00Z"), at("2026-12-01T12:00:00Z"), 0);
                loop {
                    let next = schedule.next_after(now).unwrap();
                    if next > until {
                        break;
                    }
                    let pause = (next - now).num_minutes();
                    assert!(ticks == 0 || (22 * 60..=26 * 60).contains(&pause), "{zone} {time}: {next}");
                    (now, ticks) = (next, ticks + 1);
                }
                assert_eq!(ticks, (until - at("2026-02-01T12:00:00Z")).num_days(), "{zone} {time}");
            }
        }
    }

    #[test]
    fn a_clock_that_was_set_back_an_hour_brings_no_time_of_day_twice_and_an_earlier_time_holds_at_once() {
        let nightly = Schedule::read("02:30", Tz::UTC).unwrap();
        let tomorrow = at("2026-11-26T02:30:00Z");
        assert!(nightly.keeps(tomorrow, at("2026-11-25T02:30:01Z")));
        assert!(nightly.keeps(tomorrow, at("2026-11-25T01:30:01Z")), "set back");
        assert!(!nightly.keeps(tomorrow, at("2025-11-25T01:30:01Z")), "set back by a year: begin anew");
        assert!(!nightly.keeps(tomorrow, tomorrow), "due");
        let evening = Schedule::read("22:00", Tz::UTC).unwrap();
        assert!(!evening.keeps(tomorrow, at("2026-11-25T02:31:00Z")), "the setting has changed");
        let often = Schedule::read("15m", Tz::UTC).unwrap();
        assert!(
            !often.keeps(at("2026-11-25T02:30:00Z"), at("2026-11-25T01:30:00Z")),
            "it was due hourly before"
        );
        assert!(!Schedule::Off.keeps(tomorrow, at("2026-11-25T02:31:00Z")));
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for bad in ["", "m", "0m", "15", "15s", "-1h", "25:00", "99999m", "é"] {
            assert!(Schedule::read(bad, Tz::UTC).is_err(), "{bad}");
        }
        assert_eq!(Schedule::read("15m", Tz::UTC).unwrap(), Schedule::Every(Duration::minutes(15)));
        assert_eq!(Schedule::Off.next_after(at("2026-11-25T00:00:00Z")), None);
    }
}

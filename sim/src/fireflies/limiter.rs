//! The plan's limits: so many requests in any minute, and on small plans so many a day; each key has its own count.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};

const SPAN: TimeDelta = TimeDelta::minutes(1);

/// How many requests a plan allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) a_minute: usize,
    pub(super) a_day: Option<usize>,
}

/// When the last requests of each key passed.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    passed: HashMap<String, VecDeque<DateTime<Utc>>>,
}

impl Limiter {
    /// Counts a request; one that is over a limit is not counted, and is told when to come again.
    pub(super) fn passes(&mut self, key: &str, plan: Plan, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let passed = self.passed.entry(key.to_owned()).or_default();
        // A day ends at midnight UTC. A clock that was put back must not close the gate for long.
        passed.retain(|moment| moment.date_naive() == now.date_naive() && *moment <= now);
        if plan.a_day.is_some_and(|most| passed.len() >= most) {
            return Err(midnight(now));
        }
        let minute = passed.iter().filter(|moment| now - **moment < SPAN);
        if minute.clone().count() >= plan.a_minute {
            return Err(minute.min().map_or(now, |first| *first + SPAN));
        }
        passed.push_back(now);
        Ok(())
    }
}

/// The next one.
fn midnight(now: DateTime<Utc>) -> DateTime<Utc> {
    now.date_naive().checked_add_days(Days::new(1)).map_or(now, |day| day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_and_a_day_have_their_limits() {
        let start = DateTime::from_timestamp_millis(1_795_162_532_000).unwrap();
        let (mut limiter, plan) = (Limiter::default(), Plan { a_minute: 2, a_day: Some(4) });
        let mut ask = |seconds: i64| limiter.passes("key", plan, start + TimeDelta::seconds(seconds));
        assert_eq!([ask(0), ask(1)], [Ok(()), Ok(())]);
        assert_eq!(ask(2), Err(start + SPAN));
        assert_eq!([ask(61), ask(62)], [Ok(()), Ok(())]);
        let tomorrow = ask(300).unwrap_err();
        assert_eq!(tomorrow.to_rfc3339(), "2026-11-21T00:00:00+00:00");
        assert_eq!(limiter.passes("another", plan, start), Ok(()));
        assert_eq!(limiter.passes("key", plan, tomorrow), Ok(()));
    }
}

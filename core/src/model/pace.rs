//! How fast a credential may ask: what the vendor publishes, kept by all jobs and processes together.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// So many requests in so long a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests.
    pub requests: u32,
    /// In this time.
    pub per: Duration,
    /// How many of them may come at once, after a rest.
    pub burst: u32,
}

/// Every rate that holds for a credential; none: as fast as it answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pace(pub Vec<Rate>);

impl Pace {
    /// Seconds that so many requests take at least.
    pub fn seconds_for(&self, requests: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let one = |rate: &Rate| {
            let beyond = requests.saturating_sub(u64::from(rate.burst)) as f64;
            beyond * rate.per.as_secs_f64() / f64::from(rate.requests)
        };
        self.0.iter().map(one).fold(0.0, f64::max)
    }

    /// Takes one request at a moment (microseconds), or says how long to wait; nothing is taken then. The state is, for
    /// each rate, the moment up to which requests are spoken for (the generic cell rate algorithm).
    pub fn take(&self, spoken_for: &mut Vec<i64>, now: i64) -> Option<Duration> {
        spoken_for.resize(self.0.len(), now);
        let mut wait = 0;
        for (rate, until) in self.0.iter().zip(spoken_for.iter()) {
            let room = rate.step() * i64::from(rate.burst.max(1) - 1);
            // A clock that was set back must not shut the door for longer than the rate itself could.
            let until = (*until).min(now + rate.step() * i64::from(rate.requests.max(rate.burst)));
            wait = wait.max(until - room - now);
        }
        if wait > 0 {
            return Some(Duration::from_micros(wait.unsigned_abs()));
        }
        for (rate, until) in self.0.iter().zip(spoken_for.iter_mut()) {
            *until = (*until).max(now) + rate.step();
        }
        None
    }
}

impl Rate {
    /// Microseconds from one request to the next.
    fn step(&self) -> i64 {
        let per = i64::try_from(self.per.as_micros()).unwrap_or(i64::MAX / 4);
        // Rounded up: never faster than published.
        (per + i64::from(self.requests) - 1) / i64::from(self.requests.max(1))
    }
}

/// A pace that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a pace is `off`, or rates like `180/minute` or `60/minute,500/day`, and `{0}` is neither")]
pub struct UnknownPace(pub String);

impl FromStr for Pace {
    type Err = UnknownPace;

    fn from_str(text: &str) -> Result<Self, UnknownPace> {
        if text.trim() == "off" {
            return Ok(Self::default());
        }
        let unknown = || UnknownPace(text.to_owned());
        let rate = |part: &str| {
            let (number, unit) = part.trim().split_once('/')?;
            let requests: u32 = number.trim().parse().ok().filter(|requests| *requests > 0)?;
            let (per, burst) = match unit.trim() {
                "second" => (Duration::from_secs(1), requests),
                "minute" => (Duration::from_mins(1), requests.div_ceil(10)),
                "hour" => (Duration::from_hours(1), requests.div_ceil(10)),
                "day" => (Duration::from_hours(24), requests),
                _ => return None,
            };
            Some(Rate { requests, per, burst })
        };
        text.split(',').map(|part| rate(part).ok_or_else(unknown)).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("off");
        }
        for (place, rate) in self.0.iter().enumerate() {
            let unit = match rate.per.as_secs() {
                1 => "second",
                60 => "minute",
                3600 => "hour",
                _ => "day",
            };
            write!(f, "{}{}/{unit}", if place == 0 { "" } else { "," }, rate.requests)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_reads_as_it_is_written() {
        for text in ["off", "180/minute", "60/minute,500/day", "5/second"] {
            assert_eq!(text.parse::<Pace>().unwrap().to_string(), text);
        }
        for bad in ["", "180", "0/minute", "-1/day", "3/week", "60/minute;500/day", "on"] {
            assert!(bad.parse::<Pace>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_more_are_granted_in_any_stretch_than_the_rate_and_its_burst_allow() {
        let pace: Pace = "180/minute".parse().unwrap();
        let (mut spoken_for, mut now, mut granted) = (Vec::new(), 0, 0_i64);
        while now < 60_000_000 {
            match pace.take(&mut spoken_for, now) {
                None => granted += 1,
                Some(wait) => now += i64::try_from(wait.as_micros()).unwrap(),
            }
        }
        assert!((180..=198).contains(&granted), "{granted}");
        assert!(pace.take(&mut spoken_for, -3_600_000_000).unwrap() <= Duration::from_mins(2));
    }

    #[test]
    fn the_slowest_rate_says_how_long_it_takes() {
        let pace: Pace = "60/minute,50/day".parse().unwrap();
        assert!(pace.seconds_for(50) < 60.0);
        assert!(pace.seconds_for(100) > 86_000.0);
        assert!(Pace::default().seconds_for(1_000_000).abs() < f64::EPSILON);
    }
}

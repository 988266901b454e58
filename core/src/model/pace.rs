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
            if rate.is_quota() {
                let stretches = requests.saturating_sub(1) / u64::from(rate.requests);
                return stretches as f64 * rate.per.as_secs_f64();
            }
            let beyond = requests.saturating_sub(u64::from(rate.burst)) as f64;
            beyond * rate.per.as_secs_f64() / f64::from(rate.requests)
        };
        self.0.iter().map(one).fold(0.0, f64::max)
    }

    /// Takes one request at a moment (microseconds), or says how long to wait; nothing is taken then. The state belongs
    /// to the pace: two numbers for each rate.
    pub fn take(&self, state: &mut Vec<i64>, now: i64) -> Option<Duration> {
        state.resize(self.0.len() * 2, 0);
        let pairs = || self.0.iter().zip(state.chunks_exact(2));
        let wait = pairs().map(|(rate, state)| rate.wait([state[0], state[1]], now)).max().unwrap_or(0);
        if wait > 0 {
            return Some(Duration::from_micros(wait.unsigned_abs()));
        }
        for (rate, state) in self.0.iter().zip(state.chunks_exact_mut(2)) {
            let [one, other] = rate.taken([state[0], state[1]], now);
            (state[0], state[1]) = (one, other);
        }
        None
    }
}

impl Rate {
    /// Whether the requests of a stretch are counted, as quotas are: all of them may come at once, and then none until
    /// the stretch is over. The state is then its beginning and the count.
    fn is_quota(&self) -> bool {
        self.burst >= self.requests && self.per >= Duration::from_hours(1)
    }

    /// Microseconds until a request may be made.
    fn wait(&self, [first, second]: [i64; 2], now: i64) -> i64 {
        // A clock that was set back must not shut the door for longer than the rate itself could.
        if self.is_quota() {
            let began = if first > now { now } else { first };
            let ends = began + self.micros();
            return if second < i64::from(self.requests) || ends <= now { 0 } else { ends - now };
        }
        // Otherwise it is the moment up to which requests are spoken for (the generic cell rate algorithm).
        let until = first.min(now + self.step() * i64::from(self.requests.max(self.burst)));
        until - self.step() * i64::from(self.burst.max(1) - 1) - now
    }

    fn taken(&self, [first, second]: [i64; 2], now: i64) -> [i64; 2] {
        if !self.is_quota() {
            return [first.max(now) + self.step(), 0];
        }
        let goes_on = second > 0 && first <= now && first + self.micros() > now;
        if goes_on { [first, second + 1] } else { [now, 1] }
    }

    fn micros(&self) -> i64 {
        i64::try_from(self.per.as_micros()).unwrap_or(i64::MAX / 4)
    }

    /// Microseconds from one request to the next.
    fn step(&self) -> i64 {
        // Rounded up: never faster than published.
        (self.micros() + i64::from(self.requests) - 1) / i64::from(self.requests.max(1))
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
                "second" => (Duration::from_secs(1), requests.div_ceil(2)),
                "minute" => (Duration::from_mins(1), requests.div_ceil(10)),
                "hour" => (Duration::from_hours(1), requests),
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
        let (mut state, mut now, mut granted) = (Vec::new(), 0, 0_i64);
        while now < 60_000_000 {
            match pace.take(&mut state, now) {
                None => granted += 1,
                Some(wait) => now += i64::try_from(wait.as_micros()).unwrap(),
            }
        }
        assert!((180..=198).contains(&granted), "{granted}");
        assert!(pace.take(&mut state, -3_600_000_000).unwrap() <= Duration::from_mins(2));
    }

    #[test]
    fn a_quota_may_be_used_at_once_and_is_then_used_up_until_its_day_is_over() {
        let (pace, day): (Pace, i64) = ("50/day".parse().unwrap(), 86_400_000_000);
        let mut state = Vec::new();
        assert_eq!((0..50).find_map(|n| pace.take(&mut state, n)), None);
        assert_eq!(pace.take(&mut state, 50), Some(Duration::from_micros(86_400_000_000 - 50)));
        assert_eq!((0..50).find_map(|n| pace.take(&mut state, day + n)), None);
        assert!(pace.take(&mut state, day + 50).is_some());
        assert!(
            pace.take(&mut state, -day).unwrap() <= Duration::from_hours(24),
            "a clock that was set back"
        );
    }

    #[test]
    fn the_slowest_rate_says_how_long_it_takes() {
        let pace: Pace = "60/minute,50/day".parse().unwrap();
        assert!(pace.seconds_for(50) < 60.0);
        assert!(pace.seconds_for(100) > 86_000.0);
        assert!(Pace::default().seconds_for(1_000_000).abs() < f64::EPSILON);
    }
}

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
        let one = |limit: Limit| {
            let times = requests.saturating_sub(1) / limit.most.unsigned_abs();
            times as f64 * limit.within as f64 / 1e6
        };
        self.limits().map(one).fold(0.0, f64::max)
    }

    /// Takes one request at a moment (microseconds), or says how long to wait. In no stretch of time are more granted
    /// than a rate allows in it. The state is to be kept also where nothing was granted: a clock that was set back is
    /// taken note of in it.
    pub fn take(&self, spoken_for: &mut Vec<i64>, now: i64) -> Option<Duration> {
        let limits: Vec<Limit> = self.limits().collect();
        let mut books = Book::read(spoken_for, limits.len());
        let mut wait = 0;
        for (limit, book) in limits.iter().zip(&mut books) {
            book.tidy(*limit, now);
            wait = wait.max(book.wait(*limit, now));
        }
        if wait <= 0 {
            for (limit, book) in limits.iter().zip(&mut books) {
                book.note(*limit, now);
            }
        }
        *spoken_for = books.iter().flat_map(Book::numbers).collect();
        (wait > 0).then(|| Duration::from_micros(wait.unsigned_abs()))
    }

    fn limits(&self) -> impl Iterator<Item = Limit> {
        self.0.iter().flat_map(Rate::limits)
    }
}

impl Rate {
    /// The rate itself, and no more than its burst in the burst's share of its time.
    fn limits(&self) -> impl Iterator<Item = Limit> {
        let within = i64::try_from(self.per.as_micros()).unwrap_or(i64::MAX / 4);
        let (requests, burst) = (i64::from(self.requests.max(1)), i64::from(self.burst.max(1)));
        let whole = Limit { most: requests, within };
        // Rounded up: never faster than published.
        let smooth =
            Limit { most: burst, within: (within / requests).saturating_add(1).saturating_mul(burst) };
        [whole].into_iter().chain(Some(smooth).filter(|_| burst < requests))
    }
}

/// At most so many requests in any stretch of so many microseconds.
#[derive(Debug, Clone, Copy)]
struct Limit {
    most: i64,
    within: i64,
}

impl Limit {
    /// Requests that came within so long of each other are written down together, as if all had come with the last.
    fn grain(self) -> i64 {
        if self.most > GRAINS { self.within / GRAINS } else { 0 }
    }
}

/// So many lines does a book have at most, and one for the grain that is not full.
const GRAINS: i64 = 32;
/// Clocks of two machines differ; one that differs by more was set back.
const SKEW: i64 = 10_000_000;

/// What was granted under one limit: moments with how many, oldest first.
#[derive(Debug, Default)]
struct Book(Vec<(i64, i64)>);

impl Book {
    /// Books as numbers: for each how many lines it has, and its lines. What is no book is an empty one.
    fn read(numbers: &[i64], how_many: usize) -> Vec<Self> {
        let mut rest = numbers;
        let mut books = Vec::new();
        while books.len() < how_many {
            let Some((lines, after)) = rest.split_first() else { break };
            let lines = usize::try_from(*lines).unwrap_or(usize::MAX).saturating_mul(2).min(after.len());
            let (lines, after) = after.split_at(lines);
            books.push(Self(lines.as_chunks().0.iter().map(|&[at, number]| (at, number)).collect()));
            rest = after;
        }
        books.resize_with(how_many, Self::default);
        books
    }

    fn numbers(&self) -> impl Iterator<Item = i64> {
        let lines = i64::try_from(self.0.len()).unwrap_or(0);
        std::iter::once(lines).chain(self.0.iter().flat_map(|&(at, number)| [at, number]))
    }

    /// Forgets what is too old to count. What lies in the future was granted before a clock was set back: nobody knows
    /// how long ago, so it counts as just granted, and not for longer than that.
    fn tidy(&mut self, limit: Limit, now: i64) {
        let ahead = self.0.last().map_or(0, |(at, _)| at - now);
        if ahead > SKEW {
            self.0.iter_mut().for_each(|(at, _)| *at -= ahead);
        }
        self.0.retain(|(at, _)| at + limit.within > now);
    }

    fn wait(&self, limit: Limit, now: i64) -> i64 {
        let mut granted: i64 = self.0.iter().map(|(_, number)| number).sum();
        for (at, number) in &self.0 {
            if granted < limit.most {
                break;
            }
            granted -= number;
            if granted < limit.most {
                return at + limit.within - now;
            }
        }
        0
    }

    fn note(&mut self, limit: Limit, now: i64) {
        let grain = limit.grain().max(1);
        match self.0.last_mut() {
            Some((at, number)) if *at >= now || *at / grain == now / grain => {
                *at = now.max(*at);
                *number += 1;
            }
            _ => self.0.push((now, 1)),
        }
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

    /// Asks at once whenever it is told to, for so long; gives the moments of what was granted.
    fn granted(pace: &Pace, state: &mut Vec<i64>, from: i64, seconds: i64) -> Vec<i64> {
        let (mut now, mut granted) = (from, Vec::new());
        while now < from + seconds * 1_000_000 {
            match pace.take(state, now) {
                // A request takes a while, and not always the same.
                None => {
                    granted.push(now);
                    now += 1_000 + now % 7_919;
                }
                Some(wait) => now += i64::try_from(wait.as_micros()).unwrap(),
            }
        }
        granted
    }

    fn most_in_any(stretch: i64, moments: &[i64]) -> usize {
        let from = |at: &i64| moments.iter().filter(|other| (*at..at + stretch).contains(other)).count();
        moments.iter().map(from).max().unwrap_or(0)
    }

    #[test]
    fn in_no_stretch_is_more_granted_than_the_rate_allows_and_hardly_less() {
        const MINUTE: i64 = 60_000_000;
        let now = 1_790_000_000_000_000;
        for (text, stretch, most, seconds) in [
            ("180/minute", MINUTE, 180, 600),
            ("180/minute", MINUTE / 10, 18, 600),
            ("5/second", 1_000_000, 5, 60),
            ("60/minute,500/day", 1_440 * MINUTE, 500, 3 * 86_400),
            ("3600/hour", 60 * MINUTE, 3_600, 3 * 3_600),
        ] {
            let pace: Pace = text.parse().unwrap();
            let mut state = Vec::new();
            let moments = granted(&pace, &mut state, now, seconds);
            assert!(most_in_any(stretch, &moments) <= most, "{text}");
            let fair = i64::try_from(most).unwrap() * seconds * 1_000_000 / stretch;
            assert!(moments.len() * 100 >= usize::try_from(fair).unwrap() * 85, "{text}: {}", moments.len());
            assert!(state.len() < 300, "{text}: the state stays small, {}", state.len());
        }
    }

    #[test]
    fn a_clock_that_was_set_back_neither_locks_for_good_nor_grants_more() {
        let pace: Pace = "60/minute,100/day".parse().unwrap();
        let (mut state, now) = (Vec::new(), 1_790_000_000_000_000);
        assert_eq!(granted(&pace, &mut state, now, 600).len(), 100);
        let year = 365 * 86_400 * 1_000_000;
        let wait = pace.take(&mut state, now - year).unwrap();
        assert!(wait <= Duration::from_hours(24), "{wait:?}");
        assert_eq!(granted(&pace, &mut state, now - year, 86_300), [0; 0], "not more than a day's");
        assert_eq!(granted(&pace, &mut state, now - year + 86_400_000_000, 7_200).len(), 100, "nor locked");
    }

    #[test]
    fn a_state_that_is_none_or_of_another_pace_is_no_harm() {
        for mut state in [vec![], vec![-1], vec![i64::MAX, 1], vec![2, 1], vec![1, 5, 5, 1, 7, 7, 9]] {
            let pace: Pace = "60/minute,50/day".parse().unwrap();
            assert_eq!(pace.take(&mut state, 1_790_000_000_000_000), None);
        }
    }

    #[test]
    fn the_slowest_rate_says_how_long_it_takes() {
        let pace: Pace = "60/minute,50/day".parse().unwrap();
        assert!(pace.seconds_for(50) < 60.0);
        assert!(pace.seconds_for(100) > 86_000.0);
        assert!(Pace::default().seconds_for(1_000_000).abs() < f64::EPSILON);
    }
}

//! The gateway's limit: five requests in any second, whatever the token.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

const MOST: usize = 5;
const SPAN: TimeDelta = TimeDelta::seconds(1);

/// When the last requests passed.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    passed: VecDeque<DateTime<Utc>>,
}

impl Limiter {
    /// Counts a request, and says whether it is within the limit; one that is not is not counted.
    pub(super) fn passes(&mut self, now: DateTime<Utc>) -> bool {
        // A clock that was put back must not close the gate for long.
        self.passed.retain(|moment| now - *moment < SPAN && *moment <= now);
        let passes = self.passed.len() < MOST;
        if passes {
            self.passed.push_back(now);
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_pass_in_any_second() {
        let mut limiter = Limiter::default();
        let start = DateTime::from_timestamp_millis(1_795_162_532_000).unwrap();
        let at = |milliseconds| start + TimeDelta::milliseconds(milliseconds);
        let passed: Vec<_> =
            [0, 100, 200, 300, 400, 500, 999, 1_000, 1_001].map(|moment| limiter.passes(at(moment))).into();
        assert_eq!(passed, [true, true, true, true, true, false, false, true, false]);
    }
}

//! The limit of a connection: so many requests in a fixed window of a minute, in bursts or not.

use chrono::{DateTime, Utc};

const WINDOW: i64 = 60;

/// What passed in the present window.
#[derive(Debug, Default)]
pub(super) struct Limiter {
    window: i64,
    passed: usize,
}

impl Limiter {
    /// Counts a request; if there were `most` already, how many seconds are left of the window.
    pub(super) fn wait(&mut self, now: DateTime<Utc>, most: usize) -> Option<i64> {
        let window = now.timestamp().div_euclid(WINDOW);
        if window != self.window {
            *self = Self { window, passed: 0 };
        }
        if self.passed < most {
            self.passed += 1;
            return None;
        }
        Some(WINDOW - now.timestamp().rem_euclid(WINDOW))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_window_ends_with_its_minute() {
        let mut limiter = Limiter::default();
        let start = DateTime::from_timestamp_millis(1_795_176_000_000).unwrap();
        let waits: Vec<_> =
            [1, 2, 50, 59, 60, 61].map(|second| limiter.wait(start + TimeDelta::seconds(second), 2)).into();
        assert_eq!(waits, [None, None, Some(10), Some(1), None, None]);
    }
}

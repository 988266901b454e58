//! A clock that tests move by hand.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::ports::clock::Clock;
use uuid::Uuid;

/// Stands still until told to move; ids count up.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<DateTime<Utc>>,
    ids: AtomicU64,
}

impl ManualClock {
    /// A clock that shows this time, like `2026-11-24T15:00:00Z`.
    ///
    /// # Panics
    /// When that is no time.
    #[expect(clippy::expect_used, reason = "a test that cannot say what time it is should stop")]
    pub fn at(time: &str) -> Self {
        Self::at_time(time.parse().expect("a time like 2026-11-24T15:00:00Z"))
    }

    /// A clock that shows this time.
    pub fn at_time(time: DateTime<Utc>) -> Self {
        Self { now: Mutex::new(time), ids: AtomicU64::new(1) }
    }

    /// Moves on.
    pub fn advance(&self, by: TimeDelta) {
        *self.lock() += by;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.lock()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.ids.fetch_add(1, Ordering::Relaxed)))
    }
}

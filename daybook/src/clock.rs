//! The machine's own clock and fresh ids: the only place that reads them.

use chrono::{DateTime, Utc};
use daybook_core::ports::clock::Clock;
use uuid::Uuid;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

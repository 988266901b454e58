//! What time it is for the queue: by the database's clock, unless a test has brought one.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_core::model::job::Due;
use daybook_core::ports::clock::Clock;
use sqlx::SqliteConnection;

use super::{Result, failed};

/// Whose clock says what time it is; `None`: the database's, which is the machine's.
#[derive(Clone, Default)]
pub(super) struct Moment(pub(super) Option<Arc<dyn Clock>>);

impl std::fmt::Debug for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Moment(given)" } else { "Moment(database)" })
    }
}

impl Moment {
    /// Microseconds since 1970.
    pub(super) async fn now(&self, connection: &mut SqliteConnection) -> Result<i64> {
        if let Some(clock) = &self.0 {
            return Ok(clock.now().timestamp_micros());
        }
        sqlx::query_scalar("select cast(unixepoch('subsec') * 1000000 as integer)")
            .fetch_one(connection)
            .await
            .map_err(failed("ask the database what time it is"))
    }

    /// The same as text in JSON.
    #[expect(clippy::unused_self, reason = "it belongs to the moment that was asked")]
    pub(super) fn stamp(&self, now: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(now).unwrap_or_default()
    }
}

/// Microseconds; what is longer than any column holds is the longest.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

pub(super) fn due_micros(due: Due, now: i64) -> i64 {
    match due {
        Due::Now => now,
        Due::In(after) => now.saturating_add(micros(after)),
        Due::At(at) => at.timestamp_micros(),
    }
}

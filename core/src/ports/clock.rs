//! What time is it, and a fresh id. Handed in, so that tests can choose both.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Time and ids.
pub trait Clock: Send + Sync {
    /// The time.
    fn now(&self) -> DateTime<Utc>;
    /// An id that sorts by time.
    fn fresh_id(&self) -> Uuid;
}

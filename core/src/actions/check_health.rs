//! Says whether Daybook can do its work: the database, the queue, a worker.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::model::fault::chain;
use crate::model::job::QueueCounts;
use crate::ports::store::{Store, StoreError};

/// A worker that has not shown life for this long is taken for gone.
pub const WORKER_SILENCE: Duration = Duration::from_secs(30);

/// What is due is started within seconds. What was not for this long will not be.
pub const SCHEDULE_SILENCE: TimeDelta = TimeDelta::minutes(1);

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Whether the database answers and keeps what is written; else why not.
    pub database: Result<(), String>,
    /// How the queue stands, if that could be asked.
    pub queue: Option<QueueCounts>,
    /// Whether some worker has shown life lately.
    pub worker: bool,
    /// What should have been started on its own by now and was not, by name: nobody looks at the schedule. `None`: it
    /// could not be asked.
    pub overdue: Option<Vec<String>>,
}

/// Checks health.
pub struct CheckHealth {
    store: Arc<dyn Store>,
}

impl CheckHealth {
    /// Checks this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Looks now.
    pub async fn run(&self) -> Health {
        match self.store.queue_counts().await {
            Ok(counts) => {
                let worker = self.store.worker_seen_within(WORKER_SILENCE).await.unwrap_or(false);
                let database = self.store.writable().await.map_err(|error| chain(&error));
                let overdue = self.overdue().await.ok();
                Health { database, queue: Some(counts), worker, overdue }
            }
            Err(error) => Health { database: Err(chain(&error)), queue: None, worker: false, overdue: None },
        }
    }

    async fn overdue(&self) -> Result<Vec<String>, StoreError> {
        let since = self.store.now().await? - SCHEDULE_SILENCE;
        let late = self.store.ticks().await?.into_iter().filter(|(_, due)| *due < since);
        let mut names: Vec<String> = late.map(|(name, _)| name).collect();
        names.sort();
        Ok(names)
    }
}

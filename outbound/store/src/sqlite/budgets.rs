//! One budget for each credential, over all processes that share the database.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::model::pace::Pace;
use daybook_core::ports::budget::{Budget, CredentialId, Take};
use daybook_core::ports::clock::Clock;
use std::sync::Arc;

use super::rows::{json, to_json};
use super::{Result, SqliteStore, failed};

/// The budgets in the database. Reading and taking is one transaction, so that no two processes take the same request.
pub struct SqliteBudget {
    store: SqliteStore,
    clock: Arc<dyn Clock>,
}

impl SqliteBudget {
    /// Budgets by this clock.
    pub fn new(store: SqliteStore, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

impl std::fmt::Debug for SqliteBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SqliteBudget")
    }
}

#[async_trait]
impl Budget for SqliteBudget {
    async fn take(&self, credential: &CredentialId, pace: &Pace) -> Result<Take> {
        let doing = "take a request of a credential's budget";
        let now = self.clock.now().timestamp_micros();
        let row = "select spoken_for, opens_at from budgets where credential = ?";
        // Most of the time there is nothing to take: then nothing is written either.
        if pace.0.is_empty() {
            let found: Option<(String, i64)> = sqlx::query_as(row)
                .bind(credential.as_str())
                .fetch_optional(&self.store.readers)
                .await
                .map_err(failed(doing))?;
            let opens = found.map_or(0, |(_, opens)| opens);
            return Ok(paused(opens, now).unwrap_or(Take::Granted));
        }
        self.store.file.check(doing)?;
        let mut tx = self.store.writer.begin_with("begin immediate").await.map_err(failed(doing))?;
        let found: Option<(String, i64)> = sqlx::query_as(row)
            .bind(credential.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(failed(doing))?;
        let (spoken_for, opens) = found.unwrap_or_else(|| ("[]".to_owned(), 0));
        if let Some(paused) = paused(opens, now) {
            return Ok(paused);
        }
        let mut spoken_for: Vec<i64> = json(&spoken_for, doing)?;
        if let Some(wait) = pace.take(&mut spoken_for, now) {
            return Ok(Take::Paced(wait));
        }
        sqlx::query(
            "insert into budgets (credential, spoken_for, opens_at)
             values (?1, ?2, 0)
             on conflict (credential) do update set spoken_for = ?2",
        )
        .bind(credential.as_str())
        .bind(to_json(&spoken_for, doing)?)
        .execute(&mut *tx)
        .await
        .map_err(failed(doing))?;
        tx.commit().await.map_err(failed(doing))?;
        Ok(Take::Granted)
    }

    async fn pause(&self, credential: &CredentialId, pause: Duration) -> Result<()> {
        let doing = "note that a vendor wants quiet";
        let until: DateTime<Utc> = self.clock.now() + pause;
        sqlx::query(
            "insert into budgets (credential, spoken_for, opens_at)
             values (?1, '[]', ?2)
             on conflict (credential) do update set opens_at = max(opens_at, ?2)",
        )
        .bind(credential.as_str())
        .bind(until.timestamp_micros())
        .execute(&mut *self.store.writer(doing).await?)
        .await
        .map(|_| ())
        .map_err(failed(doing))
    }
}

/// No vendor is obeyed for longer than this: a clock that was set back must not shut the door for good.
const LONGEST: i64 = 24 * 3_600_000_000;

fn paused(opens: i64, now: i64) -> Option<Take> {
    let left = (opens - now).min(LONGEST);
    (left > 0).then(|| Take::Paused(Duration::from_micros(left.unsigned_abs())))
}

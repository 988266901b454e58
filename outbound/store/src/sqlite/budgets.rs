//! One budget for each credential, over all processes that share the database.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use daybook_core::model::pace::Pace;
use daybook_core::ports::budget::{Budget, CredentialId, Take};
use daybook_core::ports::clock::Clock;

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
        let before: Vec<i64> = json(&spoken_for, doing)?;
        let mut spoken_for = before.clone();
        let wait = pace.take(&mut spoken_for, now);
        // Also what is not granted may have taken note of something: that a clock was set back.
        if let Some(wait) = wait.filter(|_| spoken_for == before) {
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
        Ok(wait.map_or(Take::Granted, Take::Paced))
    }

    async fn pause(&self, credential: &CredentialId, pause: Duration) -> Result<()> {
        let doing = "note that a vendor wants quiet";
        let now = self.clock.now().timestamp_micros();
        let until = now + i64::try_from(pause.as_micros()).unwrap_or(LONGEST).min(LONGEST);
        sqlx::query(
            "insert into budgets (credential, spoken_for, opens_at)
             values (?1, '[]', ?2)
             on conflict (credential) do update
             set opens_at = case when opens_at > ?3 then ?2 else max(opens_at, ?2) end",
        )
        .bind(credential.as_str())
        .bind(until)
        .bind(now + LONGEST)
        .execute(&mut *self.store.writer(doing).await?)
        .await
        .map(|_| ())
        .map_err(failed(doing))
    }
}

/// No vendor is obeyed for longer than a day. What would last longer was written before a clock was set back, and is
/// void: nobody knows what is left of it.
const LONGEST: i64 = 24 * 3_600_000_000;

fn paused(opens: i64, now: i64) -> Option<Take> {
    let left = opens - now;
    (1..=LONGEST).contains(&left).then(|| Take::Paused(Duration::from_micros(left.unsigned_abs())))
}

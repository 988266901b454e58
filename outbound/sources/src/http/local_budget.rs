//! The budgets of one process, for commands that only look and for tests. A deployment keeps them in its store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use daybook_core::model::pace::Pace;
use daybook_core::ports::budget::{Budget, CredentialId, Take};
use daybook_core::ports::store::StoreError;
use tokio::time::Instant;

/// Budgets in memory.
#[derive(Debug)]
pub struct LocalBudget {
    began: Instant,
    accounts: Mutex<HashMap<CredentialId, Account>>,
}

#[derive(Debug, Default)]
struct Account {
    spoken_for: Vec<i64>,
    opens: Option<Instant>,
}

impl Default for LocalBudget {
    fn default() -> Self {
        Self { began: Instant::now(), accounts: Mutex::default() }
    }
}

#[async_trait]
impl Budget for LocalBudget {
    async fn take(&self, credential: &CredentialId, pace: &Pace) -> Result<Take, StoreError> {
        let now = Instant::now();
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let account = accounts.entry(credential.clone()).or_default();
        let left = account.opens.map(|opens| opens.saturating_duration_since(now));
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            return Ok(Take::Paused(left));
        }
        let micros = i64::try_from((now - self.began).as_micros()).unwrap_or(i64::MAX);
        Ok(pace.take(&mut account.spoken_for, micros).map_or(Take::Granted, Take::Paced))
    }

    async fn pause(&self, credential: &CredentialId, pause: Duration) -> Result<(), StoreError> {
        let until = Instant::now() + pause;
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let account = accounts.entry(credential.clone()).or_default();
        account.opens = Some(account.opens.map_or(until, |opens| opens.max(until)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use daybook_core::model::source::SourceKind;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_door_stays_shut_for_the_longest_pause_asked_for_and_for_nobody_else() {
        let (budget, pace) = (LocalBudget::default(), Pace::default());
        let one = CredentialId::of(SourceKind::Jira, b"one");
        budget.pause(&one, Duration::from_secs(7)).await.unwrap();
        budget.pause(&one, Duration::from_secs(2)).await.unwrap();
        assert_eq!(budget.take(&one, &pace).await.unwrap(), Take::Paused(Duration::from_secs(7)));
        let other = CredentialId::of(SourceKind::Jira, b"other");
        assert_eq!(budget.take(&other, &pace).await.unwrap(), Take::Granted);
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(budget.take(&one, &pace).await.unwrap(), Take::Granted);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_pace_does_not_grant_is_granted_after_the_wait_it_names() {
        let (budget, pace) = (LocalBudget::default(), "2/second".parse().unwrap());
        let one = CredentialId::of(SourceKind::Tempo, b"one");
        for _ in 0..2 {
            assert_eq!(budget.take(&one, &pace).await.unwrap(), Take::Granted);
        }
        let Take::Paced(wait) = budget.take(&one, &pace).await.unwrap() else { panic!("granted") };
        tokio::time::advance(wait).await;
        assert_eq!(budget.take(&one, &pace).await.unwrap(), Take::Granted);
    }
}

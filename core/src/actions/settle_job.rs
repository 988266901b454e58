//! Decides what becomes of a job after a try: done, again later, or failed with its reason. The only place that retries
//! beyond a single call to a source.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::model::backfill::BackfillState;
use crate::model::fault::{Fault, FaultKind, chain};
use crate::model::job::{Claimed, Job, Outcome};
use crate::ports::clock::Clock;
use crate::ports::store::{Store, StoreError};

/// Tries without any progress after which a job that finds something unavailable is given up.
pub const MOST_ATTEMPTS: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// The longest that a job waits because its source asked for it; then it asks again.
const LONGEST_WAIT: Duration = Duration::from_hours(6);

/// Ends a try.
pub struct SettleJob {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl SettleJob {
    /// Settles jobs of this store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// The try went well.
    pub async fn done(&self, claimed: &Claimed) -> Result<(), StoreError> {
        self.write(claimed, &Outcome::Done).await
    }

    /// The worker is going: the job is free again at once.
    pub async fn put_back(&self, claimed: &Claimed) -> Result<(), StoreError> {
        let outcome = Outcome::Later { at: self.clock.now(), reason: "its worker stopped".to_owned() };
        self.write(claimed, &outcome).await
    }

    /// The try failed: again later if that can help, else never.
    pub async fn failed(&self, claimed: &Claimed, fault: &(dyn Fault + Sync)) -> Result<Outcome, StoreError> {
        let outcome = self.judge(claimed, fault);
        self.write(claimed, &outcome).await?;
        Ok(outcome)
    }

    /// A job that was claimed again and again without any progress: its workers vanish, so it is not tried again.
    pub async fn refuse_crash_loop(&self, claimed: &Claimed) -> Result<bool, StoreError> {
        if claimed.attempt <= MOST_ATTEMPTS {
            return Ok(false);
        }
        let reason = format!(
            "{MOST_ATTEMPTS} workers in a row stopped or vanished while they worked on it, without any progress"
        );
        self.write(claimed, &Outcome::Failed { reason }).await?;
        Ok(true)
    }

    fn judge(&self, claimed: &Claimed, fault: &(dyn Fault + Sync)) -> Outcome {
        let reason = chain(fault);
        let again = matches!(fault.kind(), FaultKind::Unavailable | FaultKind::TooMany);
        if !again {
            return Outcome::Failed { reason };
        }
        if claimed.attempt >= MOST_ATTEMPTS {
            return Outcome::Failed {
                reason: format!("{reason} (given up after {MOST_ATTEMPTS} tries in a row)"),
            };
        }
        let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(claimed.attempt.saturating_sub(1)));
        // A source that asks for a year has mistaken its unit.
        let asked = fault.retry_after().map(|asked| asked.min(LONGEST_WAIT));
        let pause = asked.unwrap_or(doubled.min(LONGEST_PAUSE));
        let at = self.clock.now() + TimeDelta::from_std(pause).unwrap_or(TimeDelta::hours(1));
        Outcome::Later { at, reason }
    }

    async fn write(&self, claimed: &Claimed, outcome: &Outcome) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.finish(&claimed.lease, outcome, now).await?;
        if let Job::RunBackfill { backfill, .. } = claimed.job
            && let Some(row) = tx.backfill(backfill).await?
            && !row.state.is_over()
        {
            match outcome {
                Outcome::Failed { reason } => {
                    tx.set_backfill_state(backfill, BackfillState::Failed, &row.warnings, Some(reason), now)
                        .await?;
                    tx.forget_seen(backfill).await?;
                    // One project or record that is not there says nothing of the source.
                    if row.project.is_none() && row.item.is_none() {
                        tx.note_failure(row.source, reason, now).await?;
                    }
                }
                Outcome::Later { at, reason } => {
                    let pause = format!("paused until {}: {reason}", at.format("%Y-%m-%d %H:%M:%S UTC"));
                    tx.set_backfill_state(backfill, row.state, &row.warnings, Some(&pause), now).await?;
                }
                Outcome::Done => {}
            }
        }
        tx.commit().await
    }
}

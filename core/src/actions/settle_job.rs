//! Decides what becomes of a job after a try: done, again later, or failed with its reason. The only place that retries
//! beyond a single call to a source.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use crate::model::backfill::BackfillState;
use crate::model::fault::{Fault, FaultKind, chain};
use crate::model::job::{Claimed, Job, Lease, Outcome};
use crate::ports::clock::Clock;
use crate::ports::store::{Store, StoreError};

/// Tries without any progress after which a job that finds something unavailable is given up: with these pauses, about
/// half a day after the first.
pub const MOST_ATTEMPTS: u32 = 20;
/// Workers that vanish with a job, one after the other and without any progress, before it is taken for what makes them
/// vanish. Three would also set aside what an operator kills three times in a few seconds, before its first page.
pub const MOST_LOSSES: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
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

    /// The try went well, and this came of it.
    pub async fn done(&self, claimed: &Claimed, result: Option<String>) -> Result<(), StoreError> {
        self.write(claimed, &Outcome::Done { result }).await
    }

    /// Tries of jobs that have nothing to tell went well. Gives how many were still held.
    pub async fn all_done(&self, leases: &[Lease]) -> Result<u64, StoreError> {
        self.store.complete(leases).await
    }

    /// The worker is going: the job is free again at once, and this was no try.
    pub async fn put_back(&self, claimed: &Claimed) -> Result<(), StoreError> {
        let outcome = Outcome::Paused { after: Duration::ZERO, reason: "its worker stopped".to_owned() };
        self.write(claimed, &outcome).await
    }

    /// The try failed: again later if that can help, else never.
    pub async fn failed(&self, claimed: &Claimed, fault: &(dyn Fault + Sync)) -> Result<Outcome, StoreError> {
        let outcome = judge(claimed, fault);
        self.write(claimed, &outcome).await?;
        Ok(outcome)
    }

    /// A job whose workers vanish again and again without any progress is not tried again: it may be what makes them
    /// vanish.
    pub async fn refuse_poison(&self, claimed: &Claimed) -> Result<Option<Outcome>, StoreError> {
        if claimed.losses < MOST_LOSSES {
            return Ok(None);
        }
        let outcome = Outcome::Failed {
            reason: format!(
                "set aside: {MOST_LOSSES} workers in a row stopped or vanished while they worked on it, without any \
                 progress; ask for the same again to try it again"
            ),
        };
        self.write(claimed, &outcome).await?;
        Ok(Some(outcome))
    }

    async fn write(&self, claimed: &Claimed, outcome: &Outcome) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        tx.finish(&claimed.lease, outcome).await?;
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
                Outcome::Again { after, reason } | Outcome::Paused { after, reason } => {
                    let at = now + TimeDelta::from_std(*after).unwrap_or(TimeDelta::hours(1));
                    let pause = format!("paused until {}: {reason}", at.format("%Y-%m-%d %H:%M:%S UTC"));
                    tx.set_backfill_state(backfill, row.state, &row.warnings, Some(&pause), now).await?;
                }
                Outcome::Done { .. } => {}
            }
        }
        tx.commit().await
    }
}

fn judge(claimed: &Claimed, fault: &(dyn Fault + Sync)) -> Outcome {
    let reason = chain(fault);
    let again = matches!(fault.kind(), FaultKind::Unavailable | FaultKind::TooMany);
    if !again {
        return Outcome::Failed { reason };
    }
    // Whoever says when to come back is there, and is obeyed: that is no failed try.
    if let Some(asked) = fault.retry_after() {
        // A source that asks for a year has mistaken its unit.
        return Outcome::Paused { after: asked.min(LONGEST_WAIT), reason };
    }
    if claimed.attempt >= MOST_ATTEMPTS {
        return Outcome::Failed {
            reason: format!("{reason} (given up after {MOST_ATTEMPTS} tries in a row)"),
        };
    }
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(claimed.attempt.saturating_sub(1)));
    Outcome::Again { after: jittered(doubled.min(LONGEST_PAUSE), claimed), reason }
}

/// A tenth more or less, by the token of the claim: jobs that failed together do not come back together.
fn jittered(pause: Duration, claimed: &Claimed) -> Duration {
    let (_, low) = claimed.lease.token.as_u64_pair();
    pause.mul_f64(0.9 + 0.2 * f64::from(u16::try_from(low % 1_000).unwrap_or(0)) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use uuid::Uuid;

    use super::*;
    use crate::model::job::JobId;

    #[derive(Debug)]
    struct Trouble(FaultKind, Option<Duration>);

    impl fmt::Display for Trouble {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("trouble")
        }
    }

    impl std::error::Error for Trouble {}

    impl Fault for Trouble {
        fn kind(&self) -> FaultKind {
            self.0
        }

        fn retry_after(&self) -> Option<Duration> {
            self.1
        }
    }

    fn claimed(attempt: u32, token: u64) -> Claimed {
        let token = Uuid::from_u64_pair(7, token);
        Claimed {
            lease: Lease { job: JobId(Uuid::nil()), token },
            job: Job::IndexDocuments,
            attempt,
            losses: 0,
            request_id: None,
        }
    }

    #[test]
    fn pauses_double_up_to_an_hour_and_never_end_at_the_same_time() {
        let away = Trouble(FaultKind::Unavailable, None);
        for (attempt, about) in [(1, 2), (2, 4), (6, 64), (12, 3_600), (19, 3_600)] {
            let pauses: Vec<Duration> = [0, 500, 999]
                .map(|token| match judge(&claimed(attempt, token), &away) {
                    Outcome::Again { after, .. } => after,
                    other => unreachable!("{other:?}"),
                })
                .into();
            assert!(pauses.is_sorted() && pauses[0] < pauses[2], "{pauses:?}");
            let off = pauses[1].abs_diff(Duration::from_secs(about));
            assert!(off < Duration::from_millis(1), "{attempt}: {pauses:?}");
        }
        assert!(matches!(judge(&claimed(MOST_ATTEMPTS, 0), &away), Outcome::Failed { .. }));
    }

    #[test]
    fn a_pause_that_was_asked_for_is_no_try_and_a_fault_of_ours_is_none_to_repeat() {
        let asked = Trouble(FaultKind::TooMany, Some(Duration::from_secs(90)));
        let outcome = judge(&claimed(MOST_ATTEMPTS, 0), &asked);
        assert!(matches!(outcome, Outcome::Paused { after, .. } if after == Duration::from_secs(90)));
        let year = Trouble(FaultKind::Unavailable, Some(Duration::from_hours(24 * 365)));
        assert!(
            matches!(judge(&claimed(1, 0), &year), Outcome::Paused { after, .. } if after == LONGEST_WAIT)
        );
        for kind in [FaultKind::Invalid, FaultKind::Missing, FaultKind::Forbidden, FaultKind::Broken] {
            assert!(matches!(judge(&claimed(1, 0), &Trouble(kind, None)), Outcome::Failed { .. }));
        }
    }
}

//! What every store must do. `store_contract!(open)` makes a test of each fact; `open` gives a fresh, empty store and
//! something to keep alive as long as it is used.

#![expect(clippy::unwrap_used, reason = "a contract is a test: it stops where a fact does not hold")]

pub mod backfills;
pub mod documents;
pub mod queue;
pub mod vectors;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::document::{Record, Revision, StoredDocument};
use daybook_core::model::job::{Claimed, Job, JobId, Outcome};
use daybook_core::model::source::{Confirmed, SourceKind};
use daybook_core::ports::store::{Saved, Store, StoreError, Wish};
use uuid::Uuid;

use crate::sample::backfill;

/// Makes a test of each fact of the store contract.
#[macro_export]
macro_rules! store_contract {
    ($open:path) => {
        $crate::store_contract!(@facts $open; documents:
            nothing_is_kept_without_a_commit, equal_content_is_not_written_again, a_change_keeps_the_earlier_version,
            an_unreadable_record_is_kept_aside_until_it_can_be_read,
            a_record_that_cannot_be_read_any_more_is_for_admins_only, a_record_that_comes_twice_in_a_page_is_one,
            of_two_copies_the_later_says_whether_it_can_be_read, a_document_its_record_no_longer_has_is_buried,
            changes_come_in_order_and_in_bounded_batches, a_hidden_document_is_not_given,
            odd_texts_come_back_as_they_were, raw_digests_are_those_of_the_bytes);
        $crate::store_contract!(@facts $open; queue:
            a_job_is_claimed_once, one_of_a_key_waits_and_one_runs, a_lost_lease_refuses_every_write,
            progress_makes_attempts_start_again, a_job_put_back_beside_its_like_is_done,
            only_the_wished_kinds_are_claimed, a_job_that_is_ended_on_request_is_nobodys, workers_show_life, a_store_at_work_is_writable);
        $crate::store_contract!(@facts $open; backfills:
            a_backfill_comes_back_as_it_was, runs_are_found_while_they_are_not_over,
            seen_records_are_counted_once, freshness_says_what_was_confirmed_and_what_failed);
        $crate::store_contract!(@facts $open; vectors: vectors_belong_to_content_and_model);
    };
    (@facts $open:path; $about:ident: $($fact:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $fact() {
                let (store, _keep) = $open().await;
                $crate::contract::store::$about::$fact(store).await;
            }
        )*
    };
}

/// A shared store under test.
type Any = Arc<dyn Store>;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default()
}

/// From so many days before now up to so many.
fn stretch(from: i64, until: i64) -> Confirmed {
    Confirmed { from: now() - TimeDelta::days(from), until: now() - TimeDelta::days(until) }
}

async fn save(store: &Any, records: &[Record]) -> Saved {
    let mut tx = store.begin().await.unwrap();
    let saved = tx.save_records(SourceKind::Jira, records, now()).await.unwrap();
    tx.commit().await.unwrap();
    saved
}

async fn all(store: &Any) -> Vec<StoredDocument> {
    store.document_changes(Revision(0), 1_000, u64::MAX).await.unwrap()
}

async fn enqueue(store: &Any, job: &Job, id: u128, due: DateTime<Utc>) -> bool {
    let mut tx = store.begin().await.unwrap();
    let fresh = tx.enqueue(job, JobId(Uuid::from_u128(id)), due, Some("request-1")).await.unwrap();
    tx.commit().await.unwrap();
    fresh
}

async fn claim(store: &Any, token: u128, at: DateTime<Utc>) -> Option<Claimed> {
    let kinds = [Job::RUN_BACKFILL, Job::INDEX_DOCUMENTS];
    let lease = Duration::from_secs(15);
    store
        .claim(&Wish { worker: "w", kinds: &kinds, token: Uuid::from_u128(token), now: at, lease })
        .await
        .unwrap()
}

async fn finish(store: &Any, claimed: &Claimed, outcome: &Outcome) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.finish(&claimed.lease, outcome, now()).await?;
    tx.commit().await
}

fn run(number: u128) -> Job {
    Job::RunBackfill { backfill: backfill(number, 1, now()).id, source: None }
}

//! What every store must do. `store_contract!(open)` makes a test of each fact; `open` gives a fresh, empty store whose
//! leases and ticks go by the clock that it is given, and something to keep alive as long as the store is used.

#![expect(clippy::unwrap_used, reason = "a contract is a test: it stops where a fact does not hold")]

pub mod backfills;
pub mod censuses;
pub mod documents;
pub mod model;
pub mod queue;
pub mod queues;
pub mod records;
pub mod ticks;
pub mod vectors;
pub mod worklogs;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::document::{Record, Revision, StoredDocument};
use daybook_core::model::job::{Claimed, Job, NewJob, Outcome};
use daybook_core::model::source::{Confirmed, SourceKind};
use daybook_core::ports::store::{Saved, Store, StoreError, Wish};
use uuid::Uuid;

use crate::manual_clock::ManualClock;
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
        $crate::store_contract!(@timed $open; queue:
            a_job_is_claimed_once, one_of_a_key_waits_and_one_runs, a_lost_lease_refuses_every_write,
            progress_makes_attempts_and_losses_start_again, a_job_put_back_beside_its_like_is_done,
            only_the_wished_kind_is_claimed, a_job_that_is_ended_on_request_is_nobodys, workers_show_life,
            a_store_at_work_is_writable, one_job_of_a_lane_runs_at_a_time,
            nothing_is_due_while_its_lane_or_its_key_is_taken, a_lane_outlives_its_worker,
            many_are_claimed_at_once_and_ended_at_once, no_two_workers_get_one_job, priorities_age,
            pauses_cost_no_attempt_and_failures_do, leases_are_extended_together,
            a_kind_that_nobody_knows_has_no_jobs, whoever_waits_hears_of_new_jobs,
            jobs_that_come_together_are_all_there, a_job_nobody_committed_is_not_there);
        $crate::store_contract!(@timed $open; queues:
            every_state_is_shown_as_what_it_is, errors_are_kept_and_bounded, results_expire_on_reading_and_by_the_sweep,
            what_is_over_is_forgotten_after_its_time, a_paused_queue_gives_nothing_and_goes_on_when_resumed,
            a_job_that_is_over_can_be_tried_again, one_leads_and_another_takes_over_when_it_is_gone,
            queues_say_what_waits_and_since_when);
        $crate::store_contract!(@timed $open; model: the_queue_does_what_a_simple_model_does);
        $crate::store_contract!(@facts $open; records:
            changes_are_kept_once_and_told_in_order, what_is_buried_is_nowhere_until_it_is_read_again,
            gaps_are_those_of_the_last_reading, open_records_are_waited_for_until_they_are_finished,
            raw_records_are_given_to_the_byte, a_new_version_of_equal_content_is_no_write_of_a_document,
            records_that_are_gone_or_unreadable_are_not_held, a_great_burial_is_followed_to_its_end);
        $crate::store_contract!(@facts $open; worklogs:
            issues_are_outlined_while_they_are_there, account_names_are_those_told_last,
            worklogs_are_found_by_their_issue, documents_are_saved_again_only_where_they_differ);
        $crate::store_contract!(@facts $open; censuses:
            what_a_census_lists_is_noted_once, a_comparison_names_what_is_missing_and_what_is_surplus,
            only_listed_projects_are_compared_and_the_others_are_named,
            unfinished_records_are_held_and_unreadable_ones_and_tombstones_are_not,
            only_what_is_from_a_moment_on_is_compared, a_comparison_is_made_once_a_census,
            the_newest_ledger_comes_back_as_it_was, why_a_run_failed_is_told_until_one_over_the_whole_ends_well);
        $crate::store_contract!(@facts $open; ticks:
            a_tick_is_taken_by_exactly_one, ticks_that_were_missed_are_one, a_shorter_schedule_takes_effect,
            a_tick_that_is_forgotten_is_never_due, a_tick_is_never_taken_twice_whatever_clocks_do);
        $crate::store_contract!(@facts $open; backfills:
            a_backfill_comes_back_as_it_was, runs_are_found_while_they_are_not_over,
            runs_are_added_one_after_the_other, a_run_that_is_put_back_begins_at_its_beginning,
            seen_records_are_counted_once, freshness_says_what_was_confirmed_and_what_failed,
            a_moment_that_has_not_come_is_not_believed, freshness_says_what_is_being_done_and_what_is_next);
        $crate::store_contract!(@facts $open; vectors: vectors_belong_to_content_and_model);
    };
    (@facts $open:path; $about:ident: $($fact:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $fact() {
                let (store, _keep) = $open($crate::contract::store::clock()).await;
                $crate::contract::store::$about::$fact(store).await;
            }
        )*
    };
    (@timed $open:path; $about:ident: $($fact:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $fact() {
                let clock = $crate::contract::store::clock();
                let (store, _keep) = $open(std::sync::Arc::clone(&clock)).await;
                $crate::contract::store::$about::$fact(store, clock).await;
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

async fn enqueue(store: &Any, job: &Job, id: u128) -> bool {
    enqueue_new(store, &NewJob::now(job.clone(), Uuid::from_u128(id)).asked_by(Some("request-1"))).await
}

async fn enqueue_new(store: &Any, job: &NewJob) -> bool {
    let mut tx = store.begin().await.unwrap();
    let fresh = tx.enqueue(job).await.unwrap();
    tx.commit().await.unwrap();
    fresh
}

fn wish(kind: &str, token: u128, most: u32) -> Wish<'_> {
    Wish { worker: "w", kind, most, token: Uuid::from_u128(token), lease: LEASE }
}

/// How long claims hold here.
const LEASE: Duration = Duration::from_secs(15);

/// Claims one job of any kind, of the kinds in their order.
async fn claim(store: &Any, token: u128) -> Option<Claimed> {
    for kind in Job::KINDS {
        let claimed = store.claim(&wish(kind, token, 1)).await.unwrap();
        if !claimed.is_empty() {
            return claimed.into_iter().next();
        }
    }
    None
}

async fn finish(store: &Any, claimed: &Claimed, outcome: &Outcome) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.finish(&claimed.lease, outcome).await?;
    tx.commit().await
}

const DONE: Outcome = Outcome::Done { result: None };

fn run(number: u128) -> Job {
    Job::RunBackfill { backfill: backfill(number, 1, now()).id, source: None }
}

fn ping(number: u128) -> Job {
    Job::Ping { number: Uuid::from_u128(number) }
}

/// The clock that leases and ticks go by here.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at_time(now()))
}

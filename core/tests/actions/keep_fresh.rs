//! Syncs: what has changed since the last confirmed moment, no more and no less.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::actions::keep_fresh::KeepFreshError;
use daybook_core::actions::run_backfill::RunBackfillError;
use daybook_core::actions::watch_backfills::WatchBackfills;
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::{Asked, BackfillState, RunKind, Window};
use daybook_core::model::document::{Open, Record, Tombstone};
use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::model::job::{Job, Outcome, StopSign};
use daybook_core::model::source::{Confirmed, SourceKind};
use daybook_core::ports::clock::Clock as _;
use daybook_core::ports::source::Reach;
use daybook_core::ports::store::StoreError;
use daybook_testkit::sample::{issue, record, unreadable};
use daybook_testkit::source::{ScriptedSource, Turn};
use tokio::task::JoinSet;

use super::{House, page, turn};

const JIRA: SourceKind = SourceKind::Jira;

fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-24T{time}:00Z").parse().unwrap()
}

async fn until(house: &House) -> DateTime<Utc> {
    house.fresh(JIRA).await.confirmed.unwrap().until
}

#[tokio::test]
async fn a_sync_reads_up_to_now_and_confirms_up_to_a_little_before() {
    let house = House::new().await;
    house.read(JIRA, page(0..3)).await;
    let from = house.fresh(JIRA).await.confirmed.unwrap().from;
    house.clock.advance(TimeDelta::minutes(15));
    let accepted = house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    assert!(!accepted.deduplicated && accepted.run.kind == RunKind::Sync);
    let source = ScriptedSource::new(None, vec![Turn::Page(page(2..5))]);
    let done = house.work(&source).await;
    assert_eq!((done.id, done.state), (accepted.run.id, BackfillState::Done));
    let window = Window { from: at("14:55"), to: at("15:15"), days: None };
    assert_eq!(source.asked()[0].reach, Reach::Changes(window));
    assert_eq!((done.progress.new, done.progress.unchanged, done.progress.requests), (2, 1, 1), "no survey");
    let confirmed = house.fresh(JIRA).await.confirmed.unwrap();
    assert_eq!(confirmed, Confirmed { from, until: at("15:14") });
    assert_eq!(house.held().await.len(), 5);
}

#[tokio::test]
async fn the_watermark_stays_where_a_run_did_not_end_well_and_what_was_stored_stays_too() {
    let house = House::new().await;
    house.read(JIRA, page(0..3)).await;
    house.clock.advance(TimeDelta::minutes(15));
    let keep_fresh = house.keep_fresh();
    keep_fresh.sync(&Admin::at_the_console(), JIRA).await.unwrap();
    let failed = house.work(&ScriptedSource::new(None, vec![turn(3..5), Turn::Refused])).await;
    assert_eq!(failed.state, BackfillState::Failed);
    assert_eq!((until(&house).await, house.held().await.len()), (at("15:00"), 5));
    assert!(house.fresh(JIRA).await.last_error.is_some());
    house.clock.advance(TimeDelta::minutes(15));
    keep_fresh.sync(&Admin::at_the_console(), JIRA).await.unwrap();
    let source = ScriptedSource::new(None, vec![turn(3..9)]);
    house.work(&source).await;
    assert_eq!(source.asked()[0].window().unwrap().from, at("14:55"), "nothing in between is left out");
    assert_eq!((until(&house).await, house.held().await.len()), (at("15:29"), 9));
    assert!(house.fresh(JIRA).await.last_error.is_none());
}

#[tokio::test]
async fn a_sync_goes_on_from_its_checkpoint_and_is_one_run_with_its_attempts() {
    let house = House::new().await;
    house.read(JIRA, Vec::new()).await;
    house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    let source = ScriptedSource::new(None, vec![turn(0..4), Turn::Away, Turn::Away, turn(4..8)]);
    let done = house.work(&source).await;
    assert_eq!((done.state, done.progress.pages, done.progress.distinct), (BackfillState::Done, 2, 8));
    assert_eq!(source.asked().len(), 3, "three attempts");
    assert_eq!(house.store.backfills(10).await.unwrap().len(), 2, "of one run, beside the first");
    assert_eq!(house.store.queue_counts().await.unwrap().failed, 0);
}

#[tokio::test]
async fn what_its_source_had_not_finished_is_asked_for_again_and_may_come_twice() {
    let house = House::new().await;
    let open = |reason: &str, until: &str| Some(Open { reason: reason.to_owned(), until: at(until) });
    let late = Record { open: open("no transcript yet", "20:00"), ..record(issue(1, "one")) };
    let lost = Record { open: open("no transcript yet", "15:01"), ..record(issue(2, "two")) };
    house.read(JIRA, vec![late.clone(), lost, record(issue(3, "three"))]).await;
    house.clock.advance(TimeDelta::minutes(15));
    for (comes, still) in [(late, 1), (record(issue(1, "finished")), 0)] {
        house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
        // It has changed as well, and so it comes with the changes and then by its name.
        let script = vec![Turn::Page(vec![comes.clone()]), Turn::Page(vec![comes])];
        let source = ScriptedSource::new(None, script);
        let done = house.work(&source).await;
        assert_eq!((done.state, done.error), (BackfillState::Done, None));
        assert_eq!(source.asked()[0].also, ["10001"], "not what is no longer waited for");
        let open = house.store.open_records(JIRA, house.clock.now()).await.unwrap();
        assert_eq!(open.len(), still);
    }
    house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    let source = ScriptedSource::new(None, Vec::new());
    house.work(&source).await;
    assert!(source.asked()[0].also.is_empty());
}

#[tokio::test]
async fn what_was_never_read_to_its_end_is_not_synced() {
    let house = House::new().await;
    let keep_fresh = house.keep_fresh();
    let proof = Admin::at_the_console();
    for tried in [keep_fresh.sync(&proof, JIRA).await, keep_fresh.census(&proof, JIRA, false).await] {
        let error = tried.unwrap_err();
        assert!(matches!(error, KeepFreshError::NeverRead { .. }), "{error}");
        assert_eq!((error.kind(), error.field()), (FaultKind::Invalid, Some("source")));
        assert!(error.to_string().contains("daybook backfill jira"), "{error}");
    }
    let error = keep_fresh.sync(&proof, SourceKind::Notion).await.unwrap_err();
    assert!(matches!(error, KeepFreshError::Off { .. }), "{error}");
    assert!(house.store.backfills(9).await.unwrap().is_empty());
    assert_eq!(house.store.queue_counts().await.unwrap().pending, 0);
}

#[tokio::test]
async fn the_same_sync_asked_for_at_once_is_one_run() {
    let house = House::new().await;
    house.read(JIRA, Vec::new()).await;
    let keep_fresh = Arc::new(house.keep_fresh());
    let mut asking = JoinSet::new();
    for _ in 0..16 {
        let keep_fresh = Arc::clone(&keep_fresh);
        asking.spawn(async move { keep_fresh.sync(&Admin::at_the_console(), JIRA).await.unwrap() });
    }
    let accepted = asking.join_all().await;
    assert!(accepted.iter().all(|one| one.run.id == accepted[0].run.id));
    assert_eq!(accepted.iter().filter(|one| !one.deduplicated).count(), 1);
    assert_eq!(house.store.queue_counts().await.unwrap().pending, 1);
    house.work(&ScriptedSource::new(None, Vec::new())).await;
    let again = keep_fresh.sync(&Admin::at_the_console(), JIRA).await.unwrap();
    assert!(!again.deduplicated, "what is over does not stand in the way of the next");
}

#[tokio::test]
async fn a_backfill_and_a_sync_of_one_source_take_turns() {
    let house = House::new().await;
    house.read(JIRA, page(0..3)).await;
    house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    house.started().await;
    assert!(house.claim(Job::RUN_BACKFILL).await.is_some());
    assert!(house.claim(Job::RUN_BACKFILL).await.is_none());
}

#[tokio::test]
async fn a_lone_unreadable_record_does_not_hold_up_a_sync() {
    let house = House::new().await;
    house.read(JIRA, page(0..3)).await;
    house.clock.advance(TimeDelta::minutes(15));
    house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    let done = house.work(&ScriptedSource::new(None, vec![Turn::Page(vec![unreadable("666")])])).await;
    assert_eq!(done.state, BackfillState::Done);
    assert!(done.warnings.iter().any(|warning| warning.contains("quarantine")), "{:?}", done.warnings);
    assert_eq!(until(&house).await, at("15:14"));
}

#[tokio::test]
async fn a_source_that_answers_differently_is_told_with_the_moment_when_it_began() {
    let house = House::new().await;
    house.read(JIRA, page(0..3)).await;
    // Unreadable for years, for a reason of its own.
    let mut tx = house.store.begin().await.unwrap();
    let old = Record {
        reading: Err(daybook_core::model::document::Unreadable { reason: "it has no id".to_owned() }),
        ..unreadable("1")
    };
    tx.save_records(JIRA, &[old], at("00:00") - TimeDelta::days(900)).await.unwrap();
    tx.commit().await.unwrap();
    let broken = |from: u32| Turn::Page((from..from + 4).map(|id| unreadable(&id.to_string())).collect());
    for begins in [500, 600] {
        house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
        let failed = house.work(&ScriptedSource::new(None, vec![broken(begins), Turn::Away])).await;
        let error = failed.error.unwrap();
        assert_eq!(failed.state, BackfillState::Failed);
        assert!(error.contains("jira answers differently since 2026-11-24 15:00 UTC: 4 of 4"), "{error}");
        house.clock.advance(TimeDelta::hours(3));
    }
    assert_eq!(until(&house).await, at("15:00"), "a failure confirms nothing");
}

#[tokio::test]
async fn what_a_source_says_is_gone_is_gone_at_once() {
    let house = House::new().await;
    house.read(JIRA, page(0..3)).await;
    house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    let gone = vec![("10001".to_owned(), Tombstone::Archived), ("never".to_owned(), Tombstone::Deleted)];
    let done = house.work(&ScriptedSource::new(None, vec![Turn::Gone(gone)])).await;
    assert_eq!((done.state, done.progress.gone), (BackfillState::Done, 1));
    assert_eq!(house.held().await.into_keys().collect::<Vec<_>>(), ["10000", "10002"]);
}

#[tokio::test]
async fn a_clock_that_ran_ahead_does_not_keep_a_source_from_being_read() {
    let house = House::new().await;
    house.read(JIRA, page(0..3)).await;
    house.clock.advance(TimeDelta::days(400));
    house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    house.work(&ScriptedSource::new(None, Vec::new())).await;
    house.clock.advance(TimeDelta::days(-400) + TimeDelta::hours(1));
    house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    let source = ScriptedSource::new(None, vec![turn(3..4)]);
    house.work(&source).await;
    let window = *source.asked()[0].window().unwrap();
    assert!(window.from <= at("15:00") - TimeDelta::hours(20), "{window:?}");
    assert_eq!((window.to, until(&house).await), (at("16:00"), at("15:59").max(house.clock.now())));
}

#[tokio::test]
async fn one_record_is_read_by_its_name_and_confirms_nothing() {
    let house = House::new().await;
    let source = ScriptedSource::new(None, Vec::new()).holding(page(1..9));
    for (item, held) in [("10003", 1), ("10099", 1), ("10004", 2)] {
        let accepted = house.request(JIRA, Asked::default(), Some(item)).await.unwrap();
        let again = house.request(JIRA, Asked::default(), Some(item)).await.unwrap();
        assert!(again.deduplicated && again.backfill.id == accepted.backfill.id);
        let done = house.work(&source).await;
        let ends = if item == "10099" { BackfillState::Failed } else { BackfillState::Done };
        assert_eq!((done.state, done.item.as_deref()), (ends, Some(item)));
        assert_eq!(source.asked().last().unwrap().reach, Reach::Items(vec![item.to_owned()]));
        let is_told = done.error.is_some_and(|error| error.contains(item));
        assert_eq!(is_told, item == "10099", "{:?}", done.warnings);
        assert!(house.fresh(JIRA).await.last_error.is_none(), "one name says nothing of the source");
        assert_eq!(house.held().await.len(), held);
        assert!(house.fresh(JIRA).await.confirmed.is_none());
    }
    for bad in ["", "a b", "x'; drop table", &"x".repeat(201)] {
        let error = house.request(JIRA, Asked::default(), Some(bad)).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (FaultKind::Invalid, Some("item")), "{bad}");
    }
}

/// Runs a backfill of two pages, and cancels it while the second is awaited. Gives how the run ended.
async fn cancelled_while_it_awaits(house: &House, second: Turn) -> RunBackfillError {
    let id = house.started().await;
    let runner = house.runner(ScriptedSource::new(None, vec![turn(0..4), second]));
    let claimed = house.claim_run().await;
    let sign = StopSign::default();
    let cancel = async {
        while house.backfill(id).await.progress.pages == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let watch = WatchBackfills::new(Arc::clone(&house.store), house.clock());
        watch.cancel(&Admin::at_the_console(), id).await.unwrap().unwrap()
    };
    let (ended, cancelled) = tokio::join!(runner.run(id, &claimed.lease, &sign), cancel);
    let (error, over) = (ended.unwrap_err(), house.backfill(id).await);
    assert_eq!((cancelled.state, over.state, over.progress.pages), (BackfillState::Cancelled, over.state, 1));
    assert!(over.error.as_ref().is_some_and(|why| why.contains("cancelled")), "{over:#?}");
    assert_eq!(house.held().await.len(), 4, "what was stored stays");
    assert!(house.settle().failed(&claimed, &error).await.is_err(), "and nothing is tried again");
    assert!(house.claim(Job::RUN_BACKFILL).await.is_none());
    assert!(house.fresh(JIRA).await.confirmed.is_none());
    error
}

#[tokio::test]
async fn a_run_that_is_cancelled_ends_where_it_is() {
    let late = Turn::Late(Duration::from_millis(400), page(4..8));
    let error = cancelled_while_it_awaits(&House::new().await, late).await;
    assert!(matches!(error, RunBackfillError::Store(StoreError::LeaseLost)), "{error}");
}

#[tokio::test]
async fn a_failure_after_the_end_does_not_wipe_why_a_run_was_cancelled() {
    let late = Turn::AwayLate(Duration::from_millis(400));
    let error = cancelled_while_it_awaits(&House::new().await, late).await;
    assert!(matches!(error, RunBackfillError::Source(_)), "{error}");
}

#[tokio::test]
async fn a_pause_ends_the_try_and_neither_the_run_nor_the_lane() {
    let house = House::new().await;
    house.read(JIRA, Vec::new()).await;
    house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    let claimed = house.claim_run().await;
    let Job::RunBackfill { backfill, .. } = claimed.job else { unreachable!("only runs were claimed") };
    let runner = house.runner(ScriptedSource::new(None, vec![Turn::Away]));
    let error = runner.run(backfill, &claimed.lease, &StopSign::default()).await.unwrap_err();
    let outcome = house.settle().failed(&claimed, &error).await.unwrap();
    assert!(matches!(outcome, Outcome::Again { .. } | Outcome::Paused { .. }));
    let running = house.fresh(JIRA).await.running.unwrap();
    assert!(running.contains("sync") && running.contains("503"), "{running}");
    house.started().await;
    assert!(house.claim(Job::RUN_BACKFILL).await.is_some(), "another run of the source may go on meanwhile");
}

//! What runs on its own: each tick once, whoever asks, however often, and whatever the clocks do.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::actions::check_health::CheckHealth;
use daybook_core::actions::keep_schedule::KeepSchedule;
use daybook_core::model::account::Admin;
use daybook_core::model::backfill::{BackfillState, RunKind};
use daybook_core::model::schedule::Schedule;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::clock::Clock as _;
use daybook_testkit::source::ScriptedSource;
use tokio::task::JoinSet;

use super::{House, page};

const JIRA: SourceKind = SourceKind::Jira;

fn every(text: &str) -> Schedule {
    Schedule::read(text, chrono_tz::Europe::Stockholm).unwrap()
}

fn syncing(house: &House, schedule: &str) -> Arc<KeepSchedule> {
    Arc::new(house.scheduling(&[(JIRA, every(schedule), Schedule::Off)]))
}

/// All of them look at the same moment; gives how many runs were started.
async fn look(all: &[Arc<KeepSchedule>]) -> usize {
    let mut looking = JoinSet::new();
    for one in all {
        let one = Arc::clone(one);
        looking.spawn(async move { one.run_due().await.unwrap() });
    }
    looking.join_all().await.into_iter().sum()
}

async fn runs(house: &House, kind: RunKind) -> usize {
    house.store.backfills(1_000).await.unwrap().iter().filter(|run| run.kind == kind).count()
}

async fn work(house: &House) {
    let done = house.work(&ScriptedSource::new(None, Vec::new()).holding(page(0..1))).await;
    assert_eq!(done.state, BackfillState::Done, "{:?}", done.error);
}

#[tokio::test]
async fn every_tick_is_one_run_however_many_processes_look() {
    let house = House::new().await;
    house.read(JIRA, page(0..1)).await;
    let all: Vec<_> = (0..4).map(|_| syncing(&house, "15m")).collect();
    for minute in 0..120 {
        let started = look(&all).await;
        // The first is due a quarter of an hour after the source was last read.
        assert_eq!(started, usize::from(minute > 0 && minute % 15 == 0), "minute {minute}");
        if started > 0 {
            work(&house).await;
        }
        house.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(runs(&house, RunKind::Sync).await, 7);
}

#[tokio::test]
async fn a_scheduler_that_starts_again_and_again_around_a_tick_starts_one_run() {
    let house = House::new().await;
    house.read(JIRA, page(0..1)).await;
    look(&[syncing(&house, "16:30")]).await;
    house.clock.advance(TimeDelta::minutes(30) - TimeDelta::seconds(3));
    let mut started = 0;
    for second in 0..7 {
        // Two old processes go as two new ones come.
        let now = look(&[syncing(&house, "16:30"), syncing(&house, "16:30")]).await;
        assert!(now == 0 || second == 3, "at 16:30 and at no other time");
        started += now;
        if now > 0 {
            work(&house).await;
        }
        house.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!((started, runs(&house, RunKind::Sync).await), (1, 1));
}

#[tokio::test]
async fn ticks_that_were_missed_are_made_up_for_once() {
    for schedule in ["15m", "02:30"] {
        let house = House::new().await;
        house.read(JIRA, page(0..1)).await;
        look(&[syncing(&house, schedule)]).await;
        house.clock.advance(TimeDelta::days(10));
        let all = [syncing(&house, schedule), syncing(&house, schedule)];
        assert_eq!(look(&all).await, 1, "{schedule}");
        work(&house).await;
        assert_eq!(look(&all).await, 0, "{schedule}");
    }
}

#[tokio::test]
async fn a_time_of_day_comes_once_a_day_across_both_changes_of_the_clocks() {
    let house = House::new().await;
    house.read(JIRA, page(0..1)).await;
    for (from, first, second) in [
        ("2027-03-27T12:00:00Z", "2027-03-28T01:30:00Z", "2027-03-29T00:30:00Z"),
        ("2027-10-30T12:00:00Z", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"),
    ] {
        let from: DateTime<Utc> = from.parse().unwrap();
        house.clock.advance(from - house.clock.now());
        let all = [syncing(&house, "02:30"), syncing(&house, "02:30")];
        let mut started = Vec::new();
        // Whatever is left from before is made up for first.
        if look(&all).await > 0 {
            work(&house).await;
        }
        while house.clock.now() < from + TimeDelta::hours(42) {
            house.clock.advance(TimeDelta::minutes(10));
            if look(&all).await > 0 {
                started.push(house.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
                work(&house).await;
            }
        }
        assert_eq!(started, [first, second]);
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_brings_no_night_twice() {
    let house = House::new().await;
    house.read(JIRA, page(0..1)).await;
    let one = [syncing(&house, "16:30")];
    look(&one).await;
    house.clock.advance(TimeDelta::minutes(31));
    assert_eq!(look(&one).await, 1);
    work(&house).await;
    house.clock.advance(TimeDelta::hours(-1));
    for _ in 0..80 {
        assert_eq!(look(&one).await, 0);
        house.clock.advance(TimeDelta::minutes(1));
    }
    // A clock that was a year ahead does not stop it for a year.
    house.clock.advance(TimeDelta::days(365));
    look(&one).await;
    work(&house).await;
    house.clock.advance(TimeDelta::days(-365));
    look(&one).await;
    house.clock.advance(TimeDelta::days(1));
    assert_eq!(look(&one).await, 1);
}

#[tokio::test]
async fn a_run_by_hand_is_no_tick_and_what_runs_already_is_not_started_again() {
    let house = House::new().await;
    house.read(JIRA, page(0..1)).await;
    let one = syncing(&house, "15m");
    look(&[Arc::clone(&one)]).await;
    let by_hand = house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    house.clock.advance(TimeDelta::minutes(15));
    assert_eq!(look(&[Arc::clone(&one)]).await, 0, "the one by hand is still at it");
    work(&house).await;
    let again = house.keep_fresh().sync(&Admin::at_the_console(), JIRA).await.unwrap();
    assert!(!again.deduplicated && again.run.id != by_hand.run.id, "no pause between two by hand");
    work(&house).await;
    house.clock.advance(TimeDelta::minutes(15));
    assert_eq!(look(&[one]).await, 1, "and the schedule goes on as it was");
}

#[tokio::test]
async fn a_census_runs_on_its_own_beside_the_syncs() {
    let house = House::new().await;
    house.read(JIRA, page(0..1)).await;
    let one = [Arc::new(house.scheduling(&[(JIRA, every("1h"), every("1d"))]))];
    for _ in 0..48 {
        for _ in 0..look(&one).await {
            work(&house).await;
        }
        house.clock.advance(TimeDelta::minutes(30));
    }
    assert_eq!((runs(&house, RunKind::Sync).await, runs(&house, RunKind::Census).await), (23, 1));
    let fresh = house.fresh(JIRA).await;
    assert!(fresh.next_sync_at.is_some() && fresh.next_census_at.is_some());
}

#[tokio::test]
async fn what_is_off_is_never_due_and_what_was_never_read_starts_nothing() {
    let house = House::new().await;
    let on = syncing(&house, "15m");
    for _ in 0..3 {
        assert_eq!(look(&[Arc::clone(&on)]).await, 0, "never read");
        house.clock.advance(TimeDelta::minutes(20));
    }
    house.read(JIRA, page(0..1)).await;
    assert!(house.fresh(JIRA).await.next_sync_at.is_some());
    for off in [house.scheduling(&[(JIRA, Schedule::Off, Schedule::Off)]), house.scheduling(&[])] {
        look(&[Arc::clone(&on)]).await;
        assert_eq!(look(&[Arc::new(off)]).await, 0);
        let ticks = house.store.ticks().await.unwrap();
        assert!(ticks.keys().all(|name| name == "sweep"), "no time is promised to a source: {ticks:?}");
    }
}

#[tokio::test]
async fn processes_that_disagree_do_not_start_a_run_at_every_look() {
    let house = House::new().await;
    house.read(JIRA, page(0..1)).await;
    let (on, off) = (syncing(&house, "15m"), Arc::new(house.scheduling(&[])));
    for _ in 0..120 {
        for one in [&on, &on, &off] {
            if look(&[Arc::clone(one)]).await > 0 {
                work(&house).await;
            }
        }
        house.clock.advance(TimeDelta::seconds(30));
    }
    let runs = runs(&house, RunKind::Sync).await;
    assert!((3..=4).contains(&runs), "{runs} in an hour of quarters");
}

#[tokio::test]
async fn a_scheduler_that_stands_still_is_seen() {
    let house = House::new().await;
    house.read(JIRA, page(0..1)).await;
    let health = CheckHealth::new(Arc::clone(&house.store));
    let one = [syncing(&house, "15m")];
    look(&one).await;
    assert!(health.run().await.overdue.unwrap().is_empty());
    house.clock.advance(TimeDelta::minutes(15));
    assert!(!health.run().await.overdue.unwrap().contains(&"sync:jira".to_owned()), "it is due just now");
    house.clock.advance(TimeDelta::minutes(2));
    assert_eq!(health.run().await.overdue.unwrap(), ["sweep", "sync:jira"]);
    look(&one).await;
    assert!(health.run().await.overdue.unwrap().is_empty());
}

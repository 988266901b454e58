//! Pages, checkpoints, and what a backfill makes of a vendor that misbehaves.

use chrono::TimeDelta;
use daybook_core::actions::run_backfill::{Ended, RunBackfillError};
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::BackfillState;
use daybook_core::model::document::Document;
use daybook_core::model::fault::{Fault as _, FaultKind};
use daybook_core::model::job::{Job, Outcome, StopSign};
use daybook_core::model::source::{Confirmed, SourceKind};
use daybook_core::ports::store::StoreError;
use daybook_testkit::sample::{issue, record, unreadable};
use daybook_testkit::source::{ScriptedSource, Turn};

use super::{House, page, turn};

#[tokio::test]
async fn every_page_is_kept_and_the_report_adds_up() {
    let house = House::new().await;
    let id = house.started().await;
    let mut second = page(100..150);
    second.push(unreadable("666"));
    let source = ScriptedSource::new(Some(152), vec![turn(0..100), Turn::Page(second)]);
    let claimed = house.claim_run().await;
    let ended = house.runner(source).run(id, &claimed.lease, &StopSign::default()).await.unwrap();
    assert_eq!(ended, Ended::Finished);
    let backfill = house.backfill(id).await;
    let progress = &backfill.progress;
    assert_eq!(backfill.state, BackfillState::Done);
    assert_eq!((progress.requests, progress.pages, progress.seen, progress.distinct), (3, 2, 151, 151));
    assert_eq!((progress.new, progress.quarantined, progress.expected), (150, 1, Some(152)));
    assert!(
        backfill.warnings.iter().any(|w| w.contains("152") && w.contains("151")),
        "{:?}",
        backfill.warnings
    );
    assert!(backfill.warnings.iter().any(|w| w.contains("quarantine")), "{:?}", backfill.warnings);
    let fresh = house.store.freshness(&Viewer::admin()).await.unwrap();
    let stretch = Confirmed { from: backfill.window.from, until: backfill.window.to };
    assert_eq!((fresh[0].held, fresh[0].confirmed), (150, Some(stretch)));
    assert!(house.claim(Job::INDEX_DOCUMENTS).await.is_some(), "the follow-up work came with the pages");
}

#[tokio::test]
async fn a_second_run_over_the_same_writes_nothing() {
    let house = House::new().await;
    for round in 0..2 {
        let id = house.started().await;
        let claimed = house.claim_run().await;
        let source = ScriptedSource::new(Some(50), vec![turn(0..50)]);
        house.runner(source).run(id, &claimed.lease, &StopSign::default()).await.unwrap();
        house.settle().done(&claimed, None).await.unwrap();
        let progress = house.backfill(id).await.progress;
        assert_eq!((progress.new, progress.unchanged), if round == 0 { (50, 0) } else { (0, 50) });
    }
    let revision = house.store.revision().await.unwrap();
    assert_eq!(revision.0, 50, "one write a document, ever");
}

#[tokio::test]
async fn a_run_goes_on_from_its_checkpoint() {
    let house = House::new().await;
    let id = house.started().await;
    let source = ScriptedSource::new(Some(200), vec![turn(0..100), Turn::Away, turn(100..200)]);
    let runner = house.runner(source);
    let first = house.claim_run().await;
    let error = runner.run(id, &first.lease, &StopSign::default()).await.unwrap_err();
    let outcome = house.settle().failed(&first, &error).await.unwrap();
    assert!(matches!(outcome, Outcome::Again { .. } | Outcome::Paused { .. }), "{outcome:?}");
    assert!(house.claim(Job::RUN_BACKFILL).await.is_none(), "not before the vendor's pause is over");
    let paused = house.backfill(id).await;
    assert!(paused.error.unwrap().contains("paused until"), "whoever looks sees why nothing moves");
    house.clock.advance(TimeDelta::seconds(7));
    let second = house.claim_run().await;
    assert_eq!(second.attempt, 1, "a try that stored a page counts as progress");
    runner.run(id, &second.lease, &StopSign::default()).await.unwrap();
    let progress = house.backfill(id).await.progress;
    assert_eq!((progress.pages, progress.distinct, progress.new), (2, 200, 200));
}

#[tokio::test]
async fn a_page_of_known_records_is_an_error_and_neither_a_loop_nor_a_success() {
    let house = House::new().await;
    let id = house.started().await;
    let source = ScriptedSource::new(Some(300), vec![turn(0..100), turn(0..100), turn(100..200)]);
    let claimed = house.claim_run().await;
    let error = house.runner(source).run(id, &claimed.lease, &StopSign::default()).await.unwrap_err();
    assert!(matches!(error, RunBackfillError::NoProgress { page: 2, records: 100, .. }), "{error}");
    house.settle().failed(&claimed, &error).await.unwrap();
    let backfill = house.backfill(id).await;
    assert_eq!((backfill.state, backfill.progress.distinct), (BackfillState::Failed, 100));
    assert!(
        house.store.freshness(&Viewer::admin()).await.unwrap()[0].confirmed.is_none(),
        "a failure confirms nothing"
    );
}

#[tokio::test]
async fn known_records_after_a_rewind_are_no_error() {
    let house = House::new().await;
    let id = house.started().await;
    let source =
        ScriptedSource::new(Some(150), vec![turn(0..100), Turn::Rewound(page(0..100)), turn(100..150)]);
    let claimed = house.claim_run().await;
    house.runner(source).run(id, &claimed.lease, &StopSign::default()).await.unwrap();
    let progress = house.backfill(id).await.progress;
    assert_eq!((progress.seen, progress.distinct), (250, 150));
}

#[tokio::test]
async fn paging_without_an_end_is_stopped() {
    let house = House::new().await;
    let id = house.started().await;
    let pages = (0..220).map(|number| turn(number * 100..number * 100 + 100)).collect();
    let claimed = house.claim_run().await;
    let runner = house.runner(ScriptedSource::new(Some(10), pages));
    let error = runner.run(id, &claimed.lease, &StopSign::default()).await.unwrap_err();
    assert!(matches!(error, RunBackfillError::Endless { expected: 10, .. }), "{error}");
}

#[tokio::test]
async fn records_that_mostly_cannot_be_read_end_the_run_with_their_reasons_kept() {
    for count in [3, 150] {
        let house = House::new().await;
        let id = house.started().await;
        let broken: Vec<_> = (0..count).map(|number| unreadable(&number.to_string())).collect();
        let pages = broken.chunks(100).map(|page| Turn::Page(page.to_vec())).collect();
        let claimed = house.claim_run().await;
        let runner = house.runner(ScriptedSource::new(Some(count), pages));
        let error = runner.run(id, &claimed.lease, &StopSign::default()).await.unwrap_err();
        assert!(matches!(error, RunBackfillError::Unreadable { .. }), "{error}");
        house.settle().failed(&claimed, &error).await.unwrap();
        let kept = house.store.quarantined(SourceKind::Jira, 1_000).await.unwrap();
        assert_eq!(kept.len() as u64, count.min(100), "what came is kept aside");
        assert!(house.store.freshness(&Viewer::admin()).await.unwrap()[0].confirmed.is_none());
    }
}

#[tokio::test]
async fn a_window_of_which_much_is_missing_is_not_called_complete() {
    let house = House::new().await;
    let id = house.started().await;
    let claimed = house.claim_run().await;
    let runner = house.runner(ScriptedSource::new(Some(100), vec![turn(0..3)]));
    runner.run(id, &claimed.lease, &StopSign::default()).await.unwrap();
    let backfill = house.backfill(id).await;
    assert!(backfill.warnings.iter().any(|warning| warning.contains("not called complete")), "{backfill:#?}");
    let fresh = house.store.freshness(&Viewer::admin()).await.unwrap();
    assert!(fresh[0].confirmed.is_none(), "{fresh:?}");
}

#[tokio::test]
async fn a_refused_credential_fails_at_once_with_its_cure() {
    let house = House::new().await;
    let id = house.started().await;
    let claimed = house.claim_run().await;
    let runner = house.runner(ScriptedSource::new(None, vec![Turn::Refused]));
    let error = runner.run(id, &claimed.lease, &StopSign::default()).await.unwrap_err();
    assert_eq!(error.kind(), FaultKind::Forbidden);
    house.settle().failed(&claimed, &error).await.unwrap();
    let backfill = house.backfill(id).await;
    assert_eq!(backfill.state, BackfillState::Failed);
    assert!(backfill.error.unwrap().contains("get a fresh token"));
    assert!(house.claim(Job::RUN_BACKFILL).await.is_none(), "it is not tried again");
}

#[tokio::test]
async fn whoever_lost_the_lease_stores_nothing_more() {
    let house = House::new().await;
    let id = house.started().await;
    let runner = house.runner(ScriptedSource::new(Some(200), vec![turn(0..100), turn(100..200)]));
    let old = house.claim_run().await;
    house.clock.advance(TimeDelta::minutes(1));
    let fresh = house.claim_run().await;
    let error = runner.run(id, &old.lease, &StopSign::default()).await.unwrap_err();
    assert!(matches!(error, RunBackfillError::Store(StoreError::LeaseLost)), "{error}");
    assert_eq!(house.backfill(id).await.progress.pages, 0);
    runner.run(id, &fresh.lease, &StopSign::default()).await.unwrap();
    assert_eq!(house.backfill(id).await.progress.distinct, 200);
}

#[tokio::test]
async fn the_stop_sign_ends_a_run_between_two_pages() {
    let house = House::new().await;
    let id = house.started().await;
    let runner = house.runner(ScriptedSource::new(Some(100), vec![turn(0..100)]));
    let claimed = house.claim_run().await;
    let sign = StopSign::default();
    sign.raise();
    assert_eq!(runner.run(id, &claimed.lease, &sign).await.unwrap(), Ended::Interrupted);
    house.settle().put_back(&claimed).await.unwrap();
    assert!(house.claim(Job::RUN_BACKFILL).await.is_some(), "free for the next worker at once");
}

#[tokio::test]
async fn a_job_whose_workers_vanish_is_given_up() {
    let house = House::new().await;
    let id = house.started().await;
    for _ in 0..10 {
        let claimed = house.claim_run().await;
        assert!(house.settle().refuse_poison(&claimed).await.unwrap().is_none());
        house.clock.advance(TimeDelta::minutes(1));
    }
    let claimed = house.claim_run().await;
    assert!(house.settle().refuse_poison(&claimed).await.unwrap().is_some());
    assert_eq!(house.backfill(id).await.state, BackfillState::Failed);
}

#[tokio::test]
async fn a_changed_record_keeps_its_earlier_version() {
    let house = House::new().await;
    for title in ["before", "after"] {
        let id = house.started().await;
        let claimed = house.claim_run().await;
        let changed = Document { title: title.to_owned(), ..issue(1, title) };
        let source = ScriptedSource::new(Some(1), vec![Turn::Page(vec![record(changed)])]);
        house.runner(source).run(id, &claimed.lease, &StopSign::default()).await.unwrap();
        house.settle().done(&claimed, None).await.unwrap();
    }
    let newest = house.store.backfills(1).await.unwrap().remove(0);
    assert_eq!((newest.source, newest.progress.changed, newest.progress.new), (SourceKind::Jira, 1, 0));
}

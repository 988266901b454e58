//! Censuses: what is missing is fetched, what is gone is taken away, and nothing is concluded from a list that may be
//! wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::TimeDelta;
use daybook_core::model::account::Admin;
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::{Backfill, BackfillState};
use daybook_core::model::census::{Ledger, Outcome};
use daybook_core::model::document::{Document, Project, Record, Tombstone};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::Reach;
use daybook_core::ports::store::Saved;
use daybook_testkit::sample::{issue, record, unreadable};
use daybook_testkit::source::ScriptedSource;

use super::{House, page};

const JIRA: SourceKind = SourceKind::Jira;

/// A house that has read these, all of which are young enough to be compared.
async fn having_read(records: Vec<Record>) -> House {
    let house = House::new().await;
    house.read(JIRA, records).await;
    // The samples are older than a backfill of thirty days reaches back.
    let mut tx = house.store.begin().await.unwrap();
    let confirmed = house.fresh(JIRA).await.confirmed.unwrap();
    let early = daybook_core::model::source::Confirmed { from: issue(0, "").updated_at, ..confirmed };
    tx.confirm(JIRA, early, confirmed.until).await.unwrap();
    tx.commit().await.unwrap();
    house
}

fn holding(records: Vec<Record>) -> ScriptedSource {
    ScriptedSource::new(None, Vec::new()).holding(records)
}

async fn census(house: &House, source: &ScriptedSource, accepts_losses: bool) -> (Backfill, Ledger) {
    house.clock.advance(TimeDelta::minutes(1));
    let proof = Admin::at_the_console();
    let accepted = house.keep_fresh().census(&proof, JIRA, accepts_losses).await.unwrap();
    let over = house.work(source).await;
    assert_eq!(over.id, accepted.run.id);
    (over, house.store.ledger(JIRA).await.unwrap().unwrap_or_default())
}

/// What became of what, by id.
fn outcomes(ledger: &Ledger) -> BTreeMap<&str, Outcome> {
    ledger.differences.iter().map(|one| (one.external_id.as_str(), one.outcome)).collect()
}

fn without(records: Vec<Record>, numbers: &[u32]) -> Vec<Record> {
    let gone: Vec<String> = numbers.iter().map(|number| (10_000 + number).to_string()).collect();
    records.into_iter().filter(|record| !gone.contains(&record.external_id)).collect()
}

#[tokio::test]
async fn what_is_missing_is_fetched_and_what_is_gone_is_nowhere_from_then_on() {
    let house = having_read(page(0..40)).await;
    let before = house.held().await;
    let revision = house.store.revision().await.unwrap();
    let source = holding(without(page(0..43), &[7, 8]));
    let (done, ledger) = census(&house, &source, false).await;
    assert_eq!((done.state, done.error.clone()), (BackfillState::Done, None));
    assert_eq!((ledger.source, ledger.held, ledger.differing), (41, 40, 5), "as it was before");
    let gone = Outcome::Tombstoned(Tombstone::Deleted);
    let fetched = Outcome::Fetched;
    let expected =
        [("10007", gone), ("10008", gone), ("10040", fetched), ("10041", fetched), ("10042", fetched)];
    assert_eq!(outcomes(&ledger), BTreeMap::from(expected));
    assert_eq!((done.progress.gone, done.progress.new), (2, 3));
    let ids = [before["10007"].id, before["10008"].id, before["10009"].id];
    let admin = Viewer::admin();
    assert_eq!(house.store.documents(&ids, &admin).await.unwrap().len(), 1);
    assert_eq!(house.store.document_counts(None, &admin).await.unwrap().held, 41);
    let fresh = house.fresh(JIRA).await;
    assert_eq!((fresh.held, fresh.census), (41, ledger.summary()));
    let told = house.store.document_changes(revision, 100, u64::MAX).await.unwrap();
    assert_eq!(told.iter().filter(|one| one.tombstone.is_some()).count(), 2, "indexes hear of it");
}

#[tokio::test]
async fn a_second_census_finds_both_sides_equal_and_writes_nothing() {
    let house = having_read(page(0..40)).await;
    let source = holding(without(page(0..43), &[7, 8]));
    census(&house, &source, false).await;
    let revision = house.store.revision().await.unwrap();
    let (done, ledger) = census(&house, &source, false).await;
    assert_eq!((done.state, ledger.source, ledger.held), (BackfillState::Done, 41, 41));
    assert!(ledger.is_equal() && ledger.differences.is_empty(), "{ledger:?}");
    assert_eq!(house.store.revision().await.unwrap(), revision);
    assert_eq!(source.asked().len(), 1, "nothing was fetched the second time");
}

#[tokio::test]
async fn from_a_list_that_ends_with_an_error_nothing_is_concluded() {
    let house = having_read(page(0..40)).await;
    let source = holding(page(0..3)).failing_census();
    let (failed, ledger) = census(&house, &source, true).await;
    assert_eq!(failed.state, BackfillState::Failed);
    assert!(failed.error.unwrap().contains("503"));
    assert_eq!((house.held().await.len(), ledger), (40, Ledger::default()));
}

#[tokio::test]
async fn more_than_a_tenth_goes_only_on_a_persons_word_and_then_it_goes() {
    let house = having_read(page(0..300)).await;
    let source = holding(page(40..301));
    let (failed, ledger) = census(&house, &source, false).await;
    assert_eq!(failed.state, BackfillState::Failed);
    let error = failed.error.unwrap();
    assert!(error.contains("40 of 300") && error.contains("--accept-losses"), "{error}");
    assert_eq!(house.fresh(JIRA).await.last_error, Some(error));
    assert_eq!(house.held().await.len(), 301, "nothing went; what was missing came");
    let found = outcomes(&ledger);
    assert_eq!((found.len(), found["10000"], found["10300"]), (41, Outcome::Kept, Outcome::Fetched));
    assert!(house.claim("run_backfill").await.is_none(), "it is not tried again on its own");
    let (done, ledger) = census(&house, &source, true).await;
    assert_eq!((done.state, done.progress.gone), (BackfillState::Done, 40));
    assert_eq!((ledger.differing, outcomes(&ledger)["10000"]), (40, Outcome::Tombstoned(Tombstone::Deleted)));
    let fresh = house.fresh(JIRA).await;
    assert_eq!((fresh.held, fresh.last_error), (261, None), "what was wrong is right");
    let (_, ledger) = census(&house, &source, false).await;
    assert!(ledger.is_equal());
}

#[tokio::test]
async fn an_empty_list_is_no_proof_that_everything_is_gone() {
    let house = having_read(page(0..5)).await;
    let (failed, _) = census(&house, &holding(Vec::new()), false).await;
    assert_eq!((failed.state, house.held().await.len()), (BackfillState::Failed, 5));
}

#[tokio::test]
async fn a_project_that_the_credential_no_longer_sees_goes_only_on_a_persons_word() {
    let in_project = |number: u32, key: &str| {
        let project = Project { key: key.to_owned(), name: key.to_owned() };
        record(Document { project: Some(project), ..issue(number, "some title") })
    };
    let all: Vec<Record> =
        (0..60).map(|number| in_project(number, if number < 30 { "HARB" } else { "QUAY" })).collect();
    let house = having_read(all.clone()).await;
    let source = holding(all[1..30].to_vec()).listing(&["HARB"]);
    for _ in 0..2 {
        let (done, ledger) = census(&house, &source, false).await;
        assert_eq!(done.state, BackfillState::Done);
        assert_eq!(ledger.unseen_projects, ["QUAY"]);
        assert!(!ledger.is_equal(), "what was not compared is not equal");
        assert!(done.warnings.iter().any(|warning| warning.contains("QUAY")), "{:?}", done.warnings);
        assert_eq!((ledger.source, house.held().await.len()), (29, 59), "one of HARB is gone");
    }
    let (done, ledger) = census(&house, &source, true).await;
    assert_eq!((done.state, done.progress.gone), (BackfillState::Done, 30));
    assert_eq!((ledger.unseen_projects.len(), house.held().await.len()), (0, 29));
    assert!(census(&house, &source, false).await.1.is_equal(), "and nothing is left to say");
}

#[tokio::test]
async fn what_a_list_leaves_out_and_the_source_still_shows_stays() {
    let house = having_read(page(0..30)).await;
    let source = holding(page(0..30)).without_listing(&["10003"]);
    let (done, ledger) = census(&house, &source, false).await;
    assert_eq!((done.state, house.held().await.len()), (BackfillState::Done, 30));
    assert_eq!(outcomes(&ledger), BTreeMap::from([("10003", Outcome::Unlisted)]));
}

#[tokio::test]
async fn an_answer_for_fewer_records_than_were_asked_about_takes_none_away() {
    let house = having_read(page(0..30)).await;
    let source = holding(without(page(0..30), &[3, 4])).forgetting_fates();
    let (failed, _) = census(&house, &source, false).await;
    assert_eq!((failed.state, house.held().await.len()), (BackfillState::Failed, 30));
    assert!(failed.error.unwrap().contains("2 records, and 1 answers came"));
}

#[tokio::test]
async fn a_missing_record_that_cannot_be_had_or_read_is_said_to_be_unavailable() {
    let house = having_read(page(0..30)).await;
    let source = holding([page(0..30), vec![unreadable("666")]].concat());
    let (done, ledger) = census(&house, &source, false).await;
    assert_eq!(done.state, BackfillState::Done);
    assert_eq!(outcomes(&ledger), BTreeMap::from([("666", Outcome::Unavailable)]));
    assert_eq!(house.fresh(JIRA).await.quarantined, 1);
    let (_, ledger) = census(&house, &source, false).await;
    assert_eq!(outcomes(&ledger), BTreeMap::from([("666", Outcome::Unavailable)]), "it is not held readably");
    assert_eq!((ledger.source, ledger.held), (31, 30));
    let (_, ledger) = census(&house, &holding([page(0..30), page(656..657)].concat()), false).await;
    assert_eq!(house.fresh(JIRA).await.quarantined, 1, "another record does not release it: {ledger:?}");
}

#[tokio::test]
async fn many_missing_records_are_a_backfills_work() {
    let house = having_read(page(0..30)).await;
    let (done, ledger) = census(&house, &holding(page(0..1_031)).by(500), false).await;
    assert_eq!((done.state, house.held().await.len()), (BackfillState::Done, 30));
    assert_eq!((ledger.differing, ledger.differences.len()), (1_001, 1_000), "named as far as they fit");
    assert!(ledger.differences.iter().all(|one| one.outcome == Outcome::Missing));
    assert!(done.warnings.iter().any(|warning| warning.contains("backfill")), "{:?}", done.warnings);
}

#[tokio::test]
async fn what_comes_back_at_its_source_comes_back() {
    let house = having_read(page(0..30)).await;
    let id = house.held().await["10003"].id;
    census(&house, &holding(without(page(0..30), &[3])), false).await;
    assert!(!house.held().await.contains_key("10003"));
    let (_, ledger) = census(&house, &holding(page(0..30)), false).await;
    assert_eq!(outcomes(&ledger), BTreeMap::from([("10003", Outcome::Fetched)]));
    assert_eq!(house.held().await["10003"].id, id, "as the same document");
}

/// All that a census leaves behind.
async fn left_behind(house: &House, ledger: &Ledger) -> String {
    let mut text = format!("{:?}", Ledger { compared_at: None, ..ledger.clone() });
    let all = house
        .store
        .document_changes(daybook_core::model::document::Revision(0), 999, u64::MAX)
        .await
        .unwrap();
    let mut documents: Vec<_> = all
        .iter()
        .map(|one| (one.document.external_id.clone(), one.content_hash.clone(), one.tombstone))
        .collect();
    documents.sort_by(|a, b| a.0.cmp(&b.0));
    write!(text, "{documents:?} {:?}", house.store.revision().await.unwrap()).unwrap();
    text
}

#[tokio::test]
async fn a_census_that_is_interrupted_anywhere_ends_as_if_it_had_not_been() {
    // Several pages of the list, several chunks of either kind.
    let there = || without(page(0..1_260), &(5..115).collect::<Vec<_>>());
    let mut undisturbed = None;
    for call in 0.. {
        let house = having_read(page(0..1_150)).await;
        let source = holding(there()).by(200).tripping_at(call);
        let (done, ledger) = census(&house, &source, false).await;
        assert_eq!(done.state, BackfillState::Done, "interrupted at call {call}: {:?}", done.error);
        assert_eq!((ledger.source, ledger.held, ledger.differing), (1_150, 1_150, 220), "call {call}");
        assert_eq!((done.progress.gone, done.progress.new), (110, 110), "call {call}");
        let left = left_behind(&house, &ledger).await;
        assert_eq!(undisturbed.get_or_insert_with(|| left.clone()), &left, "call {call}");
        if !source.has_tripped() {
            assert!(call >= 9, "only {call} calls were interrupted");
            break;
        }
    }
}

#[tokio::test]
async fn a_census_whose_worker_is_told_to_stop_goes_on_later() {
    use daybook_core::actions::run_backfill::Ended;
    use daybook_core::model::job::StopSign;
    let house = having_read(page(0..40)).await;
    house.keep_fresh().census(&Admin::at_the_console(), JIRA, false).await.unwrap();
    let source = holding(without(page(0..43), &[7])).by(10);
    let claimed = house.claim_run().await;
    let daybook_core::model::job::Job::RunBackfill { backfill, .. } = claimed.job else { unreachable!() };
    let sign = StopSign::default();
    sign.raise();
    let ended = house.runner(source.clone()).run(backfill, &claimed.lease, &sign).await.unwrap();
    assert_eq!(ended, Ended::Interrupted);
    house.settle().put_back(&claimed).await.unwrap();
    let done = house.work(&source).await;
    assert_eq!((done.state, done.progress.gone, done.progress.new), (BackfillState::Done, 1, 3));
}

#[tokio::test]
async fn the_same_census_asked_for_at_once_is_one_run_and_one_that_accepts_losses_is_another() {
    let house = having_read(page(0..5)).await;
    let (keep_fresh, proof) = (house.keep_fresh(), Admin::at_the_console());
    let first = keep_fresh.census(&proof, JIRA, false).await.unwrap();
    let again = keep_fresh.census(&proof, JIRA, false).await.unwrap();
    assert!(again.deduplicated && again.run.id == first.run.id);
    let other = keep_fresh.census(&proof, JIRA, true).await.unwrap();
    assert!(!other.deduplicated, "a person's word is not lost in a run that was not given it");
}

#[tokio::test]
async fn a_census_reads_by_name_only_what_is_missing() {
    let house = having_read(page(0..5)).await;
    let source = holding(page(0..7));
    census(&house, &source, false).await;
    let expected = Reach::Items(vec!["10005".to_owned(), "10006".to_owned()]);
    assert_eq!(source.asked().iter().map(|scope| scope.reach.clone()).collect::<Vec<_>>(), [expected]);
    let mut tx = house.store.begin().await.unwrap();
    let saved = tx.save_records(JIRA, &page(0..7), issue(0, "").updated_at).await.unwrap();
    assert_eq!(saved, Saved { unchanged: 7, ..Saved::default() });
}

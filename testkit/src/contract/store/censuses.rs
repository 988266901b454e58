//! Facts about censuses: what was listed, how it compares, and what is remembered of it.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::{BackfillId, BackfillState};
use daybook_core::model::census::{Difference, Ledger, Line, Outcome};
use daybook_core::model::document::{Document, Open, Project, Record, Tombstone};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::Listed;
use daybook_core::ports::store::Comparison;

use super::{Any, now, save};
use crate::sample::{backfill, issue, record, unreadable, worklog};

const JIRA: SourceKind = SourceKind::Jira;

/// Before everything that the samples tell of.
fn beginning() -> DateTime<Utc> {
    issue(0, "").updated_at
}

fn in_project(number: u32, key: &str) -> Record {
    let project = Project { key: key.to_owned(), name: key.to_owned() };
    record(Document { project: Some(project), ..issue(number, "some title") })
}

fn listed(ids: &[&str]) -> Vec<Listed> {
    ids.iter()
        .map(|&id| Listed { external_id: id.to_owned(), project: None, day: None, version: None })
        .collect()
}

async fn begin(store: &Any, number: u128) -> BackfillId {
    let run = backfill(number, 30, now());
    let mut tx = store.begin().await.unwrap();
    tx.add_backfill(&run).await.unwrap();
    tx.commit().await.unwrap();
    run.id
}

/// A census of its own lists these, and is compared; nothing of it stays.
async fn compared(
    store: &Any,
    source: SourceKind,
    listed: &[Listed],
    from: DateTime<Utc>,
    projects: &[&str],
) -> Comparison {
    let id = backfill(1, 30, now()).id;
    let projects: Vec<String> = projects.iter().map(|&project| project.to_owned()).collect();
    let mut tx = store.begin().await.unwrap();
    tx.add_backfill(&backfill(1, 30, now())).await.unwrap();
    assert_eq!(tx.note_listed(id, listed).await.unwrap(), listed.len() as u64);
    tx.compare(id, source, from, &projects).await.unwrap()
}

fn missing(found: &Comparison) -> Vec<&str> {
    found.missing.iter().map(|one| one.external_id.as_str()).collect()
}

fn surplus(found: &Comparison) -> Vec<&str> {
    found.surplus.iter().map(|(one, _)| one.external_id.as_str()).collect()
}

fn line(project: &str, source: u64, held: u64) -> Line {
    Line { project: Some(project.to_owned()), source, held }
}

/// A list that begins anew counts nothing twice.
pub async fn what_a_census_lists_is_noted_once(store: Any) {
    let (one, other) = (begin(&store, 1).await, begin(&store, 2).await);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.note_listed(one, &listed(&["1", "2", "2"])).await.unwrap(), 2);
    assert_eq!(tx.note_listed(one, &listed(&["2", "3"])).await.unwrap(), 1);
    assert_eq!(tx.note_listed(one, &[]).await.unwrap(), 0);
    assert_eq!(tx.note_listed(other, &listed(&["1"])).await.unwrap(), 1, "each census has its own list");
    tx.forget_seen(one).await.unwrap();
    assert_eq!(tx.note_listed(one, &listed(&["1"])).await.unwrap(), 1);
    assert_eq!(tx.note_listed(other, &listed(&["1"])).await.unwrap(), 0);
}

/// Both sides are counted, by project, and what one has and the other has not is named.
pub async fn a_comparison_names_what_is_missing_and_what_is_surplus(store: Any) {
    save(&store, &[in_project(1, "HARB"), in_project(2, "HARB"), in_project(3, "BILL")]).await;
    let day = beginning().date_naive();
    let fresh = Listed {
        external_id: "77".to_owned(),
        project: Some("BILL".to_owned()),
        day: Some(day),
        version: None,
    };
    let list = [listed(&["10001"]), vec![fresh.clone()]].concat();
    let found = compared(&store, JIRA, &list, beginning(), &[]).await;
    assert_eq!(found.missing, [fresh], "with what the list says of it");
    assert_eq!(surplus(&found), ["10002", "10003"]);
    let (gone, key) = &found.surplus[0];
    assert_eq!((gone.project.as_deref(), key.as_str()), (Some("HARB"), "HARB-2"));
    assert_eq!(gone.day, Some(issue(2, "").updated_at.date_naive()));
    assert_eq!((found.source, found.held, found.gone()), (2, 3, 2));
    assert_eq!(found.lines, [line("BILL", 1, 1), line("HARB", 1, 2)]);
    assert!(found.unseen_projects.is_empty() && found.missing_beyond == 0 && found.surplus_beyond == 0);
    let all = listed(&["10001", "10002", "10003"]);
    let equal = compared(&store, JIRA, &all, beginning(), &[]).await;
    assert_eq!((equal.source, equal.held, equal.missing.len(), equal.surplus.len()), (3, 3, 0, 0));
    let other = compared(&store, SourceKind::Notion, &listed(&["10001"]), beginning(), &[]).await;
    assert_eq!((missing(&other), other.held), (vec!["10001"], 0), "each source has its own records");
}

/// A project that a census does not list is not compared: perhaps the credential lost it.
pub async fn only_listed_projects_are_compared_and_the_others_are_named(store: Any) {
    save(
        &store,
        &[in_project(1, "HARB"), in_project(2, "HARB"), in_project(3, "BILL"), in_project(4, "QUAY")],
    )
    .await;
    let list = listed(&["10001"]);
    let found = compared(&store, JIRA, &list, beginning(), &["HARB", "EMPTY"]).await;
    assert_eq!(surplus(&found), ["10002"]);
    assert_eq!(found.unseen_projects, ["BILL", "QUAY"]);
    assert_eq!((found.source, found.held), (1, 2), "what was not compared is not counted");
    assert_eq!(found.lines, [line("HARB", 1, 2)]);
}

/// Whatever is held in another way is not missing; what left is, once it is listed again.
pub async fn unfinished_records_are_held_and_unreadable_ones_and_tombstones_are_not(store: Any) {
    let mut waiting = Record::new("88".to_owned(), b"{}".to_vec(), Ok(Vec::new()));
    waiting.open = Some(Open { reason: "late".to_owned(), until: now() });
    save(&store, &[record(issue(1, "one")), record(issue(2, "two")), unreadable("666"), waiting]).await;
    let mut tx = store.begin().await.unwrap();
    tx.bury(JIRA, &[("10002", Tombstone::NoAccess)], now()).await.unwrap();
    tx.commit().await.unwrap();
    let found = compared(&store, JIRA, &listed(&["10001", "10002", "666", "88"]), beginning(), &[]).await;
    assert_eq!(missing(&found), ["10002", "666"], "what cannot be read is asked for again");
    assert_eq!((found.source, found.held), (4, 2));
    let found = compared(&store, JIRA, &listed(&["10001"]), beginning(), &[]).await;
    assert!(found.surplus.is_empty(), "what is gone is not gone again: {found:?}");
}

/// What is older than a census looks is no surplus; and what happened counts by when it happened.
pub async fn only_what_is_from_a_moment_on_is_compared(store: Any) {
    save(&store, &[record(issue(1, "one")), record(issue(60, "sixty"))]).await;
    let from = issue(60, "").updated_at;
    let found = compared(&store, JIRA, &[], from, &[]).await;
    assert_eq!((surplus(&found), found.held), (vec!["10060"], 1));
    let found = compared(&store, JIRA, &listed(&["10001", "10060"]), from, &[]).await;
    assert_eq!(
        (found.source, found.held, found.missing.len()),
        (2, 2, 0),
        "what is listed and held is equal"
    );
    let comment = |record: &mut Record| {
        let comment = Document { external_id: "comment:7".to_owned(), ..issue(1, "a comment") };
        record.reading.as_mut().unwrap().push(comment);
    };
    let mut with_comment = record(issue(1, "one"));
    comment(&mut with_comment);
    save(&store, &[with_comment]).await;
    let found = compared(&store, JIRA, &[], beginning(), &[]).await;
    assert_eq!(surplus(&found), ["10001", "10060"], "records are compared, not what is read from them");
    let worked = |number: u32, days: i64| {
        let late = worklog(number, 1, 60);
        record(Document { occurred_at: late.occurred_at.map(|at| at - TimeDelta::days(days)), ..late })
    };
    let mut tx = store.begin().await.unwrap();
    tx.save_records(SourceKind::Tempo, &[worked(1, 0), worked(2, 9)], now()).await.unwrap();
    tx.commit().await.unwrap();
    let from = worklog(1, 1, 60).occurred_at.unwrap();
    let found = compared(&store, SourceKind::Tempo, &[], from, &[]).await;
    assert_eq!(surplus(&found), ["1"], "both were written just now, and one tells of last week");
    assert_eq!(found.lines, [Line { project: None, source: 0, held: 1 }]);
}

/// Whoever goes on with a census finds what it had found, whatever has changed since.
pub async fn a_comparison_is_made_once_a_census(store: Any) {
    save(&store, &[record(issue(1, "one")), record(issue(2, "two"))]).await;
    let id = begin(&store, 7).await;
    let mut tx = store.begin().await.unwrap();
    tx.note_listed(id, &listed(&["10001", "10003"])).await.unwrap();
    let first = tx.compare(id, JIRA, beginning(), &[]).await.unwrap();
    assert_eq!((missing(&first), surplus(&first)), (vec!["10003"], vec!["10002"]));
    tx.save_records(JIRA, &[record(issue(3, "three"))], now()).await.unwrap();
    tx.bury(JIRA, &[("10002", Tombstone::Deleted)], now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.compare(id, JIRA, beginning(), &[]).await.unwrap(), first);
    tx.forget_seen(id).await.unwrap();
    tx.note_listed(id, &listed(&["10001", "10003"])).await.unwrap();
    let anew = tx.compare(id, JIRA, beginning(), &[]).await.unwrap();
    assert_eq!((anew.source, anew.held, anew.missing.len(), anew.surplus.len()), (2, 2, 0, 0));
}

/// What was found is told in short with every freshness, and in full to whoever asks.
pub async fn the_newest_ledger_comes_back_as_it_was(store: Any) {
    assert_eq!(store.ledger(JIRA).await.unwrap(), None);
    let difference = |id: &str, outcome| Difference {
        external_id: id.to_owned(),
        key: Some("HARB-1".to_owned()),
        project: None,
        day: Some(beginning().date_naive()),
        outcome,
    };
    let outcomes = [
        Outcome::Fetched,
        Outcome::Unavailable,
        Outcome::Missing,
        Outcome::Unlisted,
        Outcome::Kept,
        Outcome::Tombstoned(Tombstone::Deleted),
        Outcome::Tombstoned(Tombstone::NoAccess),
        Outcome::Tombstoned(Tombstone::Moved),
        Outcome::Tombstoned(Tombstone::Archived),
    ];
    let ledger = Ledger {
        older: 3,
        from: Some(beginning()),
        compared_at: Some(now()),
        source: 12,
        held: 13,
        lines: vec![line("HARB", 12, 13), Line { project: None, source: 0, held: 0 }],
        differences: outcomes.map(|outcome| difference("1", outcome)).to_vec(),
        differing: 5_000,
        unseen_projects: vec!["QUAY".to_owned()],
    };
    for ledger in [Ledger { differing: 0, ..ledger.clone() }, ledger] {
        let mut tx = store.begin().await.unwrap();
        tx.save_ledger(JIRA, &ledger).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.ledger(JIRA).await.unwrap().as_ref(), Some(&ledger));
        let fresh = store.freshness(&Viewer::admin()).await.unwrap();
        assert_eq!(fresh[0].census, ledger.summary());
    }
    assert_eq!(store.ledger(SourceKind::Notion).await.unwrap(), None);
}

/// A run over all of a source that ends well shows that it can be read; a run over a part shows nothing.
pub async fn why_a_run_failed_is_told_until_one_over_the_whole_ends_well(store: Any) {
    let mut tx = store.begin().await.unwrap();
    let item =
        daybook_core::model::backfill::Backfill { item: Some("HARB-1".to_owned()), ..backfill(1, 30, now()) };
    let whole = backfill(2, 30, now());
    tx.add_backfill(&item).await.unwrap();
    tx.add_backfill(&whole).await.unwrap();
    tx.note_failure(JIRA, "refused", now()).await.unwrap();
    tx.note_failure(SourceKind::Tempo, "refused", now()).await.unwrap();
    tx.note_unseen(JIRA, &["the project QUAY".to_owned()]).await.unwrap();
    tx.commit().await.unwrap();
    for (id, state, failed) in [
        (item.id, BackfillState::Done, true),
        (whole.id, BackfillState::Running, true),
        (whole.id, BackfillState::Done, false),
    ] {
        let mut tx = store.begin().await.unwrap();
        tx.set_backfill_state(id, state, &[], None, now()).await.unwrap();
        tx.commit().await.unwrap();
        let all = store.freshness(&Viewer::admin()).await.unwrap();
        let fresh: HashMap<_, _> = all.iter().map(|one| (one.source, one)).collect();
        assert_eq!(fresh[&JIRA].last_error.is_some(), failed, "{state:?}");
        assert!(fresh[&SourceKind::Tempo].last_error.is_some(), "another source's failure stays");
        assert_eq!(fresh[&JIRA].unseen, ["the project QUAY"]);
    }
}

//! Facts about worklogs and the issues and accounts that they name.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::collections::BTreeSet;

use daybook_core::model::audience::Audience;
use daybook_core::model::document::{Details, Document, Person, Record, Revision, Tombstone};
use daybook_core::model::source::SourceKind;

use super::{Any, all, now, save};
use crate::sample::{issue, record, unreadable, worklog};

async fn save_hours(store: &Any, records: &[Record]) {
    let mut tx = store.begin().await.unwrap();
    tx.save_records(SourceKind::Tempo, records, now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// An issue is known by its id, as long as it is there.
pub async fn issues_are_outlined_while_they_are_there(store: Any) {
    let board = Audience::Only(BTreeSet::from(["group:board".to_owned()]));
    let secret = Document { audience: board.clone(), project: None, ..issue(2, "secret") };
    save(&store, &[record(issue(1, "one")), record(secret), record(issue(3, "three"))]).await;
    let mut tx = store.begin().await.unwrap();
    tx.bury(SourceKind::Jira, &[("10003", Tombstone::NoAccess)], now()).await.unwrap();
    let mut found = tx.issues(&["10001", "10002", "10003", "absent"]).await.unwrap();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let ids: Vec<_> =
        found.iter().map(|one| (one.id.as_str(), one.key.as_str(), one.title.as_str())).collect();
    assert_eq!(ids, [("10001", "HARB-1", "one"), ("10002", "HARB-2", "secret")]);
    assert_eq!(found[0].project.as_ref().unwrap().key, "HARB");
    assert_eq!((&found[1].audience, &found[1].project), (&board, &None));
    assert!(tx.issues(&[]).await.unwrap().is_empty());
}

/// A name is what a document told last.
pub async fn account_names_are_those_told_last(store: Any) {
    let telling = |number: u32, name: &str| {
        let issue = issue(number, "one");
        let people = issue.people.iter().map(|person| Person { name: name.to_owned(), ..person.clone() });
        record(Document { people: people.collect(), ..issue })
    };
    save(&store, &[telling(1, "Mara Lindqvist")]).await;
    save(&store, &[telling(2, "Mara Lindqvist-Öberg")]).await;
    let mut tx = store.begin().await.unwrap();
    let names = tx.account_names(&["a:1", "a:2"]).await.unwrap();
    assert_eq!((names.len(), names["a:1"].as_str()), (1, "Mara Lindqvist-Öberg"));
    drop(tx);
    save_hours(&store, &[record(worklog(1, 1, 60))]).await;
    let mut tx = store.begin().await.unwrap();
    let names = tx.account_names(&["a:1"]).await.unwrap();
    assert_eq!(names["a:1"], "Mara Lindqvist-Öberg", "who knows ids only teaches no names");
}

/// The hours on an issue are found by its id, as long as they are there.
pub async fn worklogs_are_found_by_their_issue(store: Any) {
    let page = [record(worklog(1, 1, 3_600)), record(worklog(2, 1, 60)), record(worklog(3, 2, 5))];
    save_hours(&store, &page).await;
    let mut tx = store.begin().await.unwrap();
    let mut found = tx.worklogs_on(&["10001"]).await.unwrap();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(found, [("1".to_owned(), worklog(1, 1, 3_600)), ("2".to_owned(), worklog(2, 1, 60))]);
    assert_eq!(tx.worklogs_on(&["10001", "10002"]).await.unwrap().len(), 3);
    assert!(tx.worklogs_on(&[]).await.unwrap().is_empty());
    drop(tx);
    save_hours(&store, &[record(worklog(2, 2, 120))]).await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.worklogs_on(&["10001"]).await.unwrap().len(), 1, "one was booked on another issue");
    tx.bury(SourceKind::Tempo, &[("3", Tombstone::Deleted)], now()).await.unwrap();
    let left = tx.worklogs_on(&["10002"]).await.unwrap();
    assert_eq!(left.len(), 1);
    let Some(Details::Worklog(held)) = &left[0].1.details else { panic!("no worklog") };
    assert_eq!((held.seconds, left[0].0.as_str()), (120, "2"));
}

/// Only what differs is written, and only of what is there and readable.
pub async fn documents_are_saved_again_only_where_they_differ(store: Any) {
    let page = [record(worklog(1, 1, 60)), record(worklog(2, 1, 60)), record(worklog(3, 1, 60))];
    save_hours(&store, &page).await;
    save_hours(&store, &[unreadable("3")]).await;
    let revision = store.revision().await.unwrap();
    let renamed = |number: u32| {
        let worklog = worklog(number, 1, 60);
        (number.to_string(), Document { key: "HARB-1".to_owned(), ..worklog })
    };
    let again = [renamed(1), ("2".to_owned(), worklog(2, 1, 60)), renamed(3), renamed(4)];
    for written in [1, 0] {
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.save_documents(&again, now()).await.unwrap(), written);
        tx.commit().await.unwrap();
    }
    assert_eq!(store.revision().await.unwrap(), Revision(revision.0 + 1), "one write");
    let held = all(&store).await;
    let hidden = held.iter().find(|one| one.document.external_id == "3").unwrap();
    assert_eq!(hidden.document.audience, Audience::Unknown, "what cannot be read stays hidden");
    assert_eq!(held.iter().find(|one| one.document.external_id == "1").unwrap().document.key, "HARB-1");
    let mut tx = store.begin().await.unwrap();
    tx.bury(SourceKind::Tempo, &[("1", Tombstone::Deleted)], now()).await.unwrap();
    assert_eq!(tx.save_documents(&[renamed(1)], now()).await.unwrap(), 0, "what is gone stays gone");
    assert_eq!(tx.save_documents(&[], now()).await.unwrap(), 0);
}

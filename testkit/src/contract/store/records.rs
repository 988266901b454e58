//! Facts about what is known of records beside their documents: bytes, versions, changes, gaps, and how they leave.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use chrono::TimeDelta;
use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::document::{Change, Document, Open, Record, Revision, Tombstone};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::store::{DocumentCounts, Saved};

use super::{Any, all, now, save, stretch};
use crate::sample::{issue, record, unreadable};

const JIRA: SourceKind = SourceKind::Jira;

fn change(record_id: &str, change_id: &str, field: &str, seconds: i64) -> Change {
    Change {
        record_id: record_id.to_owned(),
        change_id: change_id.to_owned(),
        field: field.to_owned(),
        at: now() + TimeDelta::seconds(seconds),
        author: Some("a:1".to_owned()),
        author_name: None,
        from: Some("Open \"quoted\" \u{1f409}".to_owned()),
        to: None,
    }
}

async fn bury(store: &Any, records: &[(&str, Tombstone)]) -> u64 {
    let mut tx = store.begin().await.unwrap();
    let buried = tx.bury(JIRA, records, now()).await.unwrap();
    tx.commit().await.unwrap();
    buried
}

/// History does not change, and is told to whoever may see what it is of.
pub async fn changes_are_kept_once_and_told_in_order(store: Any) {
    let secret = Document { audience: Audience::Unknown, ..issue(2, "secret") };
    save(&store, &[record(issue(1, "one")), record(secret)]).await;
    let page = [
        change("10001", "9", "status", 20),
        change("10001", "9", "assignee", 20),
        change("10001", "8", "status", 10),
        change("10002", "7", "status", 5),
    ];
    for fresh in [4, 0] {
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.save_changes(JIRA, &page).await.unwrap(), fresh);
        tx.commit().await.unwrap();
    }
    let mut tx = store.begin().await.unwrap();
    let another = Change { from: Some("rewritten".to_owned()), ..page[2].clone() };
    assert_eq!(tx.save_changes(JIRA, &[another]).await.unwrap(), 0, "what is held stays");
    assert_eq!(tx.save_changes(JIRA, &[]).await.unwrap(), 0);
    assert_eq!(tx.save_changes(SourceKind::Notion, &page[..1]).await.unwrap(), 1, "another source's record");
    tx.commit().await.unwrap();
    let ids: Vec<_> = all(&store).await.iter().map(|stored| stored.id).collect();
    let told = store.changes(ids[0], &Viewer::member()).await.unwrap();
    assert_eq!(told, [page[2].clone(), page[1].clone(), page[0].clone()]);
    assert!(store.changes(ids[1], &Viewer::member()).await.unwrap().is_empty());
    assert_eq!(store.changes(ids[1], &Viewer::admin()).await.unwrap(), page[3..]);
    bury(&store, &[("10001", Tombstone::Deleted)]).await;
    assert!(store.changes(ids[0], &Viewer::admin()).await.unwrap().is_empty(), "gone is gone");
}

/// Gone is gone from every answer and every sum; what it was stays, and what is read again comes back.
pub async fn what_is_buried_is_nowhere_until_it_is_read_again(store: Any) {
    let mut with_comment = record(issue(1, "one"));
    let comment = Document { external_id: "comment:7".to_owned(), ..issue(1, "a comment") };
    with_comment.reading.as_mut().unwrap().push(comment);
    with_comment.gaps = vec!["a block".to_owned()];
    let waits = Open { reason: "late".to_owned(), until: now() + TimeDelta::days(1) };
    with_comment.open = Some(waits);
    let page = [with_comment, record(issue(2, "two")), record(issue(3, "three"))];
    save(&store, &page).await;
    save(&store, &[unreadable("10003"), unreadable("666")]).await;
    let mut tx = store.begin().await.unwrap();
    tx.confirm(JIRA, stretch(3, 0), now()).await.unwrap();
    tx.commit().await.unwrap();
    let before = store.revision().await.unwrap();
    let gone = [
        ("10001", Tombstone::NoAccess),
        ("10003", Tombstone::Archived),
        ("666", Tombstone::Deleted),
        ("never held", Tombstone::Moved),
    ];
    assert_eq!(bury(&store, &gone).await, 3, "two documents of one record, and one of another");
    assert_eq!(bury(&store, &gone).await, 0, "once");
    assert_eq!(bury(&store, &[]).await, 0);
    let after = store.document_changes(before, 10, u64::MAX).await.unwrap();
    let told: Vec<_> =
        after.iter().map(|one| (one.document.external_id.as_str(), one.tombstone.unwrap())).collect();
    let expected =
        [("10001", Tombstone::NoAccess), ("comment:7", Tombstone::NoAccess), ("10003", Tombstone::Archived)];
    assert_eq!(told.len(), 3, "whoever follows the feed hears of each once: {told:?}");
    assert!(expected.iter().all(|one| told.contains(one)), "{told:?}");
    let ids: Vec<_> = all(&store).await.iter().map(|stored| stored.id).collect();
    let admin = Viewer::admin();
    assert_eq!(store.documents(&ids, &admin).await.unwrap().len(), 1);
    assert_eq!(store.document_beginnings(&ids, &admin, 9).await.unwrap().len(), 1);
    let model = ModelId("m".to_owned());
    assert_eq!(store.without_vectors(&model, 10).await.unwrap().len(), 1);
    let counts = store.document_counts(Some(&model), &admin).await.unwrap();
    assert_eq!(counts, DocumentCounts { held: 1, ..DocumentCounts::default() });
    let fresh = store.freshness(&admin).await.unwrap().remove(0);
    assert_eq!((fresh.held, fresh.quarantined, fresh.gaps, fresh.open), (1, 0, 0, 0), "{fresh:?}");
    assert!(store.gaps(JIRA, 10).await.unwrap().is_empty());
    assert!(store.open_records(JIRA, now()).await.unwrap().is_empty());
    assert!(store.quarantined(JIRA, 10).await.unwrap().is_empty());
    assert_eq!(store.raw_record(JIRA, "10001").await.unwrap(), Some(page[0].raw.clone()), "its bytes stay");
    assert_eq!(save(&store, &page[..1]).await, Saved { changed: 1, ..Saved::default() });
    let back = store.documents(&ids, &admin).await.unwrap();
    assert_eq!(back.len(), 3, "it came back under the same ids");
    assert!(back.iter().all(|one| one.tombstone.is_none() && !one.content_hash.is_empty()));
}

/// What is missing of a record is what its last reading missed.
pub async fn gaps_are_those_of_the_last_reading(store: Any) {
    let with = |number: u32, gaps: &[&str]| Record {
        gaps: gaps.iter().map(|&gap| gap.to_owned()).collect(),
        ..record(issue(number, "one"))
    };
    let told = async |store: &Any| -> Vec<(String, String)> {
        let gaps = store.gaps(JIRA, 10).await.unwrap();
        gaps.into_iter().map(|gap| (gap.external_id, gap.what)).collect()
    };
    let pair = |id: &str, what: &str| (id.to_owned(), what.to_owned());
    save(&store, &[with(1, &["a", "b", "b"]), with(2, &["a"])]).await;
    let three = [pair("10001", "a"), pair("10001", "b"), pair("10002", "a")];
    assert_eq!(told(&store).await, three);
    assert_eq!(store.gaps(JIRA, 2).await.unwrap().len(), 2);
    save(&store, &[with(1, &["b", "c"])]).await;
    assert_eq!(told(&store).await, [pair("10001", "b"), pair("10001", "c"), pair("10002", "a")]);
    let mut tx = store.begin().await.unwrap();
    tx.save_records(JIRA, &[with(1, &["b"])], now() + TimeDelta::hours(1)).await.unwrap();
    tx.commit().await.unwrap();
    let oldest = store.gaps(JIRA, 10).await.unwrap();
    assert!(oldest.iter().all(|gap| gap.first_seen_at == now()), "since when it is missing does not change");
    save(&store, &[with(1, &["x"]), with(1, &[]), with(2, &[])]).await;
    assert!(told(&store).await.is_empty(), "of two copies the later counts");
    assert!(store.gaps(SourceKind::Notion, 10).await.unwrap().is_empty());
}

/// A record is waited for until it comes finished, or its time is up.
pub async fn open_records_are_waited_for_until_they_are_finished(store: Any) {
    let late = |reason: &str, days: i64| Record {
        open: Some(Open { reason: reason.to_owned(), until: now() + TimeDelta::days(days) }),
        ..record(issue(1, "one"))
    };
    save(&store, &[late("no transcript yet", 1), record(issue(2, "two"))]).await;
    let open = store.open_records(JIRA, now()).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].external_id.as_str(), open[0].reason.as_str()), ("10001", "no transcript yet"));
    assert_eq!((open[0].since, open[0].until), (now(), now() + TimeDelta::days(1)));
    assert!(store.open_records(JIRA, now() + TimeDelta::days(1)).await.unwrap().is_empty(), "time is up");
    let mut tx = store.begin().await.unwrap();
    tx.save_records(JIRA, &[late("no summary yet", 2)], now() + TimeDelta::hours(1)).await.unwrap();
    tx.commit().await.unwrap();
    let open = store.open_records(JIRA, now() + TimeDelta::days(1)).await.unwrap();
    assert_eq!(
        (open[0].reason.as_str(), open[0].since),
        ("no summary yet", now()),
        "waited for since the first"
    );
    save(&store, &[record(issue(1, "one"))]).await;
    assert!(store.open_records(JIRA, now()).await.unwrap().is_empty());
}

/// Of bytes that came, not one is lost or changed.
pub async fn raw_records_are_given_to_the_byte(store: Any) {
    let odd: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for raw in [Vec::new(), b"\0\xff{".to_vec(), odd] {
        save(&store, &[Record { raw: raw.clone(), ..record(issue(1, "one")) }]).await;
        assert_eq!(store.raw_record(JIRA, "10001").await.unwrap(), Some(raw));
    }
    save(&store, &[unreadable("666")]).await;
    assert!(store.raw_record(JIRA, "666").await.unwrap().is_some(), "above all what cannot be read");
    assert_eq!(store.raw_record(JIRA, "absent").await.unwrap(), None);
    assert_eq!(store.raw_record(SourceKind::Notion, "10001").await.unwrap(), None);
}

/// A source's own mark may change, and its text not: then nothing is written that anybody would have to follow.
pub async fn a_new_version_of_equal_content_is_no_write_of_a_document(store: Any) {
    let version = |version: &str| Record { version: Some(version.to_owned()), ..record(issue(1, "one")) };
    save(&store, &[version("1")]).await;
    let revision = store.revision().await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let later = now() + TimeDelta::hours(1);
    let saved = tx.save_records(JIRA, &[version("2")], later).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(saved, Saved { unchanged: 1, ..Saved::default() });
    assert_eq!(store.revision().await.unwrap(), revision);
    let held = store.held_records(JIRA, &["10001"]).await.unwrap();
    assert_eq!((held["10001"].version.as_deref(), held["10001"].fetched_at), (Some("2"), later));
    let (mut tx, again) = (store.begin().await.unwrap(), now() + TimeDelta::hours(2));
    tx.save_records(JIRA, &[version("2")], again).await.unwrap();
    tx.commit().await.unwrap();
    let held = store.held_records(JIRA, &["10001"]).await.unwrap();
    assert_eq!(held["10001"].fetched_at, again, "it was fetched again, though nothing had changed");
    assert_eq!(store.revision().await.unwrap(), revision);
}

/// What is not held as it should be is asked for again.
pub async fn records_that_are_gone_or_unreadable_are_not_held(store: Any) {
    save(&store, &[record(issue(1, "one")), record(issue(2, "two")), record(issue(3, "three"))]).await;
    save(&store, &[unreadable("10003"), unreadable("666")]).await;
    bury(&store, &[("10002", Tombstone::Deleted)]).await;
    let asked = ["10001", "10002", "10003", "666", "absent"];
    let held = store.held_records(JIRA, &asked).await.unwrap();
    assert_eq!(held.keys().collect::<Vec<_>>(), ["10001"]);
    assert!(store.held_records(SourceKind::Notion, &asked).await.unwrap().is_empty());
    assert!(store.held_records(JIRA, &[]).await.unwrap().is_empty());
    save(&store, &[record(issue(2, "two")), record(issue(3, "three"))]).await;
    assert_eq!(store.held_records(JIRA, &asked).await.unwrap().len(), 3);
}

/// The feed has a number for each document that was taken away, and skips none.
pub async fn a_great_burial_is_followed_to_its_end(store: Any) {
    let page: Vec<Record> = (1..=40).map(|number| record(issue(number, "some title"))).collect();
    save(&store, &page).await;
    let gone: Vec<(&str, Tombstone)> =
        page.iter().map(|one| (one.external_id.as_str(), Tombstone::Deleted)).collect();
    assert_eq!(bury(&store, &gone).await, 40);
    let revisions: Vec<Revision> = all(&store).await.iter().map(|stored| stored.revision).collect();
    assert_eq!(revisions, (41..=80).map(Revision).collect::<Vec<_>>());
    assert_eq!(store.revision().await.unwrap(), Revision(80));
}

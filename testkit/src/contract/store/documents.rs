//! Facts about pages of records and the documents they become.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::document::{Document, Record, Revision};
use daybook_core::model::job::{Job, NewJob};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::Saved;
use uuid::Uuid;

use super::{Any, all, now, save, stretch};
use crate::sample::{issue, record, unreadable};

/// A transaction that is dropped leaves nothing.
pub async fn nothing_is_kept_without_a_commit(store: Any) {
    let mut tx = store.begin().await.unwrap();
    tx.save_records(SourceKind::Jira, &[record(issue(1, "one"))], now()).await.unwrap();
    tx.enqueue(&NewJob::now(Job::IndexDocuments, Uuid::from_u128(1))).await.unwrap();
    drop(tx);
    assert!(all(&store).await.is_empty());
    assert_eq!(store.queue_counts().await.unwrap().pending, 0);
}

/// The same page again writes nothing.
pub async fn equal_content_is_not_written_again(store: Any) {
    let page = [record(issue(1, "one")), record(issue(2, "two"))];
    assert_eq!(save(&store, &page).await, Saved { new: 2, ..Saved::default() });
    let revision = store.revision().await.unwrap();
    assert_eq!(save(&store, &page).await, Saved { unchanged: 2, ..Saved::default() });
    assert_eq!(store.revision().await.unwrap(), revision, "an equal page was written");
}

/// A changed record replaces its document under the same id, once.
pub async fn a_change_keeps_the_earlier_version(store: Any) {
    save(&store, &[record(issue(1, "before"))]).await;
    let first = all(&store).await.remove(0);
    assert_eq!(save(&store, &[record(issue(1, "after"))]).await, Saved { changed: 1, ..Saved::default() });
    let documents = all(&store).await;
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0].id, first.id);
    assert_eq!(documents[0].document.title, "after");
    assert!(documents[0].revision > first.revision);
}

/// Quarantine takes what cannot be read and lets go what can.
pub async fn an_unreadable_record_is_kept_aside_until_it_can_be_read(store: Any) {
    assert_eq!(save(&store, &[unreadable("10001")]).await, Saved { quarantined: 1, ..Saved::default() });
    let kept = store.quarantined(SourceKind::Jira, 10).await.unwrap();
    assert_eq!(
        (kept[0].external_id.as_str(), kept[0].reason.as_str()),
        ("10001", "`fields` is not an object")
    );
    assert_eq!(save(&store, &[record(issue(1, "readable"))]).await.new, 1);
    assert!(store.quarantined(SourceKind::Jira, 10).await.unwrap().is_empty());
}

/// It may have been restricted since: nobody can know, so nobody but admins sees it, until it can be read again.
pub async fn a_record_that_cannot_be_read_any_more_is_for_admins_only(store: Any) {
    let readable = [record(issue(1, "open"))];
    save(&store, &readable).await;
    let before = all(&store).await.remove(0);
    assert_eq!(save(&store, &[unreadable("10001")]).await, Saved { quarantined: 1, ..Saved::default() });
    let hidden = all(&store).await.remove(0);
    assert!(hidden.revision > before.revision, "whoever follows the feed hears of it");
    assert_eq!((hidden.id, &hidden.document.audience), (before.id, &Audience::Unknown));
    assert_eq!(hidden.document.title, "open", "what was read of it last is kept");
    assert!(store.documents(&[hidden.id], &Viewer::member()).await.unwrap().is_empty());
    assert_eq!(store.documents(&[hidden.id], &Viewer::admin()).await.unwrap().len(), 1);
    assert_eq!(save(&store, &[unreadable("10001")]).await.quarantined, 1);
    assert_eq!(store.revision().await.unwrap(), hidden.revision, "it was hidden twice");
    assert_eq!(save(&store, &readable).await, Saved { changed: 1, ..Saved::default() });
    let seen = store.documents(&[hidden.id], &Viewer::member()).await.unwrap();
    assert_eq!(
        (&seen[0].document, &seen[0].content_hash),
        (&before.document, &before.content_hash),
        "it came back just as it was"
    );
}

/// Paging that repeats a record does not make it two.
pub async fn a_record_that_comes_twice_in_a_page_is_one(store: Any) {
    let same = [record(issue(1, "one")), record(issue(2, "two")), record(issue(1, "one"))];
    assert_eq!(save(&store, &same).await, Saved { new: 2, unchanged: 1, ..Saved::default() });
    let revisions: Vec<Revision> = all(&store).await.iter().map(|stored| stored.revision).collect();
    assert_eq!(revisions, [Revision(1), Revision(2)], "the second copy was written");
    let moved = [record(issue(3, "before")), record(issue(3, "after"))];
    assert_eq!(save(&store, &moved).await, Saved { new: 1, changed: 1, ..Saved::default() });
    assert_eq!(all(&store).await.last().unwrap().document.title, "after");
    assert_eq!(save(&store, &moved[1..]).await, Saved { unchanged: 1, ..Saved::default() });
    let digests = store.raw_digests(SourceKind::Jira, "10002", 10).await.unwrap();
    assert_eq!(digests, [("10003".to_owned(), moved[1].digest())]);
}

/// A record that changes while it is paged through is as it was met last.
pub async fn of_two_copies_the_later_says_whether_it_can_be_read(store: Any) {
    let copies = [record(issue(1, "one")), unreadable("10001")];
    assert_eq!(save(&store, &copies).await, Saved { new: 1, quarantined: 1, ..Saved::default() });
    assert_eq!(store.quarantined(SourceKind::Jira, 10).await.unwrap().len(), 1);
    assert_eq!(all(&store).await[0].document.audience, Audience::Unknown);
    let copies = [unreadable("10001"), record(issue(1, "one"))];
    assert_eq!(save(&store, &copies).await, Saved { changed: 1, quarantined: 1, ..Saved::default() });
    assert!(store.quarantined(SourceKind::Jira, 10).await.unwrap().is_empty());
    assert_eq!(all(&store).await[0].document.audience, Audience::Members);
}

/// A comment that left its issue is not found any more.
pub async fn a_document_its_record_no_longer_has_is_buried(store: Any) {
    let both = |with_comment: bool| {
        let mut record = record(issue(1, "one"));
        let comment = Document {
            external_id: "comment:7".to_owned(),
            audience: Audience::Unknown,
            ..issue(1, "secret")
        };
        if with_comment {
            record.reading.as_mut().unwrap().push(comment);
        }
        record
    };
    assert_eq!(save(&store, &[both(true)]).await.new, 1);
    assert_eq!(store.document_counts(None, &Viewer::admin()).await.unwrap().held, 2);
    assert_eq!(save(&store, &[both(false)]).await.changed, 1);
    assert_eq!(store.document_counts(None, &Viewer::admin()).await.unwrap().held, 1);
    let buried: Vec<_> = all(&store).await.into_iter().filter(|stored| stored.tombstone.is_some()).collect();
    assert_eq!(buried[0].document.external_id, "comment:7");
    assert!(store.documents(&[buried[0].id], &Viewer::admin()).await.unwrap().is_empty());
    assert_eq!(save(&store, &[both(false)]).await.unchanged, 1);
    assert_eq!(save(&store, &[both(true)]).await.changed, 1);
    assert_eq!(store.document_counts(None, &Viewer::admin()).await.unwrap().held, 2, "it came back");
}

/// The feed is complete, ordered, and cut by count and by bytes.
pub async fn changes_come_in_order_and_in_bounded_batches(store: Any) {
    let page: Vec<Record> = (1..=30).map(|number| record(issue(number, "some title"))).collect();
    save(&store, &page).await;
    let mut since = Revision(0);
    let mut keys = Vec::new();
    loop {
        let batch = store.document_changes(since, 7, u64::MAX).await.unwrap();
        let outlines = store.document_outlines(since, 7).await.unwrap();
        assert_eq!(
            batch.iter().map(|s| s.id).collect::<Vec<_>>(),
            outlines.iter().map(|s| s.id).collect::<Vec<_>>()
        );
        let Some(last) = batch.last() else { break };
        assert!(batch.len() <= 7 && batch.is_sorted_by(|a, b| a.revision < b.revision));
        since = last.revision;
        keys.extend(batch.into_iter().map(|stored| stored.document.key));
    }
    assert_eq!(keys.len(), 30);
    let one = store.document_changes(Revision(0), 10, 1).await.unwrap();
    assert_eq!(one.len(), 1, "never less than one, whatever its size");
}

/// The audience is part of the query.
pub async fn a_hidden_document_is_not_given(store: Any) {
    save(
        &store,
        &[record(Document { audience: Audience::Unknown, ..issue(1, "secret") }), record(issue(2, "open"))],
    )
    .await;
    let ids: Vec<_> = all(&store).await.iter().map(|stored| stored.id).collect();
    let seen = store.documents(&ids, &Viewer::member()).await.unwrap();
    assert_eq!(seen.iter().map(|s| s.document.title.as_str()).collect::<Vec<_>>(), ["open"]);
    assert_eq!(store.documents(&ids, &Viewer::admin()).await.unwrap().len(), 2);
    let beginnings = store.document_beginnings(&ids, &Viewer::member(), 4).await.unwrap();
    assert_eq!(beginnings.iter().map(|s| s.document.body.as_str()).collect::<Vec<_>>(), ["What"]);
    let mut tx = store.begin().await.unwrap();
    tx.confirm(SourceKind::Jira, stretch(3, 0), now()).await.unwrap();
    tx.commit().await.unwrap();
    for (viewer, count) in [(Viewer::member(), 1), (Viewer::admin(), 2)] {
        assert_eq!(store.document_counts(None, &viewer).await.unwrap().held, count, "nor is it counted");
        assert_eq!(store.freshness(&viewer).await.unwrap()[0].held, count);
    }
}

/// Whatever text comes, comes back.
pub async fn odd_texts_come_back_as_they_were(store: Any) {
    let long = "x".repeat(1_500_000);
    let odd = ["", "'; drop table documents; --", "\u{2400}\u{1b}[31m\u{7}", "שלום 日本 👩‍👩‍👧", "\"\\%_", &long];
    let page: Vec<Record> = odd
        .iter()
        .zip(1..)
        .map(|(text, number)| {
            let text = (*text).to_owned();
            record(Document {
                body: text.clone(),
                comments: text.clone(),
                state: Some(text),
                ..issue(number, "odd")
            })
        })
        .collect();
    save(&store, &page).await;
    for (stored, text) in all(&store).await.iter().zip(odd) {
        assert!(stored.document.body == text && stored.document.comments == text);
        assert_eq!(stored.content_hash, stored.document.content_hash());
    }
}

/// The digests of the raw records are those of what the source sent.
pub async fn raw_digests_are_those_of_the_bytes(store: Any) {
    let page = [record(issue(2, "two")), record(issue(1, "one"))];
    save(&store, &page).await;
    let digests = store.raw_digests(SourceKind::Jira, "", 1).await.unwrap();
    assert_eq!(digests, [("10001".to_owned(), page[1].digest())]);
    let rest = store.raw_digests(SourceKind::Jira, "10001", 10).await.unwrap();
    assert_eq!(rest, [("10002".to_owned(), page[0].digest())]);
}

//! What every store must do. `store_contract!(open)` makes a test of each fact; `open` gives a fresh, empty store and
//! something to keep alive as long as it is used.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::audience::{Audience, Viewer};
use daybook_core::model::backfill::{BackfillState, Progress};
use daybook_core::model::document::{Document, Record, Revision, StoredDocument};
use daybook_core::model::job::{Claimed, Job, JobId, Outcome};
use daybook_core::model::passage::{Passage, Piece};
use daybook_core::model::source::{Confirmed, SourceKind};
use daybook_core::ports::embedder::ModelId;
use daybook_core::ports::source::Cursor;
use daybook_core::ports::store::{Embedded, EmbeddedPiece, Saved, Store, StoreError, Wish};
use uuid::Uuid;

use crate::sample::{backfill, issue, record, unreadable};

/// Makes a test of each fact of the store contract.
#[macro_export]
macro_rules! store_contract {
    ($open:path) => {
        $crate::store_contract!(@each $open;
            nothing_is_kept_without_a_commit, equal_content_is_not_written_again, a_change_keeps_the_earlier_version,
            an_unreadable_record_is_kept_aside_until_it_can_be_read, a_document_its_record_no_longer_has_is_buried,
            changes_come_in_order_and_in_bounded_batches, a_hidden_document_is_not_given, odd_texts_come_back_as_they_were,
            a_job_is_claimed_once, one_of_a_key_waits_and_one_runs, a_lost_lease_refuses_every_write,
            progress_makes_attempts_start_again, a_job_put_back_beside_its_like_is_done, only_the_wished_kinds_are_claimed,
            a_backfill_comes_back_as_it_was, the_same_window_is_found_while_it_is_not_over, seen_records_are_counted_once,
            vectors_belong_to_content_and_model, freshness_says_what_was_confirmed_and_what_failed,
            workers_show_life, raw_digests_are_those_of_the_bytes);
    };
    (@each $open:path; $($fact:ident),* $(,)?) => {
        $(
            #[tokio::test]
            async fn $fact() {
                let (store, _keep) = $open().await;
                $crate::contract::store::$fact(store).await;
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
    Job::RunBackfill { backfill: backfill(number, 1, now()).id }
}

/// A transaction that is dropped leaves nothing.
pub async fn nothing_is_kept_without_a_commit(store: Any) {
    let mut tx = store.begin().await.unwrap();
    tx.save_records(SourceKind::Jira, &[record(issue(1, "one"))], now()).await.unwrap();
    tx.enqueue(&Job::IndexDocuments, JobId(Uuid::from_u128(1)), now(), None).await.unwrap();
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

/// A claimed job is nobody else's until its lease runs out.
pub async fn a_job_is_claimed_once(store: Any) {
    assert!(enqueue(&store, &run(1), 1, now()).await);
    assert!(claim(&store, 1, now() - TimeDelta::seconds(1)).await.is_none(), "not due yet");
    let claimed = claim(&store, 2, now()).await.unwrap();
    assert_eq!(
        (claimed.attempt, claimed.job.clone(), claimed.request_id.as_deref()),
        (1, run(1), Some("request-1"))
    );
    assert!(claim(&store, 3, now()).await.is_none());
    store.extend(&claimed.lease, now() + TimeDelta::seconds(60)).await.unwrap();
    assert!(claim(&store, 4, now() + TimeDelta::seconds(59)).await.is_none());
    let again = claim(&store, 5, now() + TimeDelta::seconds(61)).await.unwrap();
    assert_eq!(again.attempt, 2);
    finish(&store, &again, &Outcome::Done).await.unwrap();
    assert!(claim(&store, 6, now() + TimeDelta::days(1)).await.is_none());
}

/// A key is a queue of one and a room for one.
pub async fn one_of_a_key_waits_and_one_runs(store: Any) {
    assert!(enqueue(&store, &Job::IndexDocuments, 1, now()).await);
    assert!(!enqueue(&store, &Job::IndexDocuments, 2, now()).await);
    let first = claim(&store, 1, now()).await.unwrap();
    assert!(enqueue(&store, &Job::IndexDocuments, 3, now()).await, "a new one may wait while one runs");
    assert!(claim(&store, 2, now()).await.is_none(), "but not run beside it");
    finish(&store, &first, &Outcome::Done).await.unwrap();
    assert!(claim(&store, 3, now()).await.is_some());
}

/// Whoever lost the lease cannot write under it.
pub async fn a_lost_lease_refuses_every_write(store: Any) {
    enqueue(&store, &run(1), 1, now()).await;
    let old = claim(&store, 1, now()).await.unwrap();
    let fresh = claim(&store, 2, now() + TimeDelta::minutes(1)).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(matches!(tx.hold(&old.lease).await, Err(StoreError::LeaseLost)));
    drop(tx);
    assert!(matches!(store.extend(&old.lease, now()).await, Err(StoreError::LeaseLost)));
    assert!(matches!(finish(&store, &old, &Outcome::Done).await, Err(StoreError::LeaseLost)));
    finish(&store, &fresh, &Outcome::Done).await.unwrap();
}

/// Attempts count only tries without progress.
pub async fn progress_makes_attempts_start_again(store: Any) {
    enqueue(&store, &run(1), 1, now()).await;
    for round in 1..=3_i64 {
        let at = now() + TimeDelta::minutes(round);
        let claimed = claim(&store, u128::try_from(round).unwrap(), at).await.unwrap();
        assert_eq!(claimed.attempt, 1, "round {round}");
        let mut tx = store.begin().await.unwrap();
        tx.hold(&claimed.lease).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// Two waiting jobs of one key are one.
pub async fn a_job_put_back_beside_its_like_is_done(store: Any) {
    enqueue(&store, &Job::IndexDocuments, 1, now()).await;
    let first = claim(&store, 1, now()).await.unwrap();
    enqueue(&store, &Job::IndexDocuments, 2, now()).await;
    finish(&store, &first, &Outcome::Later { at: now(), reason: "later".to_owned() }).await.unwrap();
    assert_eq!(store.queue_counts().await.unwrap().pending, 1);
}

/// A worker gets only what it can do.
pub async fn only_the_wished_kinds_are_claimed(store: Any) {
    enqueue(&store, &Job::IndexDocuments, 1, now()).await;
    assert_eq!(store.next_due(&[Job::RUN_BACKFILL]).await.unwrap(), None);
    assert_eq!(store.next_due(&[Job::INDEX_DOCUMENTS]).await.unwrap(), Some(now()));
    let wish = Wish {
        worker: "w",
        kinds: &[Job::RUN_BACKFILL],
        token: Uuid::from_u128(9),
        now: now(),
        lease: Duration::from_secs(1),
    };
    assert!(store.claim(&wish).await.unwrap().is_none());
}

/// Every field of a backfill survives.
pub async fn a_backfill_comes_back_as_it_was(store: Any) {
    let fresh = backfill(1, 30, now());
    let progress = Progress {
        requests: 3,
        pages: 2,
        seen: 200,
        distinct: 199,
        expected: Some(500),
        ..Progress::default()
    };
    let mut tx = store.begin().await.unwrap();
    tx.add_backfill(&fresh).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.backfill(fresh.id).await.unwrap(), Some(fresh.clone()));
    assert_eq!(store.checkpoint(fresh.id).await.unwrap(), None);
    let mut tx = store.begin().await.unwrap();
    tx.set_backfill_state(fresh.id, BackfillState::Running, &["careful".to_owned()], None, now())
        .await
        .unwrap();
    tx.advance(fresh.id, &progress, Some(&Cursor("here".to_owned()))).await.unwrap();
    assert_eq!(tx.backfill(fresh.id).await.unwrap().unwrap().progress, progress);
    tx.commit().await.unwrap();
    let held = store.backfill(fresh.id).await.unwrap().unwrap();
    assert_eq!((held.state, held.progress, held.started_at), (BackfillState::Running, progress, Some(now())));
    assert_eq!(held.warnings, ["careful"]);
    assert_eq!(store.checkpoint(fresh.id).await.unwrap(), Some(Cursor("here".to_owned())));
    assert_eq!(store.backfills(10).await.unwrap().len(), 1);
}

/// The same window twice at once is one run.
pub async fn the_same_window_is_found_while_it_is_not_over(store: Any) {
    let fresh = backfill(1, 30, now());
    let mut tx = store.begin().await.unwrap();
    tx.add_backfill(&fresh).await.unwrap();
    let later = backfill(2, 30, now() + TimeDelta::seconds(9)).window;
    let other = backfill(3, 31, now()).window;
    let found = tx.active_backfill(SourceKind::Jira, &later, None).await.unwrap();
    assert_eq!(found.map(|found| found.id), Some(fresh.id));
    assert_eq!(tx.active_backfill(SourceKind::Jira, &other, None).await.unwrap(), None);
    assert_eq!(tx.active_backfill(SourceKind::Jira, &later, Some("HARB")).await.unwrap(), None);
    tx.set_backfill_state(fresh.id, BackfillState::Done, &[], None, now()).await.unwrap();
    assert_eq!(tx.active_backfill(SourceKind::Jira, &later, None).await.unwrap(), None);
    tx.commit().await.unwrap();
}

/// Distinct means distinct.
pub async fn seen_records_are_counted_once(store: Any) {
    let fresh = backfill(1, 30, now());
    let mut tx = store.begin().await.unwrap();
    tx.add_backfill(&fresh).await.unwrap();
    assert_eq!(tx.note_seen(fresh.id, &["1", "2", "2"]).await.unwrap(), 2);
    assert_eq!(tx.note_seen(fresh.id, &["2", "3"]).await.unwrap(), 1);
    assert_eq!(tx.note_seen(fresh.id, &[]).await.unwrap(), 0);
    tx.forget_seen(fresh.id).await.unwrap();
    assert_eq!(tx.note_seen(fresh.id, &["1"]).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

fn embedded(stored: &StoredDocument, fill: i8) -> Embedded {
    let pieces = Passage::of(&stored.document)
        .iter()
        .map(|passage| EmbeddedPiece {
            piece: passage.piece,
            text_hash: passage.hash(),
            vector: Some((vec![fill; 8], 0.5)),
        })
        .collect();
    Embedded { document: stored.id, content_hash: stored.content_hash.clone(), pieces }
}

/// Vectors are for a content and a model; either changes, and they are wanted again.
pub async fn vectors_belong_to_content_and_model(store: Any) {
    let (model, other) = (ModelId("m".to_owned()), ModelId("n".to_owned()));
    save(&store, &[record(issue(1, "one")), record(issue(2, "two"))]).await;
    let wanted = store.without_vectors(&model, 10).await.unwrap();
    assert_eq!(wanted.len(), 2);
    assert_eq!(wanted[0].stored.document.key, "HARB-2", "newest first");
    let mut tx = store.begin().await.unwrap();
    let all_of: Vec<_> = wanted.iter().map(|item| embedded(&item.stored, -5)).collect();
    tx.save_vectors(&model, &all_of).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.without_vectors(&model, 10).await.unwrap().is_empty());
    assert_eq!(store.without_vectors(&other, 10).await.unwrap().len(), 2);
    assert_eq!(store.document_counts(Some(&model), &Viewer::admin()).await.unwrap().with_vectors, 2);
    let vectors = store.vector_changes(&model, Revision(0), 3).await.unwrap();
    assert_eq!(vectors.len(), 3);
    assert_eq!((vectors[0].numbers.as_slice(), vectors[0].scale), ([-5_i8; 8].as_slice(), 0.5));
    assert_eq!(
        store.vector_changes(&model, vectors[2].revision, 9).await.unwrap().len(),
        1,
        "none is skipped"
    );
    save(&store, &[record(Document { body: "new words".to_owned(), ..issue(1, "one") })]).await;
    let wanted = store.without_vectors(&model, 10).await.unwrap();
    assert_eq!(wanted.len(), 1);
    let title = Passage::of(&wanted[0].stored.document).remove(0);
    assert!(wanted[0].held.contains(&(Piece::Title, title.hash())), "the title's vector is held still");
    // Vectors of an older content are saved, but the document stays wanted.
    let stale = Embedded { content_hash: "older".to_owned(), ..embedded(&wanted[0].stored, 1) };
    let mut tx = store.begin().await.unwrap();
    tx.save_vectors(&model, &[stale]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.without_vectors(&model, 10).await.unwrap().len(), 1);
}

/// Freshness is what was read, not that something ran.
pub async fn freshness_says_what_was_confirmed_and_what_failed(store: Any) {
    assert!(store.freshness(&Viewer::admin()).await.unwrap().is_empty());
    let mut tx = store.begin().await.unwrap();
    tx.confirm(SourceKind::Jira, stretch(3, 0), now()).await.unwrap();
    tx.confirm(SourceKind::Jira, stretch(9, 2), now()).await.unwrap();
    tx.confirm(SourceKind::Jira, stretch(90, 80), now()).await.unwrap();
    tx.note_failure(SourceKind::Tempo, "refused", now()).await.unwrap();
    tx.save_records(SourceKind::Jira, &[record(issue(1, "one")), unreadable("77")], now()).await.unwrap();
    tx.commit().await.unwrap();
    let fresh = store.freshness(&Viewer::admin()).await.unwrap();
    assert_eq!(fresh.iter().map(|f| f.source).collect::<Vec<_>>(), [SourceKind::Jira, SourceKind::Tempo]);
    assert_eq!(
        (fresh[0].held, fresh[0].quarantined, fresh[0].confirmed),
        (1, 1, Some(stretch(9, 0))),
        "it grows where stretches meet, and never bridges a gap"
    );
    assert_eq!((fresh[1].last_error.as_deref(), fresh[1].confirmed), (Some("refused"), None));
}

/// Somebody is there, or nobody.
pub async fn workers_show_life(store: Any) {
    assert!(!store.worker_seen_since(now()).await.unwrap());
    store.worker_beat("w", now()).await.unwrap();
    assert!(store.worker_seen_since(now()).await.unwrap());
    assert!(!store.worker_seen_since(now() + TimeDelta::seconds(1)).await.unwrap());
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

//! Facts about backfills and the freshness that they confirm.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a contract is a test: it stops where a fact does not hold"
)]

use chrono::TimeDelta;
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::{Backfill, BackfillState, Progress, RunKind};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::Cursor;

use super::{Any, now, stretch};
use crate::sample::{backfill, issue, record, unreadable};

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

/// What is under way is known, so that nothing is started twice.
pub async fn runs_are_found_while_they_are_not_over(store: Any) {
    let fresh = backfill(1, 30, now());
    let mut tx = store.begin().await.unwrap();
    tx.add_backfill(&fresh).await.unwrap();
    let sync = Backfill {
        kind: RunKind::Sync,
        item: Some("HARB-17".to_owned()),
        accepts_losses: true,
        created_at: now() + TimeDelta::seconds(1),
        ..backfill(2, 30, now())
    };
    tx.add_backfill(&sync).await.unwrap();
    let found = tx.active_backfills(SourceKind::Jira).await.unwrap();
    assert_eq!(found, [fresh.clone(), sync.clone()]);
    assert!(tx.active_backfills(SourceKind::Notion).await.unwrap().is_empty());
    tx.set_backfill_state(fresh.id, BackfillState::Done, &[], None, now()).await.unwrap();
    assert_eq!(tx.active_backfills(SourceKind::Jira).await.unwrap(), [sync]);
    tx.commit().await.unwrap();
}

/// Whoever asks what is under way and adds to it, does so alone: of many who would all start the same, one does.
pub async fn runs_are_added_one_after_the_other(store: Any) {
    let mut asking = tokio::task::JoinSet::new();
    for number in 1..=8 {
        let store = std::sync::Arc::clone(&store);
        asking.spawn(async move {
            let mut tx = store.begin().await.unwrap();
            if !tx.active_backfills(SourceKind::Jira).await.unwrap().is_empty() {
                return false;
            }
            tokio::task::yield_now().await;
            tx.add_backfill(&backfill(number, 30, now())).await.unwrap();
            tx.commit().await.unwrap();
            true
        });
    }
    assert_eq!(asking.join_all().await.into_iter().filter(|added| *added).count(), 1);
    assert_eq!(store.backfills(10).await.unwrap().len(), 1);
}

/// What was left of an earlier try would be taken for what this one found.
pub async fn a_run_that_is_put_back_begins_at_its_beginning(store: Any) {
    let fresh = backfill(1, 30, now());
    let progress = Progress { seen: 200, distinct: 199, ..Progress::default() };
    let mut tx = store.begin().await.unwrap();
    tx.add_backfill(&fresh).await.unwrap();
    tx.set_backfill_state(fresh.id, BackfillState::Running, &[], None, now()).await.unwrap();
    tx.advance(fresh.id, &progress, Some(&Cursor("here".to_owned()))).await.unwrap();
    let warnings = ["careful".to_owned()];
    tx.set_backfill_state(fresh.id, BackfillState::Failed, &warnings, Some("no"), now()).await.unwrap();
    tx.restart_backfill(fresh.id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.backfill(fresh.id).await.unwrap(), Some(fresh.clone()));
    assert_eq!(store.checkpoint(fresh.id).await.unwrap(), None);
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

/// A clock that ran ahead must not make a source look read up to next year.
pub async fn a_moment_that_has_not_come_is_not_believed(store: Any) {
    let mut tx = store.begin().await.unwrap();
    tx.confirm(SourceKind::Jira, stretch(3, -400), now()).await.unwrap();
    tx.confirm(SourceKind::Jira, stretch(1, 0), now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.freshness(&Viewer::admin()).await.unwrap()[0].confirmed, Some(stretch(3, 0)));
}

/// What runs, what waits, and what comes next on its own.
pub async fn freshness_says_what_is_being_done_and_what_is_next(store: Any) {
    let (first, second) = (backfill(1, 30, now()), backfill(2, 30, now() + TimeDelta::seconds(1)));
    let sync = Backfill { kind: RunKind::Sync, ..second };
    let mut tx = store.begin().await.unwrap();
    tx.add_backfill(&first).await.unwrap();
    tx.add_backfill(&sync).await.unwrap();
    for name in ["sync:jira", "census:jira"] {
        tx.take_tick(name, now(), now() + TimeDelta::minutes(15)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let fresh = store.freshness(&Viewer::admin()).await.unwrap().remove(0);
    let since = now().format("%Y-%m-%d %H:%M UTC");
    assert_eq!(fresh.running, Some(format!("backfill since {since}, waiting")));
    let next = Some(now() + TimeDelta::minutes(15));
    assert_eq!((fresh.next_sync_at, fresh.next_census_at), (next, next));
    let mut tx = store.begin().await.unwrap();
    let paused = Some("paused until noon: https://vendor.example said 503");
    tx.set_backfill_state(sync.id, BackfillState::Running, &[], paused, now()).await.unwrap();
    tx.commit().await.unwrap();
    let fresh = store.freshness(&Viewer::admin()).await.unwrap().remove(0);
    assert!(fresh.running.as_ref().unwrap().ends_with("503"), "what runs comes before what waits: {fresh:?}");
    assert_eq!(fresh.told_to(&Viewer::member()).running, Some(format!("sync since {since}")));
}

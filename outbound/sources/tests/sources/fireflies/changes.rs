//! Reading again: what is held just so costs nothing, and nothing that comes late is lost.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Reach, Scope, Source as _};
use serde_json::json;

use super::house::{Holding, House, changes, digest, walked, window};

/// A house whose whole history is held.
async fn kept(meetings: usize) -> (House, Arc<Holding>) {
    let (house, known) = (House::with(meetings).await, Arc::new(Holding::default()));
    let all = walked(&house.source(), &Scope::history(window(3_000)), None, &known).await.whole();
    known.keep(&all.pages);
    (house, known)
}

#[tokio::test]
async fn when_nothing_has_changed_a_request_tells_so_of_fifty_meetings() {
    let (house, known) = kept(95).await;
    let again = walked(&house.source(), &changes(3_000, &[]), None, &known).await.whole();
    assert_eq!((again.ids().len(), again.unchanged().len(), again.requests()), (0, 95, 2));
    let recent = walked(&house.source(), &changes(3, &[]), None, &known).await.whole();
    assert!(recent.requests() == 1 && recent.unchanged().len() < 30, "{recent:?}");
}

#[tokio::test]
async fn what_was_renamed_hidden_shared_moved_or_added_is_fetched_and_nothing_else() {
    let (house, known) = kept(60).await;
    let ids: Vec<String> = house.held().await.into_keys().collect();
    let edits = json!([
        {"rename_meeting": {"id": ids[3], "title": "Another name"}},
        {"set_privacy": {"id": ids[17], "privacy": "owner"}},
        {"share_meeting": {"id": ids[31], "email": "auditor@port.example"}},
        {"move_to_channel": {"id": ids[44], "channel": "Leadership"}},
        {"set_participants": {"id": ids[52], "participants": ["ines@port.example"]}},
        {"create_meeting": {"title": "New", "sentences": [{"text": "Hello."}]}},
    ]);
    let edited: BTreeSet<String> = house.change(edits).await.into_iter().collect();
    let again = walked(&house.source(), &changes(3_000, &[]), None, &known).await.whole();
    assert_eq!(again.ids().into_iter().collect::<BTreeSet<_>>(), edited);
    assert_eq!((again.ids().len(), again.unchanged().len()), (6, 55));
    let held = house.held().await;
    for id in &edited {
        assert_eq!(digest(again.record(id)), held[id]["digest"]);
    }
    known.keep(&again.pages);
    let third = walked(&house.source(), &changes(3_000, &[]), None, &known).await.whole();
    assert_eq!((third.ids().len(), third.requests()), (0, 2));
}

#[tokio::test]
async fn many_changes_that_lie_together_come_ten_at_a_time() {
    let (house, known) = (House::with(80).await, Arc::new(Holding::default()));
    let first = walked(&house.source(), &changes(3_000, &[]), None, &known).await.whole();
    assert_eq!(first.ids().into_iter().collect::<BTreeSet<_>>().len(), 80);
    // Two light lists and five and three and a half heavy ones, in place of eighty meetings one by one.
    assert!(first.requests() <= 11, "{}", first.requests());
}

#[tokio::test]
async fn a_meeting_that_arrives_after_the_clock_went_past_it_is_not_lost() {
    let (house, known) = kept(30).await;
    let create = json!({"create_meeting": {"title": "Late", "starts": "2026-11-20T06:00:00Z", "arrives_in_minutes": 600,
        "sentences": [{"text": "At last."}]}});
    let late = house.change(create).await.remove(0);
    let overlap = TimeDelta::from_std(house.source().manners().overlap).unwrap();
    assert_eq!(overlap, TimeDelta::hours(72));
    let sync = async |known: &Arc<Holding>| {
        let now = window(0).to
            + TimeDelta::milliseconds(
                house.clock.0.load(std::sync::atomic::Ordering::Relaxed) - super::house::NOW_MS,
            );
        let window = daybook_core::model::backfill::Window { from: now - overlap, to: now, days: None };
        let scope = Scope { reach: Reach::Changes(window), project: None, also: Vec::new() };
        walked(&house.source(), &scope, None, known).await.whole()
    };
    assert!(!sync(&known).await.ids().contains(&late));
    house.pass(TimeDelta::minutes(601));
    assert_eq!(sync(&known).await.ids(), [late]);
}

#[tokio::test]
async fn what_is_open_is_fetched_in_any_case_and_what_has_left_is_said_to_be_gone() {
    let (house, known) = kept(30).await;
    let ids: Vec<String> = house.held().await.into_keys().collect();
    house.change(json!([{"delete_transcript": ids[0]}, {"change_sentence": {"id": ids[1], "index": 0, "text": "Quite other."}}])).await;
    // Neither lies in the window, and neither a list nor a mark tells of them.
    let again = walked(&house.source(), &changes(0, &[&ids[0], &ids[1]]), None, &known).await.whole();
    assert_eq!(again.gone(), [(ids[0].clone(), Tombstone::NoAccess)]);
    assert_eq!(again.ids(), [ids[1].clone()]);
    assert!(again.document(&ids[1]).body.contains("Quite other."));
    // Within the window an open one is fetched once.
    let again = walked(&house.source(), &changes(3_000, &[&ids[1]]), None, &known).await.whole();
    assert_eq!((again.ids(), again.unchanged().len(), again.requests()), (vec![ids[1].clone()], 28, 2));
}

#[tokio::test]
async fn every_cursor_of_a_sync_leads_on_with_nothing_lost_and_nothing_doubled() {
    let (house, known) = (House::with(70).await, Arc::new(Holding::default()));
    let ids: Vec<String> = house.held().await.into_keys().collect();
    let some = walked(&house.source(), &Scope::history(window(40)), None, &known).await.whole();
    known.keep(&some.pages);
    let scope = changes(3_000, &[&ids[5], "01GONE"]);
    let all = walked(&house.source(), &scope, None, &known).await.whole();
    for (place, page) in all.pages.iter().enumerate() {
        let rest = walked(&house.source(), &scope, Some(page.cursor.clone()), &known).await.whole();
        let before = &all.pages[..=place];
        let mut ids: Vec<String> =
            super::house::records(before).map(|record| record.external_id.clone()).collect();
        ids.extend(rest.ids());
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "after page {place}");
        assert_eq!(ids, all.ids(), "after page {place}");
        let mut unchanged: Vec<String> = before.iter().flat_map(|page| page.unchanged.clone()).collect();
        unchanged.extend(rest.unchanged());
        assert_eq!(unchanged, all.unchanged());
    }
    assert_eq!(all.gone(), [("01GONE".to_owned(), Tombstone::NoAccess)]);
}

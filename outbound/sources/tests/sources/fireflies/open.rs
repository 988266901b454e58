//! Meetings that are not over, transcripts and summaries that have not arrived.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use daybook_core::model::document::{Details, Record};
use daybook_core::ports::source::Scope;
use serde_json::json;

use super::house::{Holding, House, changes, walked, window};

async fn made(house: &House, create: serde_json::Value) -> String {
    house.change(json!({ "create_meeting": create })).await.remove(0)
}

fn open(record: &Record) -> (&str, DateTime<Utc>) {
    let open = record.open.as_ref().unwrap();
    (open.reason.as_str(), open.until)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_running_meeting_is_expected_and_no_document_of_half_of_it_is_made() {
    let (house, known) = (House::with(3).await, Arc::new(Holding::default()));
    let id = made(
        &house,
        json!({"title": "Now", "starts": "2026-11-20T11:30:00Z", "sentences": [{"text": "Half of it."}]}),
    )
    .await;
    house.quirk("live_meeting", json!({ "id": id })).await;
    let first = walked(&house.source(), &Scope::history(window(3)), None, &known).await.whole();
    let record = first.record(&id);
    assert_eq!(open(record), ("the meeting is still running", at("2026-11-23T11:30:00Z")));
    assert!(record.reading.as_ref().unwrap().is_empty());
    known.keep(&first.pages);
    let still = walked(&house.source(), &changes(3, &[&id]), None, &known).await.whole();
    assert!(still.unchanged().contains(&id) && still.requests() == 1, "{still:?}");
    house.mend().await;
    let over = walked(&house.source(), &changes(3, &[&id]), None, &known).await.whole();
    assert!(over.record(&id).open.is_none() && over.document(&id).body.contains("Half of it."));
}

#[tokio::test]
async fn a_transcript_that_has_not_arrived_is_awaited_for_two_weeks() {
    let (house, known) = (House::with(3).await, Arc::new(Holding::default()));
    let create = json!({"title": "Port call", "starts": "2026-11-20T09:00:00Z", "minutes": 30.0, "sentences": [{"text": "It is here."}],
        "participants": ["ines@port.example"]});
    let id = made(&house, create).await;
    house.quirk("null_sentences", json!({ "id": id })).await;
    let first = walked(&house.source(), &Scope::history(window(3)), None, &known).await.whole();
    let record = first.record(&id);
    assert_eq!(open(record), ("its transcript has not arrived", at("2026-12-04T09:30:00Z")));
    let document = first.document(&id);
    assert!(document.title == "Port call" && document.body.contains("has not arrived"), "{}", document.body);
    assert!(document.people.iter().any(|person| person.account_id == "mail:ines@port.example"));
    known.keep(&first.pages);
    house.mend().await;
    // No light field has changed: it is the record itself that is still open.
    let later = walked(&house.source(), &changes(3, &[]), None, &known).await.whole();
    assert_eq!(later.ids(), std::slice::from_ref(&id));
    assert!(later.record(&id).open.is_none() && later.document(&id).body.contains("It is here."));
    known.keep(&later.pages);
    let third = walked(&house.source(), &changes(3, &[]), None, &known).await.whole();
    assert!(third.ids().is_empty(), "{third:?}");
}

#[tokio::test]
async fn a_summary_is_awaited_for_a_day_and_a_transcript_without_one_is_found_at_once() {
    let (house, known) = (House::with(3).await, Arc::new(Holding::default()));
    let create = json!({"starts": "2026-11-20T09:00:00Z", "minutes": 30.0, "summary_status": "processing", "sentences": [{"text": "Said."}]});
    let id = made(&house, create).await;
    let first = walked(&house.source(), &Scope::history(window(3)), None, &known).await.whole();
    assert_eq!(open(first.record(&id)), ("its summary is not ready", at("2026-11-21T09:30:00Z")));
    assert!(first.document(&id).body.contains("Said.") && first.document(&id).title == "Untitled meeting");
    let Some(Details::Meeting { summary_status, .. }) = &first.document(&id).details else { panic!() };
    assert_eq!(summary_status.as_deref(), Some("processing"));
    known.keep(&first.pages);
    house.change(json!({"finish_summary": {"id": id, "overview": "- **New:** yes."}})).await;
    let later = walked(&house.source(), &changes(3, &[&id]), None, &known).await.whole();
    assert!(later.record(&id).open.is_none() && later.document(&id).body.contains("- **New:** yes."));
    for status in ["failed", "skipped"] {
        house.change(json!({"finish_summary": {"id": id, "status": status}})).await;
        let last = walked(&house.source(), &changes(3, &[]), None, &known).await.whole();
        assert!(last.record(&id).open.is_none(), "{status}");
    }
}

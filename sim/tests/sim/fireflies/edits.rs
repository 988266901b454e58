//! Meetings that are held, renamed, hidden and deleted while others read them.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::asking::{FULL, GUEST, code, digest, ids};
use crate::vendors::Vendors;

async fn made(vendors: &Vendors, create: Value) -> String {
    vendors.change(json!({ "create_meeting": create })).await.remove(0)
}

async fn is_gone(vendors: &Vendors, id: &str) -> bool {
    let answer = vendors.asks(FULL, "Full", json!({ "id": id })).await;
    answer.json().get("errors").is_some() && code(&answer) == "object_not_found"
}

#[tokio::test]
async fn a_new_meeting_is_in_front_and_one_of_the_past_is_not() {
    let vendors = Vendors::with(30).await;
    let new = made(&vendors, json!({"title": "Port call", "sentences": [{"speaker": "Mara Lindqvist", "text": "We ship HARB-1."}, {"text": "Okay."}]})).await;
    let old =
        made(&vendors, json!({"title": "Tape of 2019", "starts": "2019-03-01T10:00:00Z", "minutes": 12.5}))
            .await;
    let all = vendors.list(FULL, None, None).await;
    assert_eq!((&all[0]["id"], &all.last().unwrap()["id"]), (&json!(new), &json!(old)));
    let full = vendors.full(&new).await;
    assert_eq!(
        (&full["sentences"][0]["text"], &full["sentences"][1]["speaker_name"]),
        (&json!("We ship HARB-1."), &Value::Null)
    );
    assert_eq!(digest(&full), vendors.held_transcripts().await[0]["digest"]);
    assert_eq!(vendors.full(&old).await["duration"], 12.5);
}

#[tokio::test]
async fn a_transcript_can_arrive_later_than_its_meeting() {
    let vendors = Vendors::with(30).await;
    let create = json!({"title": "Late", "starts": "2026-11-20T06:00:00Z", "arrives_in_minutes": 90});
    let (late, other) = (made(&vendors, create.clone()).await, made(&vendors, create).await);
    assert!(is_gone(&vendors, &late).await);
    assert!(!ids(&vendors.held_transcripts().await).contains(&late));
    vendors.change(json!({ "arrive_transcript": other })).await;
    assert!(!is_gone(&vendors, &other).await && is_gone(&vendors, &late).await);
    vendors.pass(TimeDelta::minutes(90));
    assert!(!is_gone(&vendors, &late).await);
    assert!(ids(&vendors.list(FULL, None, None).await).contains(&late));
}

#[tokio::test]
async fn an_edit_leaves_all_else_as_it_was() {
    let vendors = Vendors::with(60).await;
    for line in vendors.held_transcripts().await.iter().step_by(15) {
        let id = line["id"].as_str().unwrap();
        let before = vendors.full(id).await;
        vendors.change(json!({"rename_meeting": {"id": id, "title": "Another name"}})).await;
        let mut after = vendors.full(id).await;
        assert_eq!(after["title"], "Another name");
        after["title"] = before["title"].clone();
        assert_eq!(after, before);
    }
}

#[tokio::test]
async fn words_privacy_channel_and_summary_change() {
    let vendors = Vendors::with(60).await;
    let held = vendors.held_transcripts().await;
    let id = held.iter().find(|line| line["sentences"].as_u64() > Some(9)).unwrap()["id"].as_str().unwrap();
    vendors
        .change(json!([
            {"set_privacy": {"id": id, "privacy": "owner"}},
            {"change_sentence": {"id": id, "index": 4, "text": "We said something else."}},
            {"move_to_channel": {"id": id, "channel": "Leadership"}},
            {"finish_summary": {"id": id, "overview": "- **New:** yes.", "action_items": "\n**Mara Lindqvist**\nAct (00:01)\n"}},
        ]))
        .await;
    let full = vendors.full(id).await;
    assert_eq!(
        (&full["privacy"], &full["sentences"][4]["text"]),
        (&json!("owner"), &json!("We said something else."))
    );
    assert_eq!(
        (&full["channels"][0]["title"], &full["channels"][0]["is_private"]),
        (&json!("Leadership"), &json!(true))
    );
    assert_eq!(full["summary"]["overview"], "- **New:** yes.");
    let line = vendors.held_transcripts().await.into_iter().find(|line| line["id"] == id).unwrap();
    assert_eq!(line["digest"], digest(&full));
    vendors.change(json!({"move_to_channel": {"id": id, "channel": null}})).await;
    assert_eq!(vendors.full(id).await["channels"], json!([]));

    let create = json!({"title": "Fresh", "summary_status": "processing", "sentences": [{"text": "Hm."}]});
    let fresh = made(&vendors, create).await;
    assert!(vendors.full(&fresh).await["summary"].is_null());
    vendors.change(json!({"finish_summary": {"id": fresh, "status": "failed"}})).await;
    assert_eq!(vendors.full(&fresh).await["meeting_info"]["summary_status"], "failed");
    vendors.change(json!({"finish_summary": {"id": fresh}})).await;
    assert!(vendors.full(&fresh).await["summary"]["overview"].is_string());
}

#[tokio::test]
async fn transcripts_vanish_and_come_back() {
    let vendors = Vendors::with(30).await;
    let all = ids(&vendors.held_transcripts().await);
    assert_eq!(vendors.change(json!({"delete_transcript": all[3]})).await, [all[3].clone()]);
    vendors.change(json!({"hide_transcript": all[5]})).await;
    assert!(is_gone(&vendors, &all[3]).await && is_gone(&vendors, &all[5]).await);
    assert_eq!(vendors.list(FULL, None, None).await.len(), all.len() - 2);
    let held = vendors.control(Method::GET, "ledger", None).await.json()["fireflies"]["held"].clone();
    assert_eq!((&held["deleted"], &held["hidden"]), (&json!(1), &json!(1)));
    vendors.change(json!({"show_transcript": all[5]})).await;
    assert!(!is_gone(&vendors, &all[5]).await);
}

#[tokio::test]
async fn a_rule_of_retention_takes_all_that_is_old() {
    let vendors = Vendors::with(30).await;
    let all = vendors.list(FULL, None, None).await;
    let gone = vendors.change(json!({"purge_before": all[99]["dateString"]})).await;
    let left = vendors.list(FULL, None, None).await;
    assert!(left.iter().all(|row| row["date"].as_i64() >= all[99]["date"].as_i64()) && left.len() >= 100);
    assert_eq!(gone, [(all.len() - left.len()).to_string()]);
}

#[tokio::test]
async fn a_share_lets_the_guest_in() {
    let vendors = Vendors::with(30).await;
    let secret = made(&vendors, json!({"title": "Secret", "privacy": "owner"})).await;
    let sees = async || ids(&vendors.list(GUEST, None, None).await).contains(&secret);
    assert!(!sees().await);
    let share =
        json!({"id": secret, "email": "guest@birchlane.example", "expires_at": "2026-11-20T13:00:00Z"});
    vendors.change(json!({ "share_meeting": share })).await;
    assert!(sees().await);
    vendors.pass(TimeDelta::hours(2));
    assert!(!sees().await);
    vendors.change(json!({"set_privacy": {"id": secret, "privacy": "participants"}})).await;
    assert!(!sees().await);
    let with_guest = json!(["mara.lindqvist@birchlane.example", "Guest@birchlane.example"]);
    vendors.change(json!({"set_participants": {"id": secret, "participants": with_guest}})).await;
    assert!(sees().await);
}

#[tokio::test]
async fn words_that_nobody_knows_are_refused_with_those_that_are_known() {
    let vendors = Vendors::with(30).await;
    let id = vendors.held_transcripts().await[0]["id"].clone();
    for (wrong, hint) in [
        (json!({"vendor": "fireflies", "destroy": 1}), "delete_transcript"),
        (json!({"delete_transcript": "01NONE"}), "01NONE"),
        (json!({"rename_meeting": {"id": id, "name": "x"}}), "title"),
        (json!({"move_to_channel": {"id": id, "channel": "Nowhere"}}), "Leadership"),
        (json!({"change_sentence": {"id": id, "index": 9_999, "text": "x"}}), "9999"),
    ] {
        let answer = vendors.control(Method::POST, "world", Some(&wrong)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(answer.text.contains(hint), "{wrong}: {}", answer.text);
    }
}

//! What goes wrong on demand.

use chrono::{DateTime, TimeDelta};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::asking::{FULL, code, ids, rows_of};
use crate::vendors::{NOW_MS, Vendors};

async fn page(vendors: &Vendors, skip: usize) -> Vec<Value> {
    rows_of(&vendors.asks(FULL, "List", json!({"limit": 5, "skip": skip})).await)
}

#[tokio::test]
async fn refusals_come_in_the_words_of_this_vendor() {
    let vendors = Vendors::with(20).await;
    vendors
        .fireflies_fault(json!([
            {"match": "transcripts(List)", "times": 1, "kind": "rate_limited", "retry_after": 7},
            {"match": "transcripts(List)", "times": 1, "kind": "rate_limited", "reason": "200"},
            {"match": "transcripts(List)", "times": 1, "kind": "status", "code": 500},
            {"match": "transcripts(List)", "times": 1, "kind": "status", "code": 503},
        ]))
        .await;
    let first = vendors.asks(FULL, "List", json!({})).await;
    assert_eq!((first.status, first.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, Some("7")));
    let limited = first.json()["errors"][0].clone();
    assert_eq!(
        (&limited["code"], &limited["extensions"]["metadata"]["retryAfter"]),
        (&json!("too_many_requests"), &json!(NOW_MS + 7_000))
    );
    let second = vendors.asks(FULL, "List", json!({})).await;
    assert_eq!((second.status, code(&second).as_str()), (StatusCode::OK, "too_many_requests"));
    let third = vendors.asks(FULL, "List", json!({})).await;
    assert_eq!(
        (third.status, code(&third).as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "invariant_violation")
    );
    let fourth = vendors.asks(FULL, "List", json!({})).await;
    assert!(fourth.status == StatusCode::SERVICE_UNAVAILABLE && fourth.text.starts_with("<html>"));
    assert_eq!(page(&vendors, 0).await.len(), 5);
    for kind in ["garbage_json", "html_login", "empty_body"] {
        vendors.fireflies_fault(json!([{"times": 1, "kind": kind}])).await;
        let answer = vendors.asks(FULL, "List", json!({})).await;
        assert!(
            answer.status == StatusCode::OK && serde_json::from_str::<Value>(&answer.text).is_err(),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_fault_can_aim_at_one_transcript() {
    let vendors = Vendors::with(20).await;
    let rows = ids(&page(&vendors, 0).await);
    vendors
        .fireflies_fault(
            json!([{"match": format!("transcript(Full) {}", rows[1]), "kind": "status", "code": 404}]),
        )
        .await;
    assert_eq!(vendors.full(&rows[0]).await["id"], rows[0].as_str());
    let answer = vendors.asks(FULL, "Full", json!({"id": rows[1]})).await;
    assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::NOT_FOUND, "object_not_found"));
}

#[tokio::test]
async fn errors_come_with_their_status_or_another() {
    let vendors = Vendors::with(20).await;
    vendors.quirk("error_status", Value::Null).await;
    let missing = vendors.asks(FULL, "Full", json!({"id": "01NONE"})).await;
    assert_eq!((missing.status, code(&missing).as_str()), (StatusCode::NOT_FOUND, "object_not_found"));
    assert_eq!(vendors.asks("wrong", "List", json!({})).await.status, StatusCode::UNAUTHORIZED);
    vendors.quirk("error_status", json!({"code": 500})).await;
    assert_eq!(
        vendors.asks(FULL, "List", json!({"limit": 99})).await.status,
        StatusCode::INTERNAL_SERVER_ERROR
    );
    assert_eq!(page(&vendors, 0).await.len(), 5);
}

#[tokio::test]
async fn late_transcripts_appear_with_the_start_of_their_meetings() {
    let vendors = Vendors::with(60).await;
    let all = vendors.list(FULL, None, None).await;
    let lag = 3 * 24 * 60;
    vendors.quirk("late_transcripts", json!({ "lag_minutes": lag })).await;
    let early = vendors.list(FULL, None, None).await;
    assert!(early.len() < all.len(), "{} of {}", early.len(), all.len());
    let late: Vec<_> = ids(&all).into_iter().filter(|id| !ids(&early).contains(id)).collect();
    assert_eq!(code(&vendors.asks(FULL, "Full", json!({"id": late[0]})).await), "object_not_found");
    vendors.pass(TimeDelta::minutes(lag));
    assert_eq!(ids(&vendors.list(FULL, None, None).await), ids(&all));
}

#[tokio::test]
async fn transcripts_are_not_what_they_should_be() {
    let vendors = Vendors::with(60).await;
    let rows = page(&vendors, 0).await;
    let held = vendors.held_transcripts().await;
    let line = held.iter().find(|line| line["sentences"].as_u64() > Some(12)).unwrap();
    let id = line["id"].as_str().unwrap();
    vendors.quirk("processing_summary", json!({ "id": id })).await;
    let full = vendors.full(id).await;
    assert_eq!(
        (&full["meeting_info"]["summary_status"], &full["summary"]),
        (&json!("processing"), &Value::Null)
    );
    vendors.quirk("null_sentences", Value::Null).await;
    assert!(vendors.full(id).await["sentences"].is_null());
    vendors.quirk("times_as_strings", Value::Null).await;
    let sentence = vendors.full(id).await["sentences"][3].clone();
    assert!(sentence["start_time"].as_str().unwrap().parse::<f64>().is_ok(), "{sentence}");
    vendors.quirk("malformed_sentence", json!({"place": 2})).await;
    let sentences = vendors.full(id).await["sentences"].clone();
    assert!(
        sentences[2]["text"].is_null()
            && sentences[2]["start_time"] == "NaN"
            && sentences[1]["text"].is_string()
    );
    vendors.quirk("live_meeting", Value::Null).await;
    let going_on = page(&vendors, 0).await;
    assert_eq!(
        going_on.iter().map(|row| row["is_live"] == true).collect::<Vec<_>>(),
        [true, false, false, false, false]
    );
    assert!(vendors.full(rows[0]["id"].as_str().unwrap()).await["is_live"] == true);
    vendors.quirk("unknown_privacy", json!({"id": id, "word": "galaxy"})).await;
    assert_eq!(vendors.full(id).await["privacy"], "galaxy");
}

#[tokio::test]
async fn fields_are_refused_or_fail_while_the_rest_is_there() {
    let vendors = Vendors::with(20).await;
    let id = vendors.held_transcripts().await[0]["id"].as_str().unwrap().to_owned();
    vendors.quirk("paid_required", Value::Null).await;
    let answer = vendors.asks(FULL, "Full", json!({ "id": id })).await;
    let answer = answer.json();
    let paths: Vec<_> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["code"].clone(), error["path"].clone()))
        .collect();
    assert_eq!(paths[0], (json!("paid_required"), json!(["transcript", "audio_url"])));
    assert_eq!(paths[1], (json!("paid_required"), json!(["transcript", "video_url"])));
    assert_eq!(
        (&answer["data"]["transcript"]["id"], &answer["data"]["transcript"]["audio_url"]),
        (&json!(id), &Value::Null)
    );
    vendors.quirk("partial_data", json!({"field": "sentences"})).await;
    let answer = vendors.asks(FULL, "Full", json!({ "id": id })).await;
    assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::OK, "request_timeout"));
    assert_eq!(answer.json()["data"]["transcript"]["id"], id);
}

#[tokio::test]
async fn the_schema_can_change() {
    let vendors = Vendors::with(20).await;
    let id = vendors.held_transcripts().await[0]["id"].as_str().unwrap().to_owned();
    vendors.quirk("removed_field", Value::Null).await;
    let answer = vendors.asks(FULL, "Full", json!({ "id": id })).await;
    assert_eq!(
        (answer.status, code(&answer).as_str()),
        (StatusCode::BAD_REQUEST, "GRAPHQL_VALIDATION_FAILED")
    );
    vendors.quirk("removed_field", json!({"type": "Summary", "field": "gist", "renamed": "essence"})).await;
    let answer = vendors.asks(FULL, "Full", json!({ "id": id })).await;
    assert!(answer.status == StatusCode::BAD_REQUEST && answer.text.contains("gist"), "{}", answer.text);
    let new = vendors
        .query(&format!("{{ transcript(id: \"{id}\") {{ summary {{ essence overview }} }} }}"))
        .await
        .json();
    assert!(new["data"]["transcript"]["summary"]["essence"].is_string(), "{new}");
    vendors.control(Method::DELETE, "faults", None).await;
    assert_eq!(vendors.full(&id).await["id"], id);
}

#[tokio::test]
async fn pages_repeat_shuffle_end_never_and_lag() {
    let vendors = Vendors::with(60).await;
    let (first, second) = (page(&vendors, 0).await, page(&vendors, 5).await);
    vendors.quirk("repeated_page", Value::Null).await;
    assert_eq!(page(&vendors, 5).await, first);
    vendors.quirk("shuffled_order", Value::Null).await;
    let shuffled = vendors.list(FULL, None, None).await;
    assert!(
        shuffled.len() == 450 && !shuffled.is_sorted_by_key(|row| std::cmp::Reverse(row["date"].as_i64()))
    );
    vendors.control(Method::DELETE, "faults", None).await;
    vendors
        .fireflies_fault(json!([
            {"times": 1, "kind": "endless_pages"},
            {"after": 1, "times": 1, "kind": "empty_page_with_token"},
            {"after": 2, "times": 1, "kind": "index_lag", "newest": 5},
            {"after": 3, "times": 1, "kind": "broken_record", "place": 1, "shape": "wrong_types"},
            {"after": 4, "times": 1, "kind": "drop_field", "name": "title"},
            {"after": 5, "times": 1, "kind": "delete_while_paging", "issues": 3},
        ]))
        .await;
    assert_eq!(page(&vendors, 450).await, first);
    assert!(page(&vendors, 0).await.is_empty());
    assert_eq!(page(&vendors, 0).await, second);
    let broken = page(&vendors, 0).await;
    assert!(broken[1]["date"] == "yesterday" && broken[0] == first[0], "{}", broken[1]);
    assert!(page(&vendors, 0).await.iter().all(|row| row["title"].is_null()));
    page(&vendors, 0).await;
    assert_eq!(vendors.held_transcripts().await.len(), 447);
}

#[tokio::test]
async fn a_quirk_that_nobody_knows_is_refused_with_those_that_are_known() {
    let vendors = Vendors::with(10).await;
    let unknown = json!({"vendor": "fireflies", "kind": "quirk", "name": "earthquake"});
    let refused = vendors.control(Method::POST, "faults", Some(&unknown)).await;
    assert!(refused.status == StatusCode::BAD_REQUEST && refused.text.contains("late_transcripts"));
    assert!(DateTime::from_timestamp_millis(NOW_MS).is_some());
}

//! Lists and single records, as the vendor's pages describe them.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::asking::{FULL, code, digest, ids, rows_of};
use crate::vendors::{NOW_MS, Vendors};

#[tokio::test]
async fn every_query_of_ours_is_answered_and_full_ones_are_what_is_held() {
    let vendors = Vendors::with(200).await;
    let held = vendors.held_transcripts().await;
    assert_eq!(held.len(), 450);
    for line in held.iter().step_by(9) {
        let full = vendors.full(line["id"].as_str().unwrap()).await;
        assert_eq!(digest(&full), line["digest"], "{full}");
        assert_eq!(full["sentences"].as_array().map_or(0, Vec::len), line["sentences"]);
        assert_eq!((&full["title"], &full["date"]), (&line["title"], &line["date"]));
    }
    let who = vendors.asks(FULL, "Who", json!({})).await.json();
    assert_eq!(who["data"]["user"]["is_admin"], true);
    assert_eq!(who["data"]["user"]["num_transcripts"], 450);
    assert_eq!(who["data"]["user"]["recent_transcript"], held[0]["id"]);
    let team = vendors.asks(FULL, "Team", json!({})).await.json();
    assert!(team["data"]["users"].as_array().unwrap().len() > 35, "{team}");
    assert!(team["data"]["user_groups"][0]["members"][0]["first_name"].is_string());
    let channels = vendors.asks(FULL, "Channels", json!({})).await.json();
    let private = |channel: &&Value| channel["is_private"] == true;
    assert_eq!(channels["data"]["channels"].as_array().unwrap().iter().filter(private).count(), 2);
    assert_eq!(rows_of(&vendors.asks(FULL, "Census", json!({})).await).len(), 50);
}

#[tokio::test]
async fn pages_come_newest_first_and_end_with_a_short_one() {
    let vendors = Vendors::with(60).await;
    let rows = vendors.list(FULL, None, None).await;
    assert_eq!(rows.len(), 450);
    assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row["date"].as_i64())));
    let unique: BTreeSet<_> = ids(&rows).into_iter().collect();
    assert_eq!(unique.len(), 450);
    assert_eq!(ids(&rows), ids(&vendors.held_transcripts().await));
    let midnight = NOW_MS - NOW_MS.rem_euclid(86_400_000);
    for row in &rows {
        let (starts, minutes) = (row["date"].as_f64().unwrap(), row["duration"].as_f64().unwrap());
        assert!(starts + minutes * 60_000.0 < json!(midnight).as_f64().unwrap(), "{row}");
    }
    let ledger = vendors.control(Method::GET, "ledger", None).await.json();
    assert_eq!(ledger["fireflies"]["served"]["by_endpoint"]["POST graphql transcripts"]["200"], 10);
    assert_eq!(ledger["fireflies"]["served"]["rows"], 450);
    assert_eq!(ledger["fireflies"]["held"]["transcripts"], 450);
}

#[tokio::test]
async fn a_window_is_of_the_start_of_meetings_with_both_ends() {
    let vendors = Vendors::with(60).await;
    let rows = vendors.list(FULL, None, None).await;
    let (newer, older) = (&rows[10], &rows[40]);
    let text = |row: &Value| row["dateString"].as_str().unwrap().to_owned();
    let window = vendors.list(FULL, Some(&text(older)), Some(&text(newer))).await;
    let starts = |row: &&Value| {
        row["date"].as_i64() >= older["date"].as_i64() && row["date"].as_i64() <= newer["date"].as_i64()
    };
    assert_eq!(ids(&window), ids(&rows.iter().filter(starts).cloned().collect::<Vec<_>>()));
    assert!(window.len() >= 31);
}

#[tokio::test]
async fn what_can_be_asked_for_is_found() {
    let vendors = Vendors::with(200).await;
    let all = vendors.list(FULL, None, None).await;
    let lead = "mara.lindqvist@birchlane.example";
    let list = async |arguments: &str| {
        let query = format!(
            "{{ transcripts({arguments}) {{ id title organizer_email host_email participants sentences {{ text }} channels {{ id }} }} }}"
        );
        rows_of(&vendors.query(&query).await)
    };
    let organized = list(&format!("organizers: [\"{}\"]", lead.to_uppercase())).await;
    assert!(!organized.is_empty() && organized.iter().all(|row| row["organizer_email"] == lead));
    let hosted = list(&format!("host_email: \"{lead}\"")).await;
    assert!(!hosted.is_empty() && hosted.iter().all(|row| row["host_email"] == lead));
    let joined = list(&format!("participants: [\"{lead}\"]")).await;
    assert!(
        joined.iter().all(|row| row["participants"].to_string().to_lowercase().contains(lead))
            && !joined.is_empty()
    );
    let user = vendors.query("{ users { user_id email } }").await.json();
    let user =
        user["data"]["users"].as_array().unwrap().iter().find(|user| user["email"] == lead).unwrap().clone();
    assert_eq!(ids(&list(&format!("user_id: {}", user["user_id"])).await), ids(&organized));
    let weekly = list("keyword: \"WEEKLY\"").await;
    assert!(weekly.len() == 50 && weekly.iter().all(|row| row["title"].as_str().unwrap().contains("weekly")));
    let said = list("keyword: \"let us go through the board\", scope: \"sentences\"").await;
    assert!(
        said.len() == 50 && said.iter().all(|row| row["sentences"].to_string().contains("through the board"))
    );
    let channel = &all.iter().map(|row| row["id"].as_str().unwrap()).next().unwrap();
    assert!(list(&format!("channel_id: \"{channel}\"")).await.is_empty());
    let channels = vendors.asks(FULL, "Channels", json!({})).await.json();
    let channel = channels["data"]["channels"][0]["id"].clone();
    let inside = list(&format!("channel_id: {channel}")).await;
    assert!(!inside.is_empty() && inside.iter().all(|row| row["channels"][0]["id"] == channel));
    assert!(list("mine: true").await.is_empty());
    let one = vendors
        .query(&format!(
            "{{ channel(id: {channel}) {{ title members {{ email }} }} user(id: {}) {{ name }} }}",
            user["user_id"]
        ))
        .await
        .json();
    assert_eq!(
        (&one["data"]["channel"]["title"], &one["data"]["user"]["name"]),
        (&json!("Harbour portal"), &json!("Mara Lindqvist"))
    );
}

#[tokio::test]
async fn arguments_that_are_not_allowed_are_named() {
    let vendors = Vendors::with(20).await;
    for (arguments, field) in [
        ("limit: 51", "limit"),
        ("limit: 0", "limit"),
        ("skip: -1", "skip"),
        ("fromDate: \"2026-11-20\"", "fromDate"),
        ("toDate: \"2026-11-20T10:00:00+01:00\"", "toDate"),
        ("keyword: \"x\", scope: \"words\"", "scope"),
        ("mine: true, user_id: \"x\"", "mine"),
    ] {
        let answer = vendors.query(&format!("{{ transcripts({arguments}) {{ id }} }}")).await;
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (StatusCode::OK, "invalid_arguments"),
            "{arguments}"
        );
        let answer = answer.json();
        assert_eq!(answer["data"]["transcripts"], Value::Null);
        assert_eq!(answer["errors"][0]["extensions"]["metadata"]["fields"][0]["name"], field, "{answer}");
        assert_eq!(
            (&answer["errors"][0]["path"][0], &answer["errors"][0]["extensions"]["status"]),
            (&json!("transcripts"), &json!(400))
        );
    }
    let missing = vendors.asks(FULL, "Full", json!({"id": "01NONE"})).await;
    assert_eq!((missing.status, code(&missing).as_str()), (StatusCode::OK, "object_not_found"));
}

#[tokio::test]
async fn what_is_not_in_the_schema_fails_the_whole_query() {
    let vendors = Vendors::with(20).await;
    for wrong in [
        "{ transcripts { id summry { gist } } }",
        "{ transcripts(sort: \"x\") { id } }",
        "{ transcripts { id _source } }",
        "{ transcript { id } }",
        "query($id: Int!) { transcript(id: $id) { id } }",
        "{ transcripts { summary } }",
    ] {
        let answer = vendors.query(wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}: {}", answer.text);
        let answer = answer.json();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED", "{answer}");
        assert_eq!(answer["errors"][0]["code"], "GRAPHQL_VALIDATION_FAILED");
        assert!(answer.get("data").is_none());
    }
    let answer = vendors.query("{ transcripts { id summry { gist } } }").await.json();
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("Cannot query field \"summry\" on type \"Transcript\""), "{message}");
    assert_eq!(code(&vendors.query("{ transcripts {").await), "GRAPHQL_PARSE_FAILED");
    let schema = vendors.query("{ __schema { types { name fields { name } } } }").await;
    assert!(schema.text.contains("transcript_chapters"));
}

#[tokio::test]
async fn nothing_can_be_changed_and_nothing_else_is_there() {
    let vendors = Vendors::with(20).await;
    let id = vendors.held_transcripts().await.remove(0)["id"].clone();
    let answer = vendors.query(&format!("mutation {{ deleteTranscript(id: {id}) {{ id }} }}")).await;
    assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::OK, "forbidden"));
    assert_eq!(vendors.held_transcripts().await[0]["id"], id);
    let rest = "{ contacts { email name } bites { id } active_meetings { id } askfred_threads { id } apps { outputs { title } } \
        live_action_items(meeting_id: \"x\") { name } rule_executions_by_meeting { has_more } }";
    let rest = vendors.query(rest).await.json();
    assert!(rest.get("errors").is_none() && rest["data"]["bites"] == json!([]), "{rest}");
    assert_eq!(code(&vendors.query("{ analytics { team { meeting { count } } } }").await), "paid_required");
    let url = format!("{}/rest", vendors.running.url("fireflies").unwrap());
    assert_eq!(vendors.bearing(FULL, Method::GET, &url, None).await.unwrap().status, StatusCode::NOT_FOUND);
    let empty = vendors.graphql(FULL, &json!([])).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST);
}

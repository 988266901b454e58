//! Who asks, and what that lets them see.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::asking::{FULL, GUEST, code, ids};
use crate::vendors::Vendors;

const GUEST_EMAIL: &str = "guest@birchlane.example";

#[tokio::test]
async fn strangers_are_refused_with_a_success_of_http() {
    let vendors = Vendors::with(20).await;
    let answer = vendors.asks("wrong", "List", json!({})).await;
    assert_eq!((answer.status, code(&answer).as_str()), (StatusCode::OK, "auth_failed"));
    let answer = answer.json();
    assert_eq!((&answer["data"], &answer["errors"][0]["extensions"]["status"]), (&Value::Null, &json!(401)));
}

#[tokio::test]
async fn the_guest_sees_what_the_team_sees_and_what_the_guest_took_part_in() {
    let vendors = Vendors::with(200).await;
    let all = vendors.list(FULL, None, None).await;
    let seen: BTreeSet<String> = ids(&vendors.list(GUEST, None, None).await).into_iter().collect();
    assert!(seen.len() > 100 && seen.len() < all.len() - 100, "{}", seen.len());
    let (mut took_part, mut closed, mut shared) = (0, 0, 0);
    for row in &all {
        let id = row["id"].as_str().unwrap();
        let whole = vendors.full(id).await;
        let takes_part = whole["participants"].to_string().to_lowercase().contains(GUEST_EMAIL);
        let private =
            whole["channels"].as_array().unwrap().iter().any(|channel| channel["is_private"] == true);
        let open =
            ["teammates", "teammatesandparticipants", "link"].contains(&whole["privacy"].as_str().unwrap());
        let now = "2026-11-20T12:00:00.000Z";
        let is_shared = whole["shared_with"].as_array().unwrap().iter().any(|share| {
            share["email"] == GUEST_EMAIL && share["expires_at"].as_str().is_none_or(|until| until > now)
        });
        let reached = open || (whole["privacy"] == "participants" && takes_part);
        assert_eq!(seen.contains(id), is_shared || (reached && !private), "{id} {}", whole["privacy"]);
        took_part += usize::from(whole["privacy"] == "participants" && takes_part && !private);
        closed += usize::from(reached && private);
        shared += usize::from(is_shared && !reached);
    }
    assert!(took_part > 3 && closed > 0 && shared > 0, "{took_part} {closed} {shared}");
}

#[tokio::test]
async fn what_the_guest_may_not_see_looks_like_what_is_not_there() {
    let vendors = Vendors::with(60).await;
    let seen = ids(&vendors.list(GUEST, None, None).await);
    let hidden =
        ids(&vendors.list(FULL, None, None).await).into_iter().find(|id| !seen.contains(id)).unwrap();
    let refused = vendors.asks(GUEST, "Full", json!({ "id": hidden })).await;
    let missing = vendors.asks(GUEST, "Full", json!({"id": "01NONE"})).await;
    assert_eq!((code(&refused), &refused.text), ("object_not_found".to_owned(), &missing.text));
    let who = vendors.asks(GUEST, "Who", json!({})).await.json();
    assert_eq!(
        (&who["data"]["user"]["is_admin"], &who["data"]["user"]["num_transcripts"]),
        (&json!(false), &json!(seen.len()))
    );
    let channels = vendors.asks(GUEST, "Channels", json!({})).await.json();
    assert!(
        channels["data"]["channels"].as_array().unwrap().iter().all(|channel| channel["is_private"] == false)
    );
    let all = vendors.asks(FULL, "Channels", json!({})).await.json();
    let private = all["data"]["channels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|channel| channel["is_private"] == true)
        .unwrap()
        .clone();
    let query = json!({"query": format!("{{ channel(id: {}) {{ title }} }}", private["id"])});
    assert_eq!(code(&vendors.graphql(GUEST, &query).await), "object_not_found");
    let mine = json!({"query": "{ transcripts(mine: true) { participants } }"});
    let mine = vendors.graphql(GUEST, &mine).await;
    let mine = super::asking::rows_of(&mine);
    assert!(
        !mine.is_empty()
            && mine.iter().all(|row| row["participants"].to_string().to_lowercase().contains(GUEST_EMAIL))
    );
}

//! Who asks, and what that lets them see.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::asking::{FULL, GUEST, id, ids};
use crate::vendors::Vendors;

#[tokio::test]
async fn strangers_are_refused_in_html() {
    let vendors = Vendors::with(20).await;
    let answer = vendors.tempo_as("wrong", "worklogs").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.header("content-type").unwrap().starts_with("text/html"));
    assert!(answer.text.starts_with("<html>"));
    vendors.tempo_fault(json!([{"kind": "quirk", "name": "wrong_region"}])).await;
    assert_eq!(vendors.tempo("worklogs").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_the_guest_may_not_view_is_not_mentioned() {
    let vendors = Vendors::with(200).await;
    let all = vendors.worklogs().await;
    let few = vendors.all_pages(GUEST, "worklogs?limit=500", None).await;
    let of_teams = [1, 2].map(|team| format!("worklogs/team/{team}?limit=5000"));
    let mut expected = Vec::new();
    for path in of_teams {
        expected.extend(ids(&vendors.all_pages(FULL, &path, None).await));
    }
    let mut seen = ids(&few);
    expected.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, expected);
    assert!(few.len() < all.len() && !few.is_empty());
    let hidden = all.iter().map(id).find(|id| !seen.contains(id)).unwrap();
    let (secret, missing) = (
        vendors.tempo_as(GUEST, &format!("worklogs/{hidden}")).await,
        vendors.tempo_as(GUEST, "worklogs/1").await,
    );
    assert_eq!((secret.status, &secret.text), (StatusCode::NOT_FOUND, &missing.text));
    assert_eq!(vendors.tempo(&format!("worklogs/{hidden}")).await.json()["tempoWorklogId"], hidden);
}

#[tokio::test]
async fn roles_and_the_trail_are_for_administrators() {
    let vendors = Vendors::with(20).await;
    let roles = vendors.all_pages(FULL, "permission-roles", None).await;
    assert!(roles.iter().any(|role| role["accessType"] == "GLOBAL"));
    assert!(roles.iter().any(|role| role["accessType"] == "TEAM" && role["accessEntities"][0]["id"] == 1));
    let refused = vendors.tempo_as(GUEST, "permission-roles").await;
    assert_eq!((refused.status, refused.text.starts_with("<html>")), (StatusCode::FORBIDDEN, true));
    let url = format!("{}/4/papertrail/search", vendors.running.url("tempo").unwrap());
    let body = json!({"from": "2026-11-18T00:00:00Z"});
    let refused = vendors.bearing(GUEST, Method::POST, &url, Some(&body)).await.unwrap();
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(vendors.tempo("projects").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_worklog_that_is_hidden_is_as_if_it_were_not_there_until_it_is_shown() {
    let vendors = Vendors::with(60).await;
    let all = vendors.worklogs().await;
    let hidden = id(&all[3]);
    vendors.change(json!({"hide_worklog": hidden})).await;
    assert_eq!(vendors.tempo(&format!("worklogs/{hidden}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(vendors.worklogs().await.len(), all.len() - 1);
    assert!(!vendors.held_worklogs().await.contains_key(&hidden));
    vendors.change(json!({"show_worklog": hidden})).await;
    assert_eq!(vendors.worklogs().await, all);
    assert_eq!(vendors.held_worklogs().await.len(), all.len());
}

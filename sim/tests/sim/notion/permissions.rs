//! Who asks, and what that lets them see.

use reqwest::StatusCode;
use serde_json::json;

use super::asking::{As, GUEST, NEWEST, USUAL, id, ids};
use super::reading::small;

const LIMITED: As = As(GUEST, NEWEST);

#[tokio::test]
async fn strangers_are_refused() {
    let vendors = small().await;
    let answer = vendors.notion_as(As("wrong", NEWEST), "users", None).await;
    assert_eq!(
        (answer.status, answer.json()["code"].take()),
        (StatusCode::UNAUTHORIZED, json!("unauthorized"))
    );
    let bot = vendors.notion("users/me").await.json();
    assert_eq!((&bot["type"], &bot["bot"]["workspace_name"]), (&json!("bot"), &json!("Birchlane")));
}

#[tokio::test]
async fn the_guest_has_neither_addresses_nor_comments() {
    let vendors = small().await;
    let page = id(&vendors.searched(LIMITED, "page").await[0]);
    let refused = vendors.notion_as(LIMITED, &format!("comments?block_id={page}"), None).await;
    assert_eq!(
        (refused.status, refused.json()["code"].take()),
        (StatusCode::FORBIDDEN, json!("restricted_resource"))
    );
    let full = vendors.all_rows(USUAL, "users", None, 20).await;
    let few = vendors.all_rows(LIMITED, "users", None, 20).await;
    assert_eq!(ids(&full), ids(&few));
    assert!(full[0]["person"]["email"].is_string() && few[0]["person"].as_object().unwrap().is_empty());
}

#[tokio::test]
async fn what_the_guest_may_not_see_is_missing() {
    let vendors = small().await;
    let (all, few) = (vendors.searched(USUAL, "page").await, vendors.searched(LIMITED, "page").await);
    assert!(few.len() < all.len() / 2 && few.len() > 3);
    assert_eq!(vendors.searched(LIMITED, "data_source").await.len(), 4);
    let seen = ids(&few);
    for page in &all {
        let path = format!("pages/{}", id(page));
        let answer = vendors.notion_as(LIMITED, &path, None).await;
        assert_eq!(answer.status == StatusCode::OK, seen.contains(&id(page)), "{path}");
        if answer.status != StatusCode::OK {
            assert!(answer.json()["message"].as_str().unwrap().contains("Could not find page"));
            let children = vendors.notion_as(LIMITED, &format!("blocks/{}/children", id(page)), None).await;
            assert_eq!(children.status, StatusCode::NOT_FOUND);
        }
    }
    // Of some rows nothing is told but that they are there.
    let partial: Vec<_> = few.iter().filter(|page| page.get("properties").is_none()).collect();
    assert!(!partial.is_empty() && partial.len() * 3 < few.len(), "{}", partial.len());
    let path = format!("blocks/{}/children", id(partial[0]));
    assert_eq!(vendors.notion_as(LIMITED, &path, None).await.status, StatusCode::NOT_FOUND);
}

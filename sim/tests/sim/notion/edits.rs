//! Pages that are written, moved, shared and thrown away while others read them.

use chrono::TimeDelta;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::asking::{USUAL, id, ids};
use super::reading::small;
use crate::vendors::Vendors;

/// A page of the made-up company that is a row, and one that stands on another page.
async fn some(vendors: &Vendors) -> (String, String) {
    let pages = vendors.searched(USUAL, "page").await;
    let kind = |kind: &str| id(pages.iter().find(|page| page["parent"]["type"] == kind).unwrap());
    (kind("data_source_id"), kind("page_id"))
}

async fn edited(vendors: &Vendors, page: &str) -> String {
    vendors.notion(&format!("pages/{page}")).await.json()["last_edited_time"].as_str().unwrap().to_owned()
}

/// All that is held can be read.
async fn agrees(vendors: &Vendors, pages: &[&String]) {
    let held = vendors.held_records().await;
    for page in pages {
        assert_eq!(held[*page]["digest"], vendors.read_page(page).await);
    }
}

#[tokio::test]
async fn words_move_the_time_and_comments_do_not() {
    let vendors = small().await;
    let (row, child) = some(&vendors).await;
    let before = edited(&vendors, &row).await;
    vendors.pass(TimeDelta::seconds(3_725));
    assert_eq!(vendors.change(json!({"add_comment": {"on": row, "text": "Really?"}})).await.len(), 1);
    assert_eq!(edited(&vendors, &row).await, before);
    assert_eq!(vendors.comments_on(&row).await.pop().unwrap()["rich_text"][0]["plain_text"], "Really?");
    agrees(&vendors, &[&row]).await;
    vendors.change(json!({"edit_page": {"id": row, "title": "Other words", "text": "New words"}})).await;
    // Cut to the minute.
    assert_eq!(edited(&vendors, &row).await, "2026-11-20T13:02:00.000Z");
    let found = vendors.notion_sent("search", &json!({"query": "other WORDS"})).await.json();
    assert_eq!(ids(found["results"].as_array().unwrap()), std::slice::from_ref(&row));
    assert_eq!(id(&vendors.searched(USUAL, "page").await[0]), row);
    let markdown = vendors.notion(&format!("pages/{row}/markdown")).await.json();
    assert!(markdown["markdown"].as_str().unwrap().contains("New words"));
    agrees(&vendors, &[&row, &child]).await;
}

#[tokio::test]
async fn blocks_come_and_go() {
    let vendors = small().await;
    let (row, child) = some(&vendors).await;
    let count = vendors.all_blocks(&row).await.len();
    let toggle = json!({"add_block": {"parent": row, "type": "toggle", "text": "fold"}});
    let toggle = vendors.change(toggle).await.remove(0);
    let inside = vendors.change(json!({"add_block": {"parent": toggle, "text": "inside"}})).await.remove(0);
    let blocks = vendors.all_blocks(&row).await;
    assert_eq!((blocks.len(), id(&blocks[count + 1])), (count + 2, inside.clone()));
    assert_eq!(vendors.notion(&format!("blocks/{toggle}")).await.json()["has_children"], true);
    let said = vendors.change(json!({"add_comment": {"on": inside, "text": "why", "by": "Elin Sandberg"}}));
    let said = said.await.remove(0);
    assert_eq!(vendors.comments_on(&inside).await[0]["display_name"]["resolved_name"], "Elin Sandberg");
    agrees(&vendors, &[&row]).await;
    vendors
        .change(json!([{"resolve_comment": said}, {"edit_block": {"id": inside, "text": "changed"}}]))
        .await;
    assert!(vendors.comments_on(&inside).await.is_empty());
    agrees(&vendors, &[&row]).await;
    vendors.change(json!({"delete_block": toggle})).await;
    assert_eq!(vendors.all_blocks(&row).await.len(), count);
    assert_eq!(vendors.notion(&format!("blocks/{inside}")).await.status, StatusCode::NOT_FOUND);
    // A block that the company had told goes the same way.
    let told = id(&vendors.all_blocks(&child).await[0]);
    vendors.change(json!({"delete_block": told})).await;
    assert_eq!(vendors.notion(&format!("blocks/{told}")).await.status, StatusCode::NOT_FOUND);
    agrees(&vendors, &[&row, &child]).await;
}

#[tokio::test]
async fn the_trash_is_a_place_and_a_purge_is_none() {
    let vendors = small().await;
    let (row, child) = some(&vendors).await;
    let top = vendors.notion(&format!("pages/{child}")).await.json()["parent"]["page_id"].clone();
    let top = top.as_str().unwrap().to_owned();
    let listed = async |in_trash: bool| {
        let body = json!({"filter": {"property": "object", "value": "page", "in_trash": in_trash}});
        ids(&vendors.all_rows(USUAL, "search", Some(&body), 100).await)
    };
    let all = listed(false).await.len();
    vendors.pass(TimeDelta::hours(1));
    vendors.change(json!([{"trash_page": row}, {"trash_page": child}])).await;
    assert_eq!(vendors.notion(&format!("pages/{row}")).await.json()["in_trash"], true);
    assert_eq!((listed(false).await.len(), listed(true).await.len()), (all - 2, 2));
    assert!(!vendors.held_records().await.contains_key(&row));
    assert!(!ids(&vendors.all_blocks(&top).await).contains(&child));
    assert!(edited(&vendors, &top).await.starts_with("2026-11-20T13"));
    agrees(&vendors, &[&top]).await;
    vendors.change(json!([{"restore_page": row}, {"restore_page": child}])).await;
    assert_eq!(listed(false).await.len(), all);
    assert!(ids(&vendors.all_blocks(&top).await).contains(&child));
    vendors.change(json!([{"purge_page": row}, {"purge_page": child}])).await;
    for gone in [&row, &child] {
        let answer = vendors.notion(&format!("pages/{gone}")).await;
        assert_eq!(
            (answer.status, answer.json()["code"].take()),
            (StatusCode::NOT_FOUND, json!("object_not_found"))
        );
    }
    assert_eq!((listed(false).await.len(), listed(true).await.len()), (all - 2, 0));
    agrees(&vendors, &[&top]).await;
    // With a page goes all that stands on it.
    vendors.change(json!({"trash_page": top})).await;
    let sources = vendors.searched(USUAL, "data_source").await.len();
    assert_eq!((listed(false).await.len() < all - 5, sources), (true, 15));
}

#[tokio::test]
async fn what_is_unshared_is_missing_without_an_edit() {
    let vendors = small().await;
    let (row, child) = some(&vendors).await;
    let top = vendors.notion(&format!("pages/{child}")).await.json()["parent"]["page_id"].clone();
    let held = vendors.held_records().await;
    let block = id(&vendors.all_blocks(&row).await[0]);
    vendors.pass(TimeDelta::hours(1));
    vendors.change(json!([{"unshare_page": row}, {"unshare_page": top}])).await;
    for path in [
        format!("pages/{row}"),
        format!("blocks/{block}"),
        format!("blocks/{row}/children"),
        format!("comments?block_id={row}"),
        format!("pages/{child}"),
        format!("pages/{}", top.as_str().unwrap()),
    ] {
        assert_eq!(vendors.notion(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let fewer = vendors.held_records().await;
    assert!(fewer.len() < held.len() - 2 && fewer.iter().all(|(id, line)| held[id] == *line));
    vendors.change(json!([{"share_page": row}, {"share_page": top}])).await;
    assert_eq!(vendors.held_records().await, held);
    // A page that was written long ago and is shared now.
    let old = json!({"share_page": {"title": "Old page", "text": "one\ntwo", "last_edited_time": "2024-02-03T04:05:06Z"}});
    let new = vendors.change(old).await.remove(0);
    assert_eq!(edited(&vendors, &new).await, "2024-02-03T04:05:00.000Z");
    let pages = ids(&vendors.searched(USUAL, "page").await);
    assert!(pages.iter().position(|page| *page == new).unwrap() > pages.len() / 2);
    agrees(&vendors, &[&new]).await;
}

#[tokio::test]
async fn pages_are_made_moved_and_archived() {
    let vendors = small().await;
    let (row, child) = some(&vendors).await;
    let source = vendors.notion(&format!("pages/{row}")).await.json()["parent"]["data_source_id"].clone();
    let new = json!({"create_page": {"title": "A row", "parent": source}});
    let new = vendors.change(new).await.remove(0);
    let page = vendors.notion(&format!("pages/{new}")).await.json();
    assert_eq!(page["parent"]["data_source_id"], source);
    assert!(page["properties"].as_object().unwrap().len() > 3);
    vendors.change(json!([{"move_page": {"id": new, "to": child}}, {"archive_page": new}])).await;
    let page = vendors.notion(&format!("pages/{new}")).await.json();
    assert_eq!((&page["parent"]["page_id"], &page["is_archived"]), (&json!(child), &json!(true)));
    assert!(ids(&vendors.all_blocks(&child).await).contains(&new));
    vendors.change(json!({"move_page": {"id": new, "to": "workspace"}})).await;
    assert!(!ids(&vendors.all_blocks(&child).await).contains(&new));
    agrees(&vendors, &[&row, &child, &new]).await;
    vendors.change(json!({"edit_data_source": {"id": source, "title": "Renamed"}})).await;
    let path = format!("data_sources/{}", source.as_str().unwrap());
    assert_eq!(vendors.notion(&path).await.json()["title"][0]["plain_text"], "Renamed");
}

#[tokio::test]
async fn words_that_nobody_knows_are_refused_with_those_that_are_known() {
    let vendors = small().await;
    let (row, _) = some(&vendors).await;
    for (wrong, hint) in [
        (json!({"vendor": "notion", "destroy": 1}), "purge_page"),
        (json!({"trash_page": "nowhere"}), "nowhere"),
        (json!({"edit_page": {"id": row, "words": 1}}), "title"),
        (json!({"edit_page": {"id": row, "properties": {"Mood": 1}}}), "Mood"),
        (json!({"move_page": {"id": row, "to": "nowhere"}}), "nowhere"),
        (json!({"move_page": {"id": row, "to": row}}), "itself"),
        (json!({"add_comment": {"on": row, "text": "x", "by": "Nobody"}}), "Nobody"),
        (json!({"delete_block": "nowhere"}), "nowhere"),
    ] {
        let answer = vendors.control(Method::POST, "world", Some(&wrong)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(hint), "{wrong}: {error}");
    }
    let page: Value = vendors.notion(&format!("pages/{row}")).await.json();
    assert_eq!(page["id"], row);
}

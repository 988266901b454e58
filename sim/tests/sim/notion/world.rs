//! The made-up company, as a reader of its pages meets it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta};
use daybook_sim::WorldChoice;
use serde_json::Value;

use super::asking::{USUAL, id, ids};
use super::reading::small;
use crate::vendors::{NOW_MS, User, Vendors};

#[tokio::test]
async fn the_same_numbers_make_the_same_workspace() {
    let (one, other) = (small().await, small().await);
    assert_eq!(one.held_records().await, other.held_records().await);
    let another =
        Vendors::set(WorldChoice::Seed { seed: 2, issues: 300 }, |settings| settings.notion_pages = 90).await;
    assert_ne!(one.held_records().await, another.held_records().await);
}

#[tokio::test]
async fn the_demo_has_about_four_hundred_pages_and_more_can_be_had() {
    for (pages, least) in [(400, 10_000), (1_000, 25_000)] {
        let world = WorldChoice::demo();
        let vendors = Vendors::set(world, |settings| settings.notion_pages = pages).await;
        let held =
            vendors.control(reqwest::Method::GET, "ledger", None).await.json()["notion"]["held"].take();
        let near = held["pages"].as_u64().unwrap().abs_diff(pages as u64);
        assert!(near < 12 && held["blocks"].as_u64().unwrap() > least, "{held}");
        assert!(held["comments"].as_u64().unwrap() > 100, "{held}");
    }
    let none = Vendors::set(WorldChoice::demo(), |settings| settings.notion_pages = 0).await;
    assert!(none.held_records().await.is_empty());
}

/// Keys of issues in a text.
fn keys(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let key = |word: &&str| {
        word.split_once('-').is_some_and(|(project, number)| {
            ["HARB", "BILL", "TIDE", "QUAY", "CARG", "PLAT", "DESK", "SECU"].contains(&project)
                && number.parse::<u32>().is_ok()
        })
    };
    words.filter(key).map(str::to_owned).collect()
}

#[tokio::test]
async fn people_and_issues_are_those_of_jira() {
    let vendors = small().await;
    let users = vendors.all_rows(USUAL, "users", None, 100).await;
    let issues = vendors.all(User::Full, "created >= 0", &["reporter", "assignee"], 100).await;
    let addresses: BTreeSet<&str> =
        users.iter().filter_map(|user| user["person"]["email"].as_str()).collect();
    let mut joined = BTreeSet::new();
    for issue in &issues {
        if let Some(address) = issue["fields"]["reporter"]["emailAddress"].as_str() {
            assert!(addresses.contains(address), "{address}");
            joined.insert(address);
        }
    }
    assert!(joined.len() > 5, "{joined:?}");
    let known: BTreeSet<String> =
        issues.iter().map(|issue| issue["key"].as_str().unwrap().to_owned()).collect();
    let names: BTreeSet<String> = ids(&users).into_iter().collect();
    let mut mentioned = BTreeSet::new();
    for page in vendors.searched(USUAL, "page").await {
        assert!(names.contains(&id(&page["created_by"])) && names.contains(&id(&page["last_edited_by"])));
        let blocks = vendors.all_blocks(&id(&page)).await;
        mentioned.extend(keys(&page.to_string()));
        mentioned.extend(keys(&Value::Array(blocks).to_string()));
    }
    // The handbook speaks of an issue that any world has.
    let strangers: Vec<_> = mentioned.iter().filter(|key| !known.contains(*key)).collect();
    assert!(mentioned.len() > 60 && strangers.is_empty(), "{strangers:?}");
}

#[tokio::test]
async fn times_lie_within_the_history() {
    let vendors = small().await;
    let ms = |text: &Value| DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap().timestamp_millis();
    // History ends as the day begins.
    let (end, begin) = (
        NOW_MS - TimeDelta::hours(12).num_milliseconds(),
        NOW_MS - TimeDelta::days(1_096).num_milliseconds(),
    );
    for page in vendors.searched(USUAL, "page").await {
        let (created, edited) = (ms(&page["created_time"]), ms(&page["last_edited_time"]));
        assert!(begin < created && created <= edited && edited <= end, "{page}");
        assert_eq!(edited % 60_000, 0);
        for block in vendors.all_blocks(&id(&page)).await {
            assert!(ms(&block["last_edited_time"]) <= edited && ms(&block["created_time"]) >= created);
        }
    }
}

#[tokio::test]
async fn pages_are_of_many_kinds_of_blocks_and_deep() {
    let vendors = Vendors::set(WorldChoice::demo(), |settings| settings.notion_pages = 120).await;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    let mut parents: BTreeMap<String, String> = BTreeMap::new();
    let (mut text, mut of_blocks) = (String::new(), 0);
    for page in vendors.searched(USUAL, "page").await {
        of_blocks += usize::from(page["parent"]["type"] == "block_id");
        for block in vendors.all_blocks(&id(&page)).await {
            *kinds.entry(block["type"].as_str().unwrap().to_owned()).or_default() += 1;
            if let Some(parent) = block["parent"]["block_id"].as_str() {
                parents.insert(id(&block), parent.to_owned());
            }
            text.push_str(&block.to_string());
        }
    }
    for kind in [
        "column_list",
        "column",
        "toggle",
        "table",
        "table_row",
        "synced_block",
        "child_page",
        "child_database",
        "callout",
        "code",
        "to_do",
        "image",
        "pdf",
        "file",
        "equation",
        "unsupported",
        "bookmark",
        "divider",
        "quote",
        "meeting_notes",
        "numbered_list_item",
        "heading_1",
        "video",
        "embed",
    ] {
        assert!(kinds.contains_key(kind), "{kind}: {kinds:?}");
    }
    let depth =
        |block: &String| std::iter::successors(parents.get(block), |parent| parents.get(*parent)).count();
    assert!(parents.keys().map(depth).max() >= Some(3) && of_blocks > 3);
    for part in ["\"type\":\"user\"", "\"type\":\"date\"", "X-Amz-Signature", "\"expression\":\"\\\\mu\""] {
        assert!(text.contains(part), "{part}");
    }
    // An address lives for an hour, and the next answer has another.
    let found = text.split("\"expiry_time\":\"").nth(1).unwrap();
    assert!(found.starts_with("2026-11-20T13:00:00"), "{}", &found[..30]);
}

//! Rows: filters, orders, pages, and how many there are at most.

use std::collections::BTreeSet;

use daybook_sim::WorldChoice;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::asking::{USUAL, id, ids};
use super::reading::small;
use crate::vendors::Vendors;

/// The data source with this title that has most rows, and its rows.
async fn rows(vendors: &Vendors, title: &str) -> (String, Vec<Value>) {
    let mut best = (String::new(), Vec::new());
    for source in vendors.searched(USUAL, "data_source").await {
        if source["title"][0]["plain_text"] == title {
            let path = format!("data_sources/{}/query", id(&source));
            let rows = vendors.all_rows(USUAL, &path, Some(&json!({})), 100).await;
            if rows.len() > best.1.len() {
                best = (path, rows);
            }
        }
    }
    best
}

fn time<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

#[tokio::test]
async fn a_window_of_time_is_cut_where_it_says() {
    let vendors = small().await;
    let (path, all) = rows(&vendors, "Meeting notes").await;
    let mut times: Vec<_> = all.iter().map(|row| time(row, "last_edited_time").to_owned()).collect();
    times.sort();
    let (from, to) = (&times[times.len() / 3], &times[times.len() * 2 / 3]);
    let filter = json!({"and": [
        {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": from}},
        {"or": [{"timestamp": "last_edited_time", "last_edited_time": {"before": to}},
                {"timestamp": "created_time", "created_time": {"after": "2030-01-01"}}]},
    ]});
    let sorts = json!([{"timestamp": "last_edited_time", "direction": "ascending"}]);
    let found = vendors.all_rows(USUAL, &path, Some(&json!({"filter": filter, "sorts": sorts})), 2).await;
    let expected: Vec<_> = times.iter().filter(|time| *time >= from && *time < to).cloned().collect();
    assert_eq!(
        found.iter().map(|row| time(row, "last_edited_time").to_owned()).collect::<Vec<_>>(),
        expected
    );
    for (condition, count) in
        [("equals", 1), ("on_or_before", times.len() / 3 + 1), ("before", times.len() / 3)]
    {
        let filter = json!({"timestamp": "last_edited_time", "last_edited_time": {condition: from}});
        let found = vendors.all_rows(USUAL, &path, Some(&json!({ "filter": filter })), 100).await;
        assert_eq!(found.len(), count, "{condition}");
    }
}

#[tokio::test]
async fn properties_filter_and_sort() {
    let vendors = small().await;
    let (path, all) = rows(&vendors, "Decisions").await;
    let decided = |row: &&Value| row["properties"]["Status"]["status"]["name"] == "Decided";
    let wanted = json!({"filter": {"property": "Status", "status": {"equals": "Decided"}},
        "sorts": [{"property": "No", "direction": "descending"}]});
    let found = vendors.all_rows(USUAL, &path, Some(&wanted), 3).await;
    assert_eq!(found.len(), all.iter().filter(decided).count());
    let numbers: Vec<_> =
        found.iter().map(|row| row["properties"]["No"]["unique_id"]["number"].as_u64()).collect();
    assert!(!numbers.is_empty() && numbers.is_sorted_by(|one, other| one > other));
    let trimmed = vendors
        .notion_sent(&format!("{path}?filter_properties=title&filter_properties=uId%255D"), &json!({}))
        .await;
    let names: BTreeSet<_> =
        trimmed.json()["results"][0]["properties"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["Decision", "No"]);
    for (wrong, hint) in [
        (json!({"filter": {"property": "Mood", "select": {"equals": "x"}}}), "Mood"),
        (json!({"filter": {"property": "Status", "number": {"equals": 1}}}), "does not match"),
        (
            json!({"filter": {"timestamp": "created_time", "created_time": {"after": "yesterday"}}}),
            "ISO 8601",
        ),
        (json!({"filter": {"and": [{"or": [{"and": []}]}]}}), "two levels"),
        (json!({"page_size": 101}), "should be ≤ `100`, instead was `101`"),
        (json!({"start_cursor": "nowhere"}), "start_cursor"),
    ] {
        let answer = vendors.notion_sent(&path, &wrong).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(answer.json()["message"].as_str().unwrap().contains(hint), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_query_ends_at_the_most_that_the_vendor_gives() {
    let world = WorldChoice::Seed { seed: 1, issues: 300 };
    let vendors = Vendors::set(world, |settings| {
        (settings.notion_pages, settings.notion_most_rows) = (90, 5);
    })
    .await;
    let (path, found) = rows(&vendors, "Meeting notes").await;
    assert_eq!(found.len(), 5);
    let first = vendors.notion_sent(&path, &json!({"page_size": 4})).await.json();
    assert_eq!(first["request_status"], json!({"type": "complete"}));
    let next = json!({"page_size": 4, "start_cursor": first["next_cursor"]});
    let last = vendors.notion_sent(&path, &next).await.json();
    assert_eq!((last["results"].as_array().unwrap().len(), &last["has_more"]), (1, &json!(false)));
    let status = json!({"type": "incomplete", "incomplete_reason": "query_result_limit_reached"});
    assert_eq!(last["request_status"], status);
    // A cursor belongs to its question.
    let other = json!({"page_size": 4, "start_cursor": first["next_cursor"], "in_trash": true});
    assert_eq!(vendors.notion_sent(&path, &other).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_has_many_values_shows_twenty_five() {
    let world = WorldChoice::Seed { seed: 1, issues: 300 };
    let vendors = Vendors::set(world, |settings| settings.notion_pages = 300).await;
    let (_, all) = rows(&vendors, "Meeting notes").await;
    let long = all.iter().find(|row| row["properties"]["Before"]["has_more"] == true).unwrap();
    let people = long["properties"]["Attendees"]["people"].as_array().unwrap();
    let before = &long["properties"]["Before"]["relation"];
    assert_eq!((people.len(), before.as_array().unwrap().len()), (25, 25));
    for (property, kind, least) in
        [("qi%3Bd", "people", 26), ("qP%5Cw", "relation", 26), ("title", "title", 1)]
    {
        let path = format!("pages/{}/properties/{property}", id(long));
        let items = vendors.all_rows(USUAL, &path, None, 10).await;
        assert!(items.len() >= least, "{property}: {}", items.len());
        assert!(items.iter().all(|item| item["object"] == "property_item" && item["type"] == kind));
    }
    let one = vendors.notion(&format!("pages/{}/properties/njKC", id(long))).await.json();
    assert_eq!((&one["object"], &one["type"]), (&json!("property_item"), &json!("date")));
    let missing = vendors.notion(&format!("pages/{}/properties/nope", id(long))).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(ids(&all).into_iter().collect::<BTreeSet<_>>().len(), all.len());
}

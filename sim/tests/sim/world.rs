//! The made-up company, as a reader of its Jira meets it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::DateTime;
use daybook_sim::questions;
use serde_json::Value;

use crate::vendors::{NOW_MS, User, Vendors, texts};

const ALL: &str = "created >= 0 ORDER BY created ASC";

fn ms(text: &Value) -> i64 {
    DateTime::parse_from_str(text.as_str().unwrap(), "%Y-%m-%dT%H:%M:%S%.f%z").unwrap().timestamp_millis()
}

/// Types of nodes and what points to other issues, in a document.
fn nodes(value: &Value, kinds: &mut BTreeSet<String>, keys: &mut BTreeSet<String>) {
    if let Some(kind) = value["type"].as_str() {
        kinds.insert(kind.to_owned());
    }
    if let Some(key) = value["attrs"]["url"].as_str().and_then(|url| url.split("/browse/").nth(1)) {
        keys.insert(key.to_owned());
    }
    for inside in value["content"].as_array().into_iter().flatten() {
        nodes(inside, kinds, keys);
    }
}

#[tokio::test]
async fn the_same_numbers_make_the_same_company() {
    let (one, other) = (Vendors::with(400).await, Vendors::with(400).await);
    assert_eq!(one.held().await, other.held().await);
    assert_eq!(questions(&one.running.world().unwrap()), questions(&other.running.world().unwrap()));
}

#[tokio::test]
async fn history_spans_three_years_and_ends_as_the_day_begins() {
    let vendors = Vendors::with(800).await;
    let issues = vendors.all(User::Full, ALL, &["created", "updated"], 100).await;
    let updated: Vec<_> = issues.iter().map(|issue| ms(&issue["fields"]["updated"])).collect();
    let (first, last) = (ms(&issues[0]["fields"]["created"]), *updated.iter().max().unwrap());
    assert!((1_060..=1_096).contains(&((NOW_MS - first) / 86_400_000)));
    let midnight = NOW_MS - NOW_MS.rem_euclid(86_400_000);
    assert!(last < midnight && last > midnight - 3_600_000);
    assert!(issues.iter().zip(updated).all(|(issue, updated)| ms(&issue["fields"]["created"]) <= updated));
}

#[tokio::test]
async fn texts_are_varied_and_use_all_kinds_of_nodes() {
    let vendors = Vendors::with(3_000).await;
    let issues = vendors.all(User::Full, ALL, &["summary", "description", "comment"], 100).await;
    let titles: BTreeSet<_> =
        issues.iter().map(|issue| issue["fields"]["summary"].as_str().unwrap()).collect();
    assert!(titles.len() > 2_850, "{} titles", titles.len());
    let keys: BTreeSet<_> = texts(&issues, "key").into_iter().collect();
    let (mut kinds, mut named) = (BTreeSet::new(), BTreeSet::new());
    for issue in &issues {
        nodes(&issue["fields"]["description"], &mut kinds, &mut named);
        for comment in issue["fields"]["comment"]["comments"].as_array().unwrap() {
            nodes(&comment["body"], &mut kinds, &mut named);
        }
        assert!(
            !issue.to_string().contains("{port}") && !issue.to_string().contains("{thing}"),
            "{}",
            issue["key"]
        );
    }
    assert!(named.len() > 500 && named.is_subset(&keys));
    for kind in [
        "heading",
        "paragraph",
        "text",
        "bulletList",
        "orderedList",
        "listItem",
        "taskList",
        "taskItem",
        "decisionList",
        "decisionItem",
        "table",
        "tableRow",
        "tableHeader",
        "tableCell",
        "codeBlock",
        "blockquote",
        "panel",
        "expand",
        "rule",
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "hardBreak",
        "mediaSingle",
        "media",
    ] {
        assert!(kinds.contains(kind), "no {kind}");
    }
}

#[tokio::test]
async fn links_have_two_ends_and_parents_exist() {
    let vendors = Vendors::with(900).await;
    let issues = vendors.all(User::Full, ALL, &["issuelinks", "parent"], 100).await;
    let keys: BTreeSet<_> = texts(&issues, "key").into_iter().collect();
    let mut ends: BTreeMap<String, Vec<(String, bool)>> = BTreeMap::new();
    let mut duplicates = 0;
    for issue in &issues {
        for link in issue["fields"]["issuelinks"].as_array().unwrap() {
            let outward = link["outwardIssue"].is_object();
            duplicates += usize::from(link["type"]["name"] == "Duplicate" && outward);
            let key = issue["key"].as_str().unwrap().to_owned();
            ends.entry(link["id"].as_str().unwrap().to_owned()).or_default().push((key, outward));
        }
        if let Some(parent) = issue["fields"]["parent"]["key"].as_str() {
            assert!(keys.contains(parent));
        }
    }
    assert!(duplicates > 20, "{duplicates}");
    for (link, ends) in ends {
        assert!(ends.len() == 2 && ends[0].1 != ends[1].1 && ends[0].0 != ends[1].0, "{link}: {ends:?}");
    }
}

#[tokio::test]
async fn histories_lead_to_the_present() {
    let vendors = Vendors::with(150).await;
    for issue in
        vendors.all(User::Full, ALL, &["status", "assignee", "priority", "updated", "created"], 100).await
    {
        let fields = &issue["fields"];
        let log = vendors.get(&format!("issue/{}/changelog", issue["key"].as_str().unwrap())).await.json();
        let histories = log["values"].as_array().unwrap();
        let times: Vec<_> = histories.iter().map(|history| ms(&history["created"])).collect();
        assert!(times.is_sorted() && times.iter().all(|time| *time <= ms(&fields["updated"])));
        assert!(times.iter().all(|time| *time >= ms(&fields["created"])), "{issue}");
        let last = |field: &str| {
            let mut items = histories.iter().flat_map(|history| history["items"].as_array().unwrap());
            items.rfind(|item| item["fieldId"] == field).map(|item| item["toString"].clone())
        };
        for (field, present) in [
            ("status", &fields["status"]["name"]),
            ("assignee", &fields["assignee"]["displayName"]),
            ("priority", &fields["priority"]["name"]),
        ] {
            if let Some(told) = last(field) {
                assert_eq!(&told, present, "{field} of {}", issue["key"]);
            }
        }
    }
}

#[tokio::test]
async fn three_questions_have_their_answers_here() {
    let vendors = Vendors::with(3_000).await;
    let questions = questions(&vendors.running.world().unwrap());
    assert_eq!(questions.len(), 3);
    let decisions = vendors.all(User::Full, ALL, &["summary", "description", "issuetype"], 100).await;
    let decided = decisions.iter().filter(|issue| issue["fields"]["issuetype"]["name"] == "Decision");
    let decided =
        decided.filter(|issue| issue["fields"]["description"].to_string().contains("We decided to"));
    assert!(decided.count() >= 30);
}

#[tokio::test]
async fn only_those_who_are_there_work() {
    let vendors = Vendors::with(1_000).await;
    let recent = vendors.all(User::Full, "created >= -30d", &["reporter", "assignee"], 100).await;
    assert!(!recent.is_empty());
    for issue in recent {
        for role in ["reporter", "assignee"] {
            assert_ne!(issue["fields"][role]["active"], false, "{issue}");
        }
    }
    let old = vendors.all(User::Full, "created < -700d", &["reporter", "assignee"], 100).await;
    assert!(old.iter().any(|issue| issue["fields"]["assignee"]["active"] == false));
}

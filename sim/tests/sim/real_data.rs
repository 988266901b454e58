//! Files of real records.

use std::io::Write as _;

use daybook_sim::{Settings, SimError, WorldChoice, start};
use serde_json::{Value, json};

use crate::vendors::{User, Vendors, real_records};

#[tokio::test]
async fn real_records_are_served_as_they_are() {
    let Some(folder) = real_records() else {
        eprintln!(
            "SKIPPED: real_records_are_served_as_they_are, because there is no ../shared/data beside the repository"
        );
        return;
    };
    let vendors = Vendors::over(WorldChoice::Folder(folder)).await;
    assert_eq!(vendors.running.issues(), 14_680);
    let held = vendors.held().await;
    assert_eq!(held.len(), 14_680);
    let issues = vendors.all(User::Full, "project in (AC, VOTE, WEBHOOKS)", &["*all"], 100).await;
    assert_eq!(issues.len(), 2_251 + 51);
    let mut short = None;
    for issue in &issues {
        let members = issue.as_object().unwrap().keys().chain(issue["fields"].as_object().unwrap().keys());
        assert!(members.into_iter().all(|name| !name.starts_with('_')), "{}", issue["key"]);
        let comment = &issue["fields"]["comment"];
        let given = comment["comments"].as_array().map_or(0, Vec::len);
        if comment["total"].as_u64().is_some_and(|total| total > given as u64) {
            short = Some((issue["key"].as_str().unwrap(), given));
        }
    }
    // More comments are counted than anybody may read.
    let (key, given) = short.unwrap();
    let page = vendors.get(&format!("issue/{key}/comment")).await.json();
    assert_eq!(page["comments"].as_array().unwrap().len(), given);
    assert!(page["total"].as_u64().unwrap() > given as u64);
    let count = vendors.post("search/approximate-count", &json!({"jql": "created >= 0"})).await.json();
    assert_eq!(count["count"], 14_680);
}

fn record(id: u32, key: &str) -> String {
    json!({"id": id.to_string(), "key": key, "_source": {"x": 1}, "fields": {"summary": key, "_hint": 1,
        "updated": "2026-11-20T09:15:32.123+0100"}})
    .to_string()
}

#[tokio::test]
async fn files_of_several_sites_may_share_an_id() {
    let folder = tempfile::tempdir().unwrap();
    let write =
        |name: &str, lines: &[String]| std::fs::write(folder.path().join(name), lines.join("\n")).unwrap();
    write("jira-one.issues.jsonl", &[record(7, "A-1"), record(8, "A-2")]);
    write("jira-two.issues.jsonl", &[record(7, "B-1")]);
    write("notes.jsonl", &["no record".to_owned()]);
    let vendors = Vendors::over(WorldChoice::Folder(folder.path().to_owned())).await;
    let first = vendors.get("issue/A-1").await.json();
    assert_eq!(
        (&first["id"], &first["fields"]["_hint"], &first["_source"]),
        (&json!("7"), &Value::Null, &Value::Null)
    );
    let second = vendors.get("issue/B-1").await.json();
    assert_ne!(second["id"], "7");
    assert!(second["self"].as_str().unwrap().ends_with(second["id"].as_str().unwrap()));
    assert_eq!(second["fields"]["project"]["key"], "B");
}

#[tokio::test]
async fn a_wrong_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = std::fs::File::create(folder.path().join("jira.issues.jsonl")).unwrap();
    writeln!(file, "{}\n{{\"id\":\"x\"}}", record(1, "A-1")).unwrap();
    let now = std::sync::Arc::new(chrono::Utc::now);
    let error =
        start(Settings::new(WorldChoice::Folder(folder.path().to_owned()), now.clone())).await.unwrap_err();
    assert!(matches!(&error, SimError::Record { line: 2, reason, .. } if reason.contains('x')), "{error}");
    let empty = tempfile::tempdir().unwrap();
    let error = start(Settings::new(WorldChoice::Folder(empty.path().to_owned()), now)).await.unwrap_err();
    assert!(matches!(error, SimError::Empty(_)));
}

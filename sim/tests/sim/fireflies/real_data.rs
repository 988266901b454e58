//! Files of real records.

use std::fs;

use daybook_sim::WorldChoice;
use serde_json::{Value, json};

use super::asking::{FULL, GUEST, digest, ids};
use crate::vendors::{Vendors, real_records};

#[tokio::test]
async fn real_meetings_are_served_as_they_are() {
    let Some(folder) = real_records() else {
        eprintln!(
            "SKIPPED: real_meetings_are_served_as_they_are, because there is no ../shared/data beside the repository"
        );
        return;
    };
    // A folder with the files of one vendor is enough.
    let alone = tempfile::tempdir().unwrap();
    for name in ["qmsum-dev.transcripts.jsonl.gz", "meeting-realtimes-dev.transcripts.jsonl.gz"] {
        fs::copy(folder.join(name), alone.path().join(name)).unwrap();
    }
    let vendors = Vendors::over(WorldChoice::Folder(alone.path().to_owned())).await;
    let held = vendors.held_transcripts().await;
    assert_eq!(held.len(), 115);
    let sentences: u64 = held.iter().map(|line| line["sentences"].as_u64().unwrap()).sum();
    assert_eq!(sentences, 92_799 + 1_362);
    assert_eq!(ids(&vendors.list(FULL, None, None).await), ids(&held));
    for line in held.iter().step_by(20) {
        let full = vendors.full(line["id"].as_str().unwrap()).await;
        assert_eq!(digest(&full), line["digest"], "{}", line["title"]);
    }
    let realtimes = vendors.full("RT0C53FFCC91D0B08EEBA9FB49").await;
    assert_eq!(
        (&realtimes["privacy"], &realtimes["sentences"][0]["start_time"]),
        (&Value::Null, &json!(2.41))
    );
    let window = vendors.list(FULL, Some("2023-01-09T00:00:00Z"), Some("2023-01-10T00:00:00Z")).await;
    assert!(
        !window.is_empty()
            && window.iter().all(|row| row["dateString"].as_str().unwrap().starts_with("2023-01-09"))
    );
    assert!(vendors.list(GUEST, None, None).await.is_empty());
    let id = held[0]["id"].as_str().unwrap();
    vendors.change(json!({"rename_meeting": {"id": id, "title": "Renamed"}})).await;
    assert_eq!(vendors.full(id).await["title"], "Renamed");
}

#[tokio::test]
async fn what_is_not_the_vendors_cannot_be_reached() {
    let folder = tempfile::tempdir().unwrap();
    let record = json!({"id": "A", "date": 1_795_176_000_000_i64, "title": "T", "privacy": "teammates", "secret_note": "x",
        "sentences": [{"index": 0, "text": "Hello.", "start_time": 0, "_turn": 4}], "_source": {"x": 1}});
    fs::write(folder.path().join("qmsum.transcripts.jsonl"), record.to_string()).unwrap();
    let vendors = Vendors::over(WorldChoice::Folder(folder.path().to_owned())).await;
    let full = vendors.full("A").await;
    assert_eq!((&full["sentences"][0]["text"], &full["channels"]), (&json!("Hello."), &json!([])));
    for field in ["secret_note", "_source { x }", "sentences { _turn }"] {
        let answer = vendors.query(&format!("{{ transcript(id: \"A\") {{ {field} }} }}")).await;
        assert_eq!(answer.json()["errors"][0]["code"], "GRAPHQL_VALIDATION_FAILED", "{field}");
    }
    let again = [record.to_string(), record.to_string()].join("\n");
    fs::write(folder.path().join("qmsum.transcripts.jsonl"), again).unwrap();
    let settings = daybook_sim::Settings::new(
        WorldChoice::Folder(folder.path().to_owned()),
        std::sync::Arc::new(chrono::Utc::now),
    );
    assert!(daybook_sim::start(settings).await.unwrap_err().to_string().contains("another record"));
}

#[tokio::test]
async fn a_folder_without_meetings_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let issue = json!({"id": "1", "key": "A-1", "fields": {"summary": "x", "updated": "2026-11-20T09:15:32.123+0100"}});
    fs::write(folder.path().join("jira.issues.jsonl"), issue.to_string()).unwrap();
    let vendors = Vendors::over(WorldChoice::Folder(folder.path().to_owned())).await;
    assert!(vendors.list(FULL, None, None).await.is_empty() && vendors.held_transcripts().await.is_empty());
}

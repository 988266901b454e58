//! Files of real records.

use std::fs;

use daybook_sim::WorldChoice;
use serde_json::json;

use super::asking::{FULL, ids};
use crate::vendors::{Vendors, real_records};

#[tokio::test]
async fn real_records_are_served_as_they_are() {
    let Some(folder) = real_records() else {
        eprintln!(
            "SKIPPED: real_records_are_served_as_they_are, because there is no ../shared/data beside the repository"
        );
        return;
    };
    // A folder with the files of one vendor is enough.
    let alone = tempfile::tempdir().unwrap();
    let name = "tempo-dev.records.jsonl.gz";
    fs::copy(folder.join(name), alone.path().join(name)).unwrap();
    let vendors = Vendors::over(WorldChoice::Folder(alone.path().to_owned())).await;
    assert_eq!(vendors.running.issues(), 0);
    let worklogs = vendors.all_pages(FULL, "worklogs?limit=5", None).await;
    assert_eq!(worklogs.len(), 14);
    assert_eq!(worklogs.len(), vendors.held_worklogs().await.len());
    assert_eq!(worklogs[0]["description"], "Test");
    assert!(worklogs.iter().all(|worklog| worklog.get("startDateTimeUtc").is_none()));
    assert_eq!(vendors.all_pages(FULL, "worklogs/issue/10077", None).await.len(), 5);
    let window = vendors.all_pages(FULL, "worklogs?from=2021-01-24&to=2021-01-25", None).await;
    assert_eq!(ids(&window), [2, 4, 5]);
    for (path, count) in [("accounts", 10), ("customers", 6), ("workload-schemes", 2), ("teams", 0)] {
        assert_eq!(vendors.all_pages(FULL, path, None).await.len(), count, "{path}");
    }
    assert_eq!(vendors.change(json!({"edit_worklog": {"id": 4, "seconds": 60}})).await, ["4"]);
    let edited = vendors.tempo("worklogs/4").await.json();
    assert_eq!((&edited["timeSpentSeconds"], &edited["description"]), (&json!(60), &json!("test monday")));
}

#[tokio::test]
async fn made_up_records_of_any_number_are_held() {
    let folder = tempfile::tempdir().unwrap();
    let record = |id: u32| {
        json!({"stream": "worklogs", "data": {"tempoWorklogId": id, "issue": {"id": 1}, "timeSpentSeconds": 60,
            "startDate": "2026-01-01", "author": {"accountId": "a"}, "_source": 1}})
        .to_string()
    };
    let lines: Vec<_> = (1..=1_200).map(record).collect();
    fs::write(folder.path().join("tempo-many.records.jsonl"), lines.join("\n")).unwrap();
    let vendors = Vendors::over(WorldChoice::Folder(folder.path().to_owned())).await;
    let worklogs = vendors.worklogs().await;
    assert_eq!(worklogs.len(), 1_200);
    assert!(worklogs.iter().all(|worklog| worklog.get("_source").is_none()));
}

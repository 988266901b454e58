//! Files of real records.

use std::fs;

use daybook_sim::WorldChoice;
use serde_json::json;

use super::asking::{As, GUEST, NEWEST, USUAL, id};
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
    for name in ["notion-dev.objects.jsonl.gz", "notion-dev.children.jsonl.gz"] {
        fs::copy(folder.join(name), alone.path().join(name)).unwrap();
    }
    let vendors = Vendors::over(WorldChoice::Folder(alone.path().to_owned())).await;
    let held = vendors.held_records().await;
    let pages = vendors.searched(USUAL, "page").await;
    let sources = vendors.searched(USUAL, "data_source").await;
    assert_eq!(held.len(), pages.len() + sources.len());
    assert!(pages.len() > 190 && sources.len() > 60, "{} {}", pages.len(), sources.len());
    let (mut blocks, mut comments) = (0, 0);
    for page in &pages {
        assert!(page.as_object().unwrap().keys().all(|name| !name.starts_with('_')));
        assert_eq!(held[&id(page)]["digest"], vendors.read_page(&id(page)).await, "{page}");
        blocks += vendors.all_blocks(&id(page)).await.len();
        comments += vendors.comments_on(&id(page)).await.len();
    }
    assert!(blocks > 400 && comments > 3, "{blocks} {comments}");
    assert_eq!(vendors.all_rows(USUAL, "users", None, 2).await.len(), 5);
    let few = vendors.searched(As(GUEST, NEWEST), "page").await.len();
    assert!(few > 20 && few < pages.len(), "{few}");
    let rows = pages.iter().find(|page| page["parent"]["data_source_id"].is_string()).unwrap();
    vendors.change(json!({"edit_page": {"id": id(rows), "title": "Edited"}})).await;
    let edited = vendors.notion(&format!("pages/{}", id(rows))).await.json();
    assert_eq!(edited["last_edited_time"], "2026-11-20T12:00:00.000Z");
    assert_eq!(vendors.held_records().await[&id(rows)]["digest"], vendors.read_page(&id(rows)).await);
}

#[tokio::test]
async fn a_folder_without_its_files_is_an_empty_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let issue = json!({"id": "1", "key": "A-1", "fields": {"summary": "x", "updated": "2026-11-20T09:15:32.123+0100"}});
    fs::write(folder.path().join("jira.issues.jsonl"), issue.to_string()).unwrap();
    let vendors = Vendors::over(WorldChoice::Folder(folder.path().to_owned())).await;
    assert!(vendors.searched(USUAL, "page").await.is_empty());
    assert_eq!(vendors.notion("users/me").await.json()["type"], "bot");
}

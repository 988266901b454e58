//! A whole workspace, read as a connector reads it.

use std::collections::BTreeSet;

use daybook_sim::WorldChoice;
use serde_json::{Value, json};

use super::asking::{USUAL, digest, id, ids};
use crate::vendors::Vendors;

pub(super) async fn small() -> Vendors {
    Vendors::set(WorldChoice::Seed { seed: 1, issues: 300 }, |settings| settings.notion_pages = 90).await
}

#[tokio::test]
async fn what_is_read_is_what_is_held() {
    let vendors = small().await;
    let held = vendors.held_records().await;
    let pages = vendors.searched(USUAL, "page").await;
    let sources = vendors.searched(USUAL, "data_source").await;
    let found: BTreeSet<String> = ids(&pages).into_iter().chain(ids(&sources)).collect();
    assert_eq!(found.len(), pages.len() + sources.len());
    assert_eq!(found, held.keys().cloned().collect());
    for source in &sources {
        assert_eq!(held[&id(source)]["digest"], digest(std::slice::from_ref(source)));
    }
    for page in &pages {
        let line = &held[&id(page)];
        assert_eq!(line["last_edited_time"], page["last_edited_time"]);
        assert_eq!(line["digest"], vendors.read_page(&id(page)).await, "{}", page["properties"]);
    }
    let mut rows = 0;
    for source in &sources {
        let path = format!("data_sources/{}/query", id(source));
        rows += vendors.all_rows(USUAL, &path, Some(&json!({})), 7).await.len();
    }
    let of_sources =
        pages.iter().filter(|page| page["parent"]["type"] == "data_source_id").collect::<Vec<&Value>>();
    assert_eq!(rows, of_sources.len());
}

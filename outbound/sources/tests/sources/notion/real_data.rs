//! Real pages, where the machine has them (`DAYBOOK_TEST_DATA`): through the simulated workspace, and as they were recorded.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use daybook_core::ports::source::Scope;
use flate2::read::GzDecoder;
use serde_json::Value;

use super::house::{House, Store, assert_same, document, ids, items, walk, walked, window};
use super::script::{about, list, missing, serve};
use crate::vendor::Reply;

#[expect(clippy::disallowed_methods, reason = "a test's own folder is no setting of Daybook")]
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("DAYBOOK_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("SKIPPED: DAYBOOK_TEST_DATA names no folder with notion*.jsonl.gz");
    }
    folder
}

fn lines(path: &Path) -> impl Iterator<Item = Value> {
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

/// A folder with Notion's files alone: the other vendors' take long to load.
fn notion_alone(folder: &Path) -> tempfile::TempDir {
    let alone = tempfile::tempdir().unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("notion") && name.ends_with(".jsonl.gz") && !name.contains(".http.") {
            std::fs::copy(&path, alone.path().join(name)).unwrap();
            files += 1;
        }
    }
    assert!(files > 0, "the folder holds nothing of Notion's");
    alone
}

#[tokio::test]
async fn every_real_page_is_read_just_as_it_is_held() {
    let Some(folder) = folder() else { return };
    let alone = notion_alone(&folder);
    let house = House::with(daybook_sim::WorldChoice::Folder(alone.path().to_owned()), |_| ()).await;
    let store = Store::default();
    let pages = walked(&house.source(), &Scope::history(window(3_650)), &store).await;
    let mut held = house.held().await;
    assert!(held.len() > 100, "{}", held.len());
    // An example of somebody's documentation is set aside with its reason: no id of Notion's looks like this.
    let odd = usize::from(held.remove("some_id").is_some());
    let read = pages.iter().flat_map(|page| &page.records);
    let (read, unread): (Vec<_>, Vec<_>) = read.partition(|record| record.reading.is_ok());
    assert_eq!(unread.len(), odd, "{unread:?}");
    store.forget_unreadable();
    assert_same(&store, &held);
    for record in read {
        let is_known = |gap: &String| !gap.contains("not known to this release");
        assert!(record.gaps.iter().all(is_known), "{:?}", record.gaps);
        // What somebody wrote down as code is theirs.
        let body = document(record).body;
        let prose: String = body.split("```").step_by(2).collect();
        assert!(!prose.to_lowercase().contains("x-amz-"), "{body}");
    }
}

#[tokio::test]
async fn every_recorded_list_of_blocks_is_drawn() {
    let Some(folder) = folder() else { return };
    let recorded = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let path = recorded
        .filter(|path| path.to_string_lossy().contains("notion"))
        .find(|path| path.to_string_lossy().contains(".http."));
    let Some(path) = path else { return eprintln!("SKIPPED: no recorded exchanges of Notion") };
    let (mut children, mut pages, mut kinds) = (HashMap::new(), HashMap::new(), BTreeSet::new());
    for exchange in lines(&path).filter(|exchange| exchange["status"] == 200) {
        let response = &exchange["response"];
        let path = exchange["path"].as_str().unwrap();
        let words: Vec<&str> = path.split(['/', '?']).collect();
        if let [_, _, "blocks", id, "children", ..] = words[..] {
            let blocks = response["results"].as_array().cloned().unwrap_or_default();
            kinds.extend(blocks.iter().filter_map(|block| block["type"].as_str().map(str::to_owned)));
            let all: &mut Vec<Value> = children.entry(id.to_owned()).or_default();
            if all.len() <= blocks.len() {
                *all = blocks;
            }
        }
        for page in response["results"].as_array().into_iter().flatten().chain([response]) {
            if page["object"] == "page" && page["properties"].is_object() {
                pages.insert(page["id"].as_str().unwrap().to_owned(), page.clone());
            }
        }
    }
    assert!(
        pages.len() > 50 && children.len() > 20 && kinds.len() > 10,
        "{} {} {kinds:?}",
        pages.len(),
        children.len()
    );
    let named: Vec<String> = pages.keys().cloned().collect();
    let (_vendor, notion) = serve(0, move |asked, _, _| match about(asked) {
        ("pages", id) => Some(pages.get(id).map_or_else(missing, Reply::json)),
        ("children", id) => Some(Reply::json(&list(children.get(id).map_or(&[], Vec::as_slice), None))),
        _ => None,
    })
    .await;
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let (read, error) = walk(&notion, &items(&named), None, &Store::default()).await;
    assert!(error.is_none(), "{error:?}");
    let gone: usize = read.iter().map(|page| page.gone.len()).sum();
    assert_eq!(ids(&read).len() + gone, named.len());
    for record in read.iter().flat_map(|page| &page.records) {
        assert!(record.reading.is_ok(), "{:?}", record.reading);
        assert!(record.gaps.iter().all(|gap| gap.contains("not shown by Notion's API")), "{:?}", record.gaps);
    }
}

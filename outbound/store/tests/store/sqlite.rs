//! The contract on a SQLite file, and two processes' worth of stores on one file.

use std::sync::Arc;

use daybook_core::ports::store::Store;
use daybook_store::sqlite::{Settings, SqliteStore};
use daybook_testkit::store_contract;
use tempfile::TempDir;

async fn open() -> (Arc<dyn Store>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&Settings::at(folder.path().join("daybook.db"))).await.unwrap();
    (Arc::new(store), folder)
}

store_contract!(open);

#[tokio::test]
async fn stores_that_open_one_new_file_at_once_all_get_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::at(folder.path().join("daybook.db"));
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let settings = settings.clone();
        opening
            .spawn(async move { SqliteStore::open(&settings).await.unwrap().instance_id().await.unwrap() });
    }
    let ids = opening.join_all().await;
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::at(folder.path().join("daybook.db"));
    let store = SqliteStore::open(&settings).await.unwrap();
    store.worker_beat("w", chrono::DateTime::UNIX_EPOCH).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&settings).await.unwrap();
    assert!(store.worker_seen_since(chrono::DateTime::UNIX_EPOCH).await.unwrap());
}

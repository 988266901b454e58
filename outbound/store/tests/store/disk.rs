//! What goes wrong beneath the store: a full disk, a file that is taken away.

use std::path::Path;
use std::process::Command;

use chrono::DateTime;
use daybook_core::model::document::Document;
use daybook_core::model::fault::chain;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::{Store, StoreError};
use daybook_store::sqlite::{Settings, SqliteStore};
use daybook_testkit::sample::{issue, record};
use sqlx::Executor as _;

use crate::beside;

/// Saves an issue whose body is so long.
async fn save(store: &SqliteStore, number: u32, length: usize) -> Result<(), StoreError> {
    // Of changing letters, so that it stays long when it is packed.
    let body = (0..length).map(|at| char::from(b'a' + u8::try_from(at * at % 251 % 26).unwrap())).collect();
    let mut page = record(Document { body, ..issue(number, "long") });
    page.raw = vec![b'r'; 10];
    let mut tx = store.begin().await?;
    tx.save_records(SourceKind::Jira, &[page], DateTime::UNIX_EPOCH).await?;
    tx.commit().await
}

#[tokio::test]
async fn a_transaction_that_sqlite_undid_by_itself_does_not_end_all_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daybook.db");
    let store = SqliteStore::open(&Settings::at(&path)).await.unwrap();
    let mut other = beside(&path).await;
    // As it does when the disk is full.
    other
        .execute("create trigger full before insert on documents begin select raise(rollback, 'full'); end")
        .await
        .unwrap();
    for _ in 0..3 {
        let error = save(&store, 1, 10).await.unwrap_err();
        assert!(chain(&error).contains("save a document") && chain(&error).contains("full"), "{error:?}");
    }
    other.execute("drop trigger full").await.unwrap();
    save(&store, 1, 10).await.unwrap();
    store.worker_beat("w").await.unwrap();
}

/// A file system of eight megabytes, as long as it is held.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn at(folder: &'a Path) -> Option<Self> {
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(folder).output();
        mount.is_ok_and(|done| done.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.0).output());
    }
}

#[tokio::test]
async fn a_disk_that_was_full_is_written_to_again() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::at(folder.path()) else {
        println!("skipped: this machine does not let us mount a small disk");
        return;
    };
    let store = SqliteStore::open(&Settings::at(disk.0.join("daybook.db"))).await.unwrap();
    let ballast = disk.0.join("ballast");
    std::fs::write(&ballast, vec![1; 5_000_000]).unwrap();
    for number in 1..=3 {
        let error = save(&store, number, 8_000_000).await.unwrap_err();
        assert!(chain(&error).contains("full") || chain(&error).contains("I/O"), "{error:?}");
    }
    let error = store.writable().await.unwrap_err();
    assert!(chain(&error).contains("room"), "whoever asks for health hears of it: {error:?}");
    std::fs::remove_file(&ballast).unwrap();
    save(&store, 4, 100_000).await.unwrap();
    store.writable().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn nothing_is_written_into_a_file_that_was_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daybook.db");
    let store = SqliteStore::open(&Settings::at(&path)).await.unwrap();
    let begun = store.begin().await.unwrap();
    let away = folder.path().join("away.db");
    std::fs::rename(&path, &away).unwrap();
    let says = |error: StoreError, what: &str| {
        let said = chain(&error);
        assert!(said.contains(&format!("{} {what}", path.display())) && said.contains("restart"), "{said}");
    };
    says(begun.commit().await.unwrap_err(), "is gone");
    says(store.begin().await.err().unwrap(), "is gone");
    says(store.worker_beat("w").await.unwrap_err(), "is gone");
    says(store.writable().await.unwrap_err(), "is gone");
    std::fs::copy(&away, &path).unwrap();
    says(store.begin().await.err().unwrap(), "was replaced by another");
    std::fs::rename(&away, &path).unwrap();
    save(&store, 1, 10).await.unwrap();
}

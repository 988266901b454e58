//! What stands where the database should be: ours, nothing, or what is none of our business.

use std::path::{Path, PathBuf};

use chrono::DateTime;
use daybook_core::model::backfill::{Backfill, RunKind};
use daybook_core::model::document::Revision;
use daybook_core::model::fault::chain;
use daybook_core::model::job::{Job, NewJob};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::store::{Store as _, StoreError};
use daybook_store::sqlite::{Settings, SqliteStore};
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;

use crate::beside;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daybook.db");
    (folder, path)
}

/// Everything in the folder of a file, by name, with its bytes.
fn everything_at(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Tries to open it both ways; gives what is said, having seen that nothing was touched.
async fn refusal(path: &Path) -> String {
    let before = everything_at(path);
    let error = SqliteStore::open(&Settings::at(path)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }), "{error:?}");
    let other = SqliteStore::open_existing(&Settings::at(path)).await.unwrap_err();
    assert_eq!(chain(&error), chain(&other));
    assert!(before == everything_at(path), "it was touched: {:?}", std::fs::read_dir(path.parent().unwrap()));
    chain(&error)
}

#[tokio::test]
async fn what_belongs_to_something_else_is_left_as_it_is() {
    for mode in ["pragma journal_mode = delete", "pragma journal_mode = wal"] {
        let (_folder, path) = place();
        let mut connection = beside(&path).await;
        connection.execute(mode).await.unwrap();
        connection
            .execute("create table songs (id integer primary key); create table instance (name text)")
            .await
            .unwrap();
        connection.close().await.unwrap();
        let said = refusal(&path).await;
        assert!(said.contains("has tables (instance, songs) and no mark of Daybook's"), "{mode}: {said}");
    }
}

#[tokio::test]
async fn what_names_another_application_or_has_other_migrations_is_left_as_it_is() {
    let (_folder, path) = place();
    let mut connection = beside(&path).await;
    connection
        .execute(
            "create table instance (one integer, application text);
             insert into instance values (1, 'nightbook')",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    assert!(refusal(&path).await.contains("it belongs to `nightbook`"));

    let (_folder, path) = place();
    let mut connection = beside(&path).await;
    connection
        .execute(
            "create table _sqlx_migrations (version bigint primary key, checksum blob not null);
             insert into _sqlx_migrations values (1, x'00');
             create table songs (id integer primary key)",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    assert!(refusal(&path).await.contains("has tables (_sqlx_migrations, songs)"));
}

#[tokio::test]
async fn a_strangers_tables_are_seen_in_its_log_too() {
    let (_folder, path) = place();
    let mut connection = beside(&path).await;
    connection
        .execute("pragma journal_mode = wal; create table songs (id integer primary key)")
        .await
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = SqliteStore::open(&Settings::at(&path)).await.unwrap_err();
    assert!(chain(&error).contains("has tables (songs)"), "{error:?}");
    assert!(before == std::fs::read(&path).unwrap());
    connection.execute("insert into songs values (1)").await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_as_it_is() {
    for size in [5, 5_000] {
        let (_folder, path) = place();
        std::fs::write(&path, "x".repeat(size)).unwrap();
        assert!(refusal(&path).await.ends_with("it is no SQLite database"));
    }
    let (folder, _) = place();
    let error = SqliteStore::open(&Settings::at(folder.path())).await.unwrap_err();
    assert!(chain(&error).ends_with("it is no file"), "{error:?}");
}

#[tokio::test]
async fn a_newer_releases_database_is_left_as_it_is_and_the_cure_is_said() {
    let (_folder, path) = place();
    SqliteStore::open(&Settings::at(&path)).await.unwrap().close().await;
    let mut connection = beside(&path).await;
    connection
        .execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (9999, 'of next year', true, x'00', 0)",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let said = refusal(&path).await;
    assert!(said.contains("at revision 9999") && said.contains("revisions up to "), "{said}");
    assert!(said.contains("use the newer release") && said.contains("restore the backup"), "{said}");
}

#[tokio::test]
async fn whoever_only_looks_makes_no_database() {
    let (_folder, path) = place();
    let error = SqliteStore::open_existing(&Settings::at(&path)).await.unwrap_err();
    assert_eq!(error.to_string(), format!("there is no database at {} yet", path.display()));
    assert!(everything_at(&path).is_empty());
    std::fs::write(&path, "").unwrap();
    let error = SqliteStore::open_existing(&Settings::at(&path)).await.unwrap_err();
    assert!(matches!(error, StoreError::Absent { .. }), "an empty file is none either");
    let store = SqliteStore::open(&Settings::at(&path)).await.unwrap();
    let looking = SqliteStore::open_existing(&Settings::at(&path)).await.unwrap();
    assert_eq!(looking.instance_id().await.unwrap(), store.instance_id().await.unwrap());
}

const FIRST_DOWN: &str = include_str!("../../migrations/sqlite/0001_first.down.sql");
const FOURTH_DOWN: &str = include_str!("../../migrations/sqlite/0004_queue.down.sql");
const SECOND_DOWN: &str = include_str!("../../migrations/sqlite/0002_four_sources.down.sql");

#[tokio::test]
async fn a_database_that_was_only_begun_is_finished() {
    let undone = format!(
        "pragma foreign_keys = off; {FOURTH_DOWN}; {SECOND_DOWN}; {FIRST_DOWN}; delete from _sqlx_migrations"
    );
    let begun = ["delete from instance", undone.as_str()];
    for undo in begun {
        let (_folder, path) = place();
        SqliteStore::open(&Settings::at(&path)).await.unwrap().close().await;
        let mut connection = beside(&path).await;
        connection.execute(sqlx::AssertSqlSafe(undo)).await.unwrap();
        connection.close().await.unwrap();
        let store = SqliteStore::open(&Settings::at(&path)).await.unwrap();
        assert!(!store.instance_id().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn migrations_are_undone_and_done_again_and_leave_the_same_schema() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&Settings::at(&path)).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let issue = daybook_testkit::sample::record(daybook_testkit::sample::issue(1, "kept"));
    tx.save_records(SourceKind::Jira, &[issue], DateTime::UNIX_EPOCH).await.unwrap();
    // What the earlier release cannot read goes with what it does not know.
    let hours = daybook_testkit::sample::record(daybook_testkit::sample::worklog(7, 1, 60));
    tx.save_records(SourceKind::Tempo, &[hours], DateTime::UNIX_EPOCH).await.unwrap();
    let run = daybook_testkit::sample::backfill(1, 30, DateTime::UNIX_EPOCH);
    let sync = Backfill { kind: RunKind::Sync, ..run };
    tx.add_backfill(&sync).await.unwrap();
    let job = Job::RunBackfill { backfill: sync.id, source: Some(sync.source) };
    tx.enqueue(&NewJob::now(job, sync.id.0)).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    let schema = async || -> Vec<(String, Option<String>)> {
        let mut connection = beside(&path).await;
        sqlx::query_as("select name, sql from sqlite_schema order by name")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    };
    let before = schema().await;
    let mut connection = beside(&path).await;
    let down = format!("{FOURTH_DOWN}; {SECOND_DOWN}; delete from _sqlx_migrations where version > 1");
    connection.execute(sqlx::AssertSqlSafe(down.as_str())).await.unwrap();
    connection.close().await.unwrap();
    assert_ne!(schema().await, before);
    let store = SqliteStore::open(&Settings::at(&path)).await.unwrap();
    let left = store.document_changes(Revision(0), 9, u64::MAX).await.unwrap();
    assert_eq!(left.iter().map(|one| one.document.title.as_str()).collect::<Vec<_>>(), ["kept"]);
    assert!(store.raw_record(SourceKind::Tempo, "7").await.unwrap().is_some(), "what was sent stays");
    assert!(store.backfills(9).await.unwrap().is_empty());
    assert_eq!(store.queue_counts().await.unwrap().pending, 0);
    store.close().await;
    assert_eq!(schema().await, before);
}

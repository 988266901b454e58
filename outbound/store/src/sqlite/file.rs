//! The database's file: whose it is, asked before anything touches it, and whether it is still the one that was opened.
//!
//! It is never opened but by SQLite: a process that closes a file of its own loses SQLite's locks on it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use daybook_core::ports::store::StoreError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::{Result, failed};
use crate::migrate::{knows, refuse_newer};

pub(super) const OPENING: &str = "open the database";

/// How much room the disk must have; less than a page of records needs is none.
const ROOM: usize = 1024 * 1024;
/// How many tables of a stranger are named.
const NAMED: usize = 5;

/// Looks at what stands at a path and leaves it as it is. Gives whether a database of ours is there; `false`: nothing,
/// or an empty one. Refuses whatever else is there.
pub(super) async fn look(path: &Path) -> Result<bool> {
    if let Ok(ours) = look_once(path).await {
        return Ok(ours);
    }
    // Whoever makes the file or folds in its log just now can be met half-way; it is a moment's work.
    tokio::time::sleep(Duration::from_millis(50)).await;
    look_once(path).await
}

async fn look_once(path: &Path) -> Result<bool> {
    let metadata = match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::Failed { doing: OPENING, source: Box::new(error) }),
        Ok(metadata) => metadata,
    };
    if !metadata.is_file() {
        return Err(stranger("it is no file".to_owned()));
    }
    if metadata.len() == 0 {
        return Ok(false);
    }
    // Without a log to read, SQLite is told that nothing changes: it then makes no files beside the database.
    let settled = std::fs::metadata(beside(path, "-wal")).map_or(true, |log| log.len() == 0);
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(settled)
        .connect()
        .await
        .map_err(unopened)?;
    let verdict = whose(&mut connection).await;
    connection.close().await.map_err(failed(OPENING))?;
    verdict
}

async fn whose(connection: &mut SqliteConnection) -> Result<bool> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select name
         from sqlite_master
         where type in ('table', 'view')
           and name not like 'sqlite\\_%' escape '\\'
         order by name",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(unopened)?;
    if tables.is_empty() {
        return Ok(false);
    }
    let application = mark(
        sqlx::query_scalar::<_, String>("select application from instance where one = 1")
            .fetch_optional(&mut *connection)
            .await,
    )
    .map_err(unopened)?;
    let applied: Vec<(i64, Vec<u8>)> = mark(
        sqlx::query_as("select version, checksum from _sqlx_migrations order by version")
            .fetch_all(connection)
            .await,
    )
    .map_err(unopened)?;
    match application.as_deref() {
        Some("daybook") => {
            refuse_newer(OPENING, applied.last().map_or(0, |(version, _)| *version)).map(|()| true)
        }
        Some(other) => Err(stranger(format!("it belongs to `{other}`"))),
        // One that was being made when the power went: our schema, or only the list of what was applied to it.
        None if !applied.is_empty() && applied.iter().all(|(version, sum)| knows(*version, sum)) => Ok(true),
        None if tables == ["_sqlx_migrations"] && applied.is_empty() => Ok(false),
        None => {
            let more = tables.len().saturating_sub(NAMED);
            let named = tables.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            Err(stranger(format!(
                "it belongs to something else: it has tables ({named}{more}) and no mark of Daybook's"
            )))
        }
    }
}

/// The file that SQLite, or we, have beside the database under its name and a bit more.
fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(more);
    name.into()
}

fn stranger(what: String) -> StoreError {
    StoreError::Unreadable { doing: OPENING, what }
}

fn unopened(error: sqlx::Error) -> StoreError {
    // SQLITE_NOTADB
    let no_database = error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("26"));
    if no_database { stranger("it is no SQLite database".to_owned()) } else { failed(OPENING)(error) }
}

/// The file that was opened, by which it is known again.
#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

impl DatabaseFile {
    /// Remembers the file at a path, which has just been opened.
    pub(super) fn opened(path: &Path) -> Result<Self> {
        let device_and_inode = device_and_inode(path)
            .map_err(|error| StoreError::Failed { doing: OPENING, source: Box::new(error) })?;
        Ok(Self { path: path.to_owned(), device_and_inode })
    }

    /// Refuses to go on when the file is not there any more: what is written into a deleted file is lost.
    pub(super) fn check(&self, doing: &'static str) -> Result<()> {
        let gone = match device_and_inode(&self.path) {
            Ok(found) if found == self.device_and_inode => return Ok(()),
            Ok(_) => "was replaced by another".to_owned(),
            Err(error) if error.kind() == ErrorKind::NotFound => "is gone".to_owned(),
            Err(error) => format!("cannot be looked at ({error})"),
        };
        let path = self.path.display();
        let source = format!(
            "the database file {path} {gone} while Daybook had it open: put the right file there and restart Daybook"
        );
        Err(StoreError::Failed { doing, source: source.into() })
    }

    /// Whether the disk has room for a page of records.
    pub(super) async fn room(&self, doing: &'static str) -> Result<()> {
        let beside = beside(&self.path, "-trial");
        let failed = |source| StoreError::Failed { doing, source };
        match tokio::task::spawn_blocking(move || fill(&beside)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                let path = self.path.display();
                Err(failed(format!("there is no room to write beside {path}: {error}").into()))
            }
            Err(error) => Err(failed(error.into())),
        }
    }
}

/// Writes so much beside the database and takes it away again. The database alone would not say that the disk is full:
/// small writes find room in its log for long.
fn fill(beside: &Path) -> std::io::Result<()> {
    let written = std::fs::write(beside, vec![0; ROOM]);
    match std::fs::remove_file(beside) {
        // Another process tries too, and was quicker.
        Err(error) if error.kind() == ErrorKind::NotFound => written,
        removed => written.and(removed),
    }
}

fn device_and_inode(path: &Path) -> std::io::Result<(u64, u64)> {
    std::fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

/// What stands where our marks would. A stranger's tables may have these names and other columns: that is no mark of
/// ours. A disk that cannot be read is something else, and says so.
fn mark<T: Default>(read: sqlx::Result<T>) -> sqlx::Result<T> {
    match read {
        Err(sqlx::Error::Database(error)) if error.message().starts_with("no such") => Ok(T::default()),
        Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => Ok(T::default()),
        other => other,
    }
}

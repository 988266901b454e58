//! Where the database is, and how it is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use daybook_core::ports::clock::Clock;
use daybook_core::ports::store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Sqlite};
use tokio::sync::watch;

use super::file::{self, DatabaseFile};
use super::moment::Moment;
use super::{Result, SqliteStore, failed};
use crate::crash::Crash;

/// Where the database is.
#[derive(Clone)]
pub struct Settings {
    /// The file (`DATABASE_URL=sqlite:PATH`). Its folder must exist.
    pub path: PathBuf,
    /// Connections that read at once.
    pub readers: u32,
    /// How long to wait for another process that writes.
    pub busy: Duration,
    /// Where to die on purpose, in a drill.
    pub crash: Option<Arc<Crash>>,
    /// Whose clock leases and ticks go by; `None`: the database's own.
    pub clock: Option<Arc<dyn Clock>>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Settings {
    /// Defaults for a file.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), readers: 4, busy: Duration::from_secs(10), crash: None, clock: None }
    }
}

impl SqliteStore {
    /// Opens the database, makes it if it is not there, and brings it to this release's schema. What belongs to
    /// something else, or to a newer release, is refused before it is touched.
    pub async fn open(settings: &Settings) -> Result<Self> {
        file::look(&settings.path).await?;
        Self::open_ours(settings, true).await
    }

    /// The same for whoever only looks: where there is no database it makes none, and says [`StoreError::Absent`].
    pub async fn open_existing(settings: &Settings) -> Result<Self> {
        if !file::look(&settings.path).await? {
            return Err(StoreError::Absent { path: settings.path.display().to_string() });
        }
        Self::open_ours(settings, false).await
    }

    async fn open_ours(settings: &Settings, create: bool) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(&settings.path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // A "yes" must survive a power cut: every commit is synced.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(settings.busy)
            .foreign_keys(true);
        let turn = crate::migrate::turn(&settings.path).await?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // Held open, so that no other file can take the inode by which this one is known.
            .idle_timeout(None)
            .max_lifetime(None)
            // SQLite undoes a transaction by itself when the disk is full; the driver then takes it for open for ever.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .connect_with(options.clone())
            .await
            .map_err(failed(file::OPENING))?;
        let file = Arc::new(DatabaseFile::opened(&settings.path)?);
        // A connection that takes another's place later must not make a new file where the database has gone.
        let options = options.create_if_missing(false);
        writer.set_connect_options(options.clone());
        crate::migrate::upgrade_sqlite(&writer).await?;
        drop(turn);
        let readers = SqlitePoolOptions::new()
            .min_connections(0)
            .max_connections(settings.readers)
            .idle_timeout(Duration::from_mins(1))
            .connect_with(options.read_only(true))
            .await
            .map_err(failed("open the database for reading"))?;
        let crash = settings.crash.clone();
        let store = Self {
            writer,
            readers,
            file,
            crash,
            tried: Arc::default(),
            moment: Moment(settings.clock.clone()),
            grouped: Arc::default(),
            announced: watch::Sender::new(()),
        };
        store.claim_instance().await?;
        Ok(store)
    }

    /// Closes every connection; the write-ahead log is folded in.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Whether a file is there at all.
    pub fn exists(path: &Path) -> bool {
        path.is_file()
    }

    /// The id of this very database: what is derived from it carries the id, so that it is never taken for another's.
    pub async fn instance_id(&self) -> Result<String> {
        sqlx::query_scalar("select instance_id from instance where one = 1")
            .fetch_one(&self.readers)
            .await
            .map_err(failed("read which database this is"))
    }

    /// The one connection that writes, to the file that was opened or not at all.
    pub(super) async fn writer(&self, doing: &'static str) -> Result<PoolConnection<Sqlite>> {
        self.file.check(doing)?;
        self.writer.acquire().await.map_err(failed(doing))
    }

    /// A connection that reads.
    pub(super) async fn reader(&self, doing: &'static str) -> Result<PoolConnection<Sqlite>> {
        self.readers.acquire().await.map_err(failed(doing))
    }

    /// Marks a fresh database as Daybook's; refuses one that belongs to something else. Only a fresh one is written to:
    /// a command that looks must not wait for whoever writes.
    async fn claim_instance(&self) -> Result<()> {
        let doing = "read whose database this is";
        let whose = "select application from instance where one = 1";
        let known: Option<String> =
            sqlx::query_scalar(whose).fetch_optional(&self.readers).await.map_err(failed(doing))?;
        let application = if let Some(known) = known {
            known
        } else {
            sqlx::query(
                "insert into instance (one, application, instance_id, created_at)
                 values (1, 'daybook', lower(hex(randomblob(16))), unixepoch() * 1000000)
                 on conflict (one) do nothing",
            )
            .execute(&self.writer)
            .await
            .map_err(failed(doing))?;
            sqlx::query_scalar::<_, String>(whose).fetch_one(&self.writer).await.map_err(failed(doing))?
        };
        if application == "daybook" {
            return Ok(());
        }
        Err(StoreError::Unreadable { doing, what: format!("it belongs to `{application}`") })
    }
}

//! Brings a database to the schema of this release. Migrations are hand-written pairs; applied ones are checked by sum.

use std::fs::File;
use std::path::Path;

use daybook_core::ports::store::StoreError;
use sqlx::SqlitePool;
use sqlx::migrate::{MigrateError, Migrator};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// The newest revision of the schema that this release knows.
fn newest() -> i64 {
    SQLITE.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// Whether this release has just that migration.
pub(crate) fn knows(version: i64, checksum: &[u8]) -> bool {
    SQLITE.iter().any(|migration| {
        migration.version == version
            && !migration.migration_type.is_down_migration()
            && migration.checksum.as_ref() == checksum
    })
}

/// Refuses a schema that a newer release has made.
pub(crate) fn refuse_newer(doing: &'static str, applied: i64) -> Result<(), StoreError> {
    let newest = newest();
    if applied <= newest {
        return Ok(());
    }
    let what = format!(
        "its schema is at revision {applied}, and this release knows revisions up to {newest}: use the newer release \
         that wrote it, or restore the backup that was made before that"
    );
    Err(StoreError::Unreadable { doing, what })
}

/// Waits until no other process makes this database or changes its schema; the turn lasts as long as the file is held.
/// Two that make one at once would meet a lock for which SQLite does not wait.
pub(crate) async fn turn(database: &Path) -> Result<File, StoreError> {
    let doing = "take its turn to open the database";
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Failed { doing, source };
    let lock_path = database.with_extension("migrate-lock");
    tokio::task::spawn_blocking(move || {
        let file = File::options().write(true).create(true).truncate(false).open(lock_path)?;
        file.lock()?;
        Ok::<File, std::io::Error>(file)
    })
    .await
    .map_err(|error| failed(error.into()))?
    .map_err(|error| failed(error.into()))
}

/// Applies what is missing.
pub(crate) async fn upgrade_sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    let doing = "bring the database to this release's schema";
    let result = SQLITE.run(pool).await;
    if let Err(MigrateError::VersionMissing(version)) = result {
        refuse_newer(doing, version)?;
    }
    result.map_err(|error| StoreError::Failed { doing, source: Box::new(error) })
}

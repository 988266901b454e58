//! Brings a database to the schema of this release. Migrations are hand-written pairs; applied ones are checked by sum.

use std::fs::File;
use std::path::Path;

use daybook_core::ports::store::StoreError;
use sqlx::SqlitePool;
use sqlx::migrate::Migrator;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// Applies what is missing. Processes that start at once take turns, by a lock on a file beside the database.
pub(crate) async fn upgrade_sqlite(pool: &SqlitePool, database: &Path) -> Result<(), StoreError> {
    let doing = "bring the database to this release's schema";
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Failed { doing, source };
    let lock_path = database.with_extension("migrate-lock");
    let lock = tokio::task::spawn_blocking(move || {
        let file = File::create(lock_path)?;
        file.lock()?;
        Ok::<File, std::io::Error>(file)
    })
    .await
    .map_err(|error| failed(error.into()))?
    .map_err(|error| failed(error.into()))?;
    let result = SQLITE.run(pool).await.map_err(|error| failed(error.into()));
    drop(lock);
    result
}

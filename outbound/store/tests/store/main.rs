//! The store contract on every dialect, and what is peculiar to one.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod budget;
mod disk;
mod opening;
mod sqlite;

use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};

/// A connection beside the store's own, as another program would have it.
async fn beside(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).create_if_missing(true).connect().await.unwrap()
}

//! The contract of budgets on a SQLite file that two stores share.

use std::sync::Arc;

use daybook_core::ports::budget::Budget;
use daybook_core::ports::clock::Clock;
use daybook_store::sqlite::{Settings, SqliteBudget, SqliteStore};
use daybook_testkit::budget_contract;
use daybook_testkit::contract::budget::Two;
use daybook_testkit::manual_clock::ManualClock;
use tempfile::TempDir;

async fn open() -> (Two, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings::at(folder.path().join("daybook.db"));
    let clock = Arc::new(ManualClock::at("2026-11-24T15:00:00Z"));
    let (one, other) = (budget(&settings, &clock).await, budget(&settings, &clock).await);
    (Two { one, other, clock }, folder)
}

async fn budget(settings: &Settings, clock: &Arc<ManualClock>) -> Arc<dyn Budget> {
    let store = SqliteStore::open(settings).await.unwrap();
    Arc::new(SqliteBudget::new(store, Arc::clone(clock) as Arc<dyn Clock>))
}

budget_contract!(open);

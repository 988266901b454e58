//! Verbs: one thing that Daybook does, a file each. `ls` is the feature list.

pub mod check_health;
pub mod follow_store;
pub mod index_documents;
pub mod keep_fresh;
pub mod keep_schedule;
pub mod plan_backfill;
pub mod read_document;
pub mod run_backfill;
pub mod search;
pub mod settle_job;
pub mod start_backfill;
pub mod watch_backfills;
pub mod watch_jobs;
pub mod watch_sources;

//! Rows: the only crate with SQL. One file a dialect and a noun; the same functions in the same order in each dialect.

mod announced;
pub mod crash;
mod grouped;
pub mod migrate;
pub mod sqlite;

//! The store contract on every dialect, and what is peculiar to one.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod sqlite;

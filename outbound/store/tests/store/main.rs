//! The store contract on every dialect, and what is peculiar to one.

mod sqlite;

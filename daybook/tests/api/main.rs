//! Whole requests through a whole Daybook, against simulated vendors over HTTP; and the rules of the house.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

mod backfill;
mod commands;
mod eval;
mod faults;
mod house;
mod kills;
mod pages;
mod search;
mod sources;
mod test_app;
mod upkeep;

//! The simulated vendors over real HTTP: what a vendor promises, what goes wrong on demand, and what the world holds.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

mod edits;
mod faults;
mod notion;
mod paging;
mod permissions;
mod real_data;
mod tempo;
mod vendors;
mod world;

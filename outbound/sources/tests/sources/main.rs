//! The connectors against vendors that keep their contract and vendors that do not.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

mod fireflies;
mod jira;
mod notion;
mod tempo;
mod vendor;

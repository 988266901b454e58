//! The connectors against vendors that keep their contract and vendors that do not.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

mod notion;
mod vendor;

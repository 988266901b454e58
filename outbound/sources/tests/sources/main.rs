//! The Jira connector against vendors that keep their contract and vendors that do not.

#![expect(clippy::unwrap_used, reason = "what surrounds a test may fail like the test itself")]

mod adf;
mod limits;
mod paging;
mod promise;
mod real_data;
mod records;
mod sizes;
mod spent;
mod survey;
mod tempo;
mod troubles;
mod vendor;

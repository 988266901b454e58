//! The vendors whose history Daybook reads, behind one polite HTTP client.

mod bounded;
pub mod http;
pub mod jira;
pub mod notion;
mod object;
mod page_size;
mod time;

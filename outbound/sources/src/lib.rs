//! The vendors whose history Daybook reads, behind one polite HTTP client.

mod bounded;
pub mod http;
pub mod jira;
mod object;
mod page_size;
pub mod tempo;
mod time;

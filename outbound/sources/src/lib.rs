//! The vendors whose history Daybook reads, behind one polite HTTP client.

pub mod http;
pub mod jira;

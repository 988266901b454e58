//! The simulated Notion.

mod asking;
mod reading;

//! The simulated Notion.

mod asking;
mod edits;
mod faults;
mod permissions;
mod queries;
mod reading;
mod real_data;
mod versions;
mod world;

//! Nouns: plain data and its rules. The list of files is Daybook's vocabulary.

pub mod account;
pub mod audience;
pub mod backfill;
pub mod census;
pub mod document;
pub mod fault;
pub mod hit;
pub mod job;
pub mod pace;
pub mod passage;
pub mod schedule;
pub mod source;
pub mod worklog;

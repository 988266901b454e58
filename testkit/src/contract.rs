//! Contracts: one set of facts for each port, run against every adapter of it.

pub mod budget;
pub mod store;

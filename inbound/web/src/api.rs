//! The routes for programs; wire types stand beside their handler.

pub(crate) mod backfill;
pub(crate) mod documents;
pub(crate) mod health;
pub(crate) mod search;
pub(crate) mod sources;
pub(crate) mod spec;

//! The vendor's query language, as much of it as readers of a site need.

mod lexer;
mod meaning;
mod parser;

pub(crate) use meaning::{Order, Query};

/// Reads a question and gives it its meaning on this site for this caller.
pub(crate) use meaning::read;

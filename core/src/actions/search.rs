//! Answers a question (being built).

//! Questions that the core asks the world: one small trait a file.

pub mod budget;
pub mod clock;
pub mod embedder;
pub mod keywords;
pub mod source;
pub mod store;
pub mod vectors;

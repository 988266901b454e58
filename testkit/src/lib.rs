//! What every adapter must do (`contract`), and the fakes for what is outside our walls.

pub mod contract;
pub mod embedder;
pub mod manual_clock;
pub mod sample;
pub mod source;

//! What Daybook knows (`model`), needs (`ports`) and does (`actions`). No input or output happens here:
//! no runtime, no database, no network, no clock. Inside: actions > ports > model, never back.

pub mod actions;
pub mod model;
pub mod ports;

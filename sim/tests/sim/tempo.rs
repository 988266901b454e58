//! The simulated Tempo.

mod asking;
mod edits;
mod faults;
mod lists;
mod permissions;
mod real_data;
mod world;

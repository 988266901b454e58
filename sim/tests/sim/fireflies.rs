//! The simulated Fireflies.

mod asking;
mod company;
mod edits;
mod faults;
mod limits;
mod lists;
mod permissions;
mod real_data;

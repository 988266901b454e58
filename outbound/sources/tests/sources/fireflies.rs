//! The Fireflies connector.

mod happy;
mod house;

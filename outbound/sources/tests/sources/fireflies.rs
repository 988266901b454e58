//! The Fireflies connector against a simulated vendor, a scripted one, and real meetings.

mod census;
mod changes;
mod faults;
mod happy;
mod history;
mod house;
mod limits;
mod open;
mod permissions;
mod real_data;
mod script;
mod shape;

//! The Notion connector, against the simulated workspace and against vendors that answer as a test says.

mod census;
mod changes;
mod documents;
mod faults;
mod happy;
mod house;
mod items;
mod lists;
mod real_data;
mod resume;
mod rights;
mod script;
mod sizes;

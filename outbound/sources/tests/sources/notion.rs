//! The Notion connector, against the simulated workspace and against vendors that answer as a test says.

mod happy;
mod house;

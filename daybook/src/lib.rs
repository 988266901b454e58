//! The door: settings, assembly, commands. It joins the wings and holds no rules of its own.

pub mod assemble;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod ended;
pub mod output;
pub mod parts;
pub mod progress;
pub mod telemetry;

//! The outside world as stateful servers: simulated vendors over a made-up company or over files of real records. It
//! knows the vendors only, and keeps a ledger of what it served and holds, so that others can be judged by it.

mod control;
mod faults;
mod jira;
mod json;
mod ledger;
mod notion;
mod records;
mod reply;
mod server;
mod settings;
mod spoiled;
mod tempo;
mod vendor;
pub mod world;

pub use server::{Running, start};
pub use settings::{Clock, Settings, SimError, WorldChoice};
pub use world::{World, questions};

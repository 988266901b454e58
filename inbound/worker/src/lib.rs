//! The queue's way in: claims jobs, runs them, keeps their leases, and brings this process's indexes up to date.

mod claim;
mod execute;
mod follow;
mod heartbeat;
mod leases;
mod schedule;
mod settle;

pub use claim::{Settings, Worker};
pub use execute::Actions;
pub use follow::follow;
pub use schedule::schedule;

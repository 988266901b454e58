//! The HTTP way in: API and pages over the same actions.

mod api;
mod declared;
mod dress;
mod extract;
mod guard;
mod headers;
mod pages;
mod problem;
mod question;
mod router;
mod serve;
mod state;
mod trace;
mod wording;

pub use api::spec::openapi;
pub use guard::Guard;
pub use router::{Route, router, routes};
pub use serve::{Settings, serve, serve_with};
pub use state::{Access, State, Visitors};

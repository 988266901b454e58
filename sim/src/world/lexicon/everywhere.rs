//! What happens in every product: failures, chores, wishes and requests that only differ in what they are about.

mod chores;
mod failures;
mod requests;
mod wishes;

pub(crate) use chores::CHORES;
pub(crate) use failures::FAILURES;
pub(crate) use requests::REQUESTS;
pub(crate) use wishes::WISHES;

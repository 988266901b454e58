//! `pages/{id}/markdown`: the whole page in one answer, apart from what Markdown cannot say.

use super::ask::{Answer, Ask};
use super::problem::Problem;

pub(super) fn page(_ask: &Ask<'_>, _id: &str) -> Answer {
    Err(Problem::NoRoute)
}

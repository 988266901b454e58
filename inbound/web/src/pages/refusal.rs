//! What people see instead of what they asked for.

use askama::Template;
use axum::response::Response;

use crate::problem::{Code, Problem};

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    heading: &'static str,
    problem: &'a Problem,
    request_id: &'a str,
    is_locked: bool,
}

/// The page of a refusal.
pub(crate) fn page(problem: &Problem, request_id: &str) -> Response {
    let heading = match problem.code {
        Code::Unauthorized => "Visitors may not read here",
        Code::Forbidden => "This is not for you to see",
        Code::Missing => "There is nothing here",
        Code::TooMany => "A little slower, please",
        Code::Unavailable => "Daybook cannot answer right now",
        Code::Broken => "Daybook failed at this",
        Code::Invalid => "This request makes no sense",
    };
    let is_locked = problem.code == Code::Unauthorized;
    super::page(problem.status, &RefusalPage { heading, problem, request_id, is_locked })
}

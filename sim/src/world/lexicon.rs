//! What the company works on, in words: its products with their parts, what goes wrong there, what was decided there.

mod bill;
mod carg;
mod desk;
mod everywhere;
mod harb;
mod places;
mod plat;
mod quay;
mod secu;
mod tide;

pub(crate) use everywhere::{CHORES, FAILURES, REQUESTS, WISHES};
pub(crate) use places::{BROWSERS, PORTS, VESSELS};

/// What the company works on; one Jira project each.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) category: Category,
    /// The display name of who leads it.
    pub(crate) lead: &'static str,
    /// Only the inner circle sees it.
    pub(crate) closed: bool,
    pub(crate) parts: &'static [Part],
    pub(crate) initiatives: &'static [Initiative],
    pub(crate) failures: &'static [Failure],
}

/// What kind of work a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Products,
    Foundations,
    Customers,
}

/// A part of a product, and what stands in it: singular, without an article.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) things: &'static [&'static str],
}

/// Something bigger that was wanted, decided and done.
#[derive(Debug)]
pub(crate) struct Initiative {
    /// The part of the product.
    pub(crate) part: &'static str,
    pub(crate) name: &'static str,
    /// A sentence.
    pub(crate) problem: &'static str,
    /// Continues "we decided to".
    pub(crate) decision: &'static str,
    /// Continues "because".
    pub(crate) because: &'static str,
    /// Continues "rather than".
    pub(crate) against: &'static str,
    /// A sentence against the decision.
    pub(crate) objection: &'static str,
    /// A sentence that answers it.
    pub(crate) reply: &'static str,
    /// What had to be done, as titles.
    pub(crate) steps: &'static [&'static str],
    /// A sentence on what came of it.
    pub(crate) result: &'static str,
    /// What somebody asks who was not there.
    pub(crate) question: &'static str,
}

/// Something that goes wrong. `{Thing}`, `{thing}`, `{port}`, `{vessel}`, `{browser}`, `{n}`, `{m}` and `{version}`
/// are filled in.
#[derive(Debug)]
pub(crate) struct Failure {
    /// A title.
    pub(crate) seen: &'static str,
    /// The same in other words, by somebody who did not look for the first.
    pub(crate) again: &'static str,
    /// A clause: "because".
    pub(crate) cause: &'static str,
    /// An infinitive: "to".
    pub(crate) cure: &'static str,
}

/// Something small to do.
#[derive(Debug)]
pub(crate) struct Chore {
    /// A title.
    pub(crate) title: &'static str,
    /// A sentence.
    pub(crate) why: &'static str,
    /// When it counts as done.
    pub(crate) done_when: [&'static str; 2],
}

/// What somebody who uses the product wants.
#[derive(Debug)]
pub(crate) struct Wish {
    /// A title.
    pub(crate) title: &'static str,
    pub(crate) who: &'static str,
    /// Continues "I want to".
    pub(crate) want: &'static str,
    /// Continues "so that".
    pub(crate) so_that: &'static str,
}

/// What a customer asks the desk, and what it answers.
#[derive(Debug)]
pub(crate) struct Request {
    /// A title.
    pub(crate) title: &'static str,
    pub(crate) words: &'static str,
    pub(crate) answer: &'static str,
    /// A note that the customer does not see.
    pub(crate) internal: &'static str,
}

/// The desk's place in [`PROJECTS`].
pub(crate) const DESK: usize = 6;
/// The place of security in [`PROJECTS`].
pub(crate) const SECURITY: usize = 7;
/// The place of the platform in [`PROJECTS`].
pub(crate) const PLATFORM: usize = 5;

pub(crate) const PROJECTS: [&Project; 8] = [
    &harb::PROJECT,
    &bill::PROJECT,
    &tide::PROJECT,
    &quay::PROJECT,
    &carg::PROJECT,
    &plat::PROJECT,
    &desk::PROJECT,
    &secu::PROJECT,
];

//! Which pages the company has: a handbook, a page for each project, and what was decided, specified, learned and
//! talked about there.

use super::super::page::Parent;
use super::{DIVIDED, Dress, Roll, sources};
use crate::world::calendar::{DAY, HOUR, MINUTE, at_work};
use crate::world::{Chance, Outcome, PROJECTS, Role};

/// Pages that every workspace has.
const FIXED: usize = 1 + PROJECTS.len();
/// In a hundred, how many of the other pages are about a piece of work; the rest are notes of meetings.
const DOCUMENTS: usize = 60;
/// Every so many meetings there is a review that lists those before it.
pub(super) const REVIEW_EVERY: usize = 8;
/// The place on the page of a project of what is folded away.
pub(super) const OLDER: u32 = 1;

/// What a page tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Handbook,
    Top { project: usize },
    Decision { place: u32, row: usize },
    Idea { place: u32, row: usize },
    Plan { place: u32 },
    Postmortem { place: u32 },
    Meeting { row: usize },
}

impl Told {
    /// The list in which it is a row.
    pub(super) fn roll(self) -> Option<Roll> {
        match self {
            Self::Meeting { .. } => Some(Roll::Meetings),
            Self::Decision { .. } => Some(Roll::Decisions),
            Self::Idea { .. } => Some(Roll::Ideas),
            _ => None,
        }
    }

    pub(super) fn emoji(self) -> &'static str {
        match self {
            Self::Handbook => "📘",
            Self::Top { .. } => "⚓",
            Self::Decision { .. } => "⚖️",
            Self::Idea { .. } => "💡",
            Self::Plan { .. } => "🗺️",
            Self::Postmortem { .. } => "🧯",
            Self::Meeting { .. } => "🗒️",
        }
    }
}

/// A page, before anything is told on it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) told: Told,
    /// The project that it belongs to.
    pub(super) project: usize,
    pub(super) parent: Parent,
    pub(super) title: String,
    pub(super) created: i64,
    pub(super) edited: i64,
    pub(super) by: usize,
    pub(super) editor: usize,
}

/// All pages, in the order of their numbers.
pub(super) fn entries(dress: &Dress, pages: usize) -> Vec<Entry> {
    if pages == 0 {
        return Vec::new();
    }
    let mut entries = fixed(dress);
    let left = pages.saturating_sub(FIXED);
    let documents = documents(dress, left * DOCUMENTS / 100);
    let meetings = left - documents.len().min(left);
    let mut rows = [[0; 2]; PROJECTS.len()];
    for told in documents {
        let entry = document(dress, told, &mut rows);
        entries.push(entry);
    }
    // The first project meets twice as often.
    for project in 0..PROJECTS.len() {
        let shares = if project == 0 { 2 } else { 1 };
        let many = meetings * shares / (PROJECTS.len() + 1);
        entries.extend((0..many).map(|row| meeting(dress, project, row, many)));
    }
    entries
}

fn fixed(dress: &Dress) -> Vec<Entry> {
    let world = &dress.world;
    let entry = |told, project: usize, title: &str, days: i64| Entry {
        told,
        project,
        parent: Parent::Workspace,
        title: title.to_owned(),
        created: world.began() + HOUR,
        edited: world.now() - days * DAY - 5 * HOUR,
        by: world.lead(project),
        editor: world.lead(project),
    };
    let tops = PROJECTS.iter().enumerate().map(|(project, about)| {
        let days = 3 + i64::try_from(project).unwrap_or_default() * 19;
        entry(Told::Top { project }, project, about.name, days)
    });
    [entry(Told::Handbook, crate::world::PLATFORM, "How we work", 41)].into_iter().chain(tops).collect()
}

/// Pieces of work that have a page, evenly taken from all that could have one.
fn documents(dress: &Dress, most: usize) -> Vec<Told> {
    let world = &dress.world;
    let places = 0_u32..u32::try_from(world.len()).unwrap_or(u32::MAX);
    let all: Vec<Told> = places
        .filter_map(|place| {
            let piece = world.piece(place);
            let told = match piece.role {
                Role::Decision => Told::Decision { place, row: 0 },
                Role::Epic => Told::Plan { place },
                Role::Postmortem => Told::Postmortem { place },
                _ if usize::from(piece.project) == DIVIDED => Told::Idea { place, row: 0 },
                _ => return None,
            };
            let course = world.course(place);
            let refused = course.outcome == Some(Outcome::Declined);
            // Nobody writes into the open what Jira shows to few.
            (!course.restricted && (refused || !matches!(told, Told::Idea { .. }))).then_some(told)
        })
        .collect();
    let most = most.min(all.len());
    (0..most).map(|step| all[step * all.len() / most]).collect()
}

fn document(dress: &Dress, told: Told, rows: &mut [[usize; 2]; PROJECTS.len()]) -> Entry {
    let world = &dress.world;
    let (Told::Decision { place, .. }
    | Told::Idea { place, .. }
    | Told::Plan { place }
    | Told::Postmortem { place }) = told
    else {
        return fixed(dress).remove(0);
    };
    let (piece, course) = (world.piece(place), world.course(place));
    let project = usize::from(piece.project);
    let mut next = |list: usize| {
        rows[project][list] += 1;
        rows[project][list] - 1
    };
    let last = world.now() - MINUTE;
    let is_old = piece.created < world.now() - 300 * DAY;
    let top = u32::try_from(project + 1).unwrap_or_default();
    let (told, parent) = match told {
        Told::Decision { .. } => (
            Told::Decision { place, row: next(0) },
            Parent::Source(dress.source_id(project, Roll::Decisions)),
        ),
        Told::Idea { .. } => {
            (Told::Idea { place, row: next(1) }, Parent::Source(dress.source_id(project, Roll::Ideas)))
        }
        // What is old is folded away: its parent is a block.
        _ if is_old => (told, Parent::Block(dress.mint.id(top, OLDER))),
        _ => (told, Parent::Page(dress.top(project))),
    };
    let created = (piece.created + 20 * MINUTE).min(last);
    Entry {
        told,
        project,
        parent,
        title: world.title(place),
        created,
        edited: course.updated.clamp(created, last.max(created)),
        by: course.reporter,
        editor: course.assignee.unwrap_or(course.reporter),
    }
}

fn meeting(dress: &Dress, project: usize, row: usize, many: usize) -> Entry {
    let world = &dress.world;
    let mut chance = Chance::of(dress.seed, &[41, project as u64, row as u64]);
    let span = world.now() - world.began() - DAY;
    let (done, all) = (i64::try_from(row + 1).unwrap_or(1), i64::try_from(many + 1).unwrap_or(2));
    let last = world.now() - 3 * HOUR;
    let at = at_work(world.began() + span / all * done, &mut chance).min(last);
    let created = at.div_euclid(30 * MINUTE) * 30 * MINUTE;
    let edited = created + chance.between(35, 160) * MINUTE;
    Entry {
        told: Told::Meeting { row },
        project,
        parent: Parent::Source(dress.source_id(project, Roll::Meetings)),
        title: format!("{} {} {}", PROJECTS[project].name, sources::meeting(row), sources::day(created)),
        created,
        edited: edited.min(world.now() - MINUTE),
        by: world.lead(project),
        editor: world.lead(project),
    }
}

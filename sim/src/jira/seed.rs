//! Jira's dress for the made-up company. An issue is written when it is asked for: what is held of it is the little
//! that searching needs.

pub(super) mod adf;
mod fields;
pub(super) mod nouns;
mod past;

use std::sync::Arc;

use chrono_tz::Tz;

use super::issue::{Facts, Issue};
use super::site::{Project, Site};
use crate::world::{PROJECTS, Reach, World};

/// The first id of an issue.
const FIRST_ID: u64 = 10_000;

/// The company as Jira shows it.
#[derive(Debug)]
pub(crate) struct Dress {
    world: Arc<World>,
    url: String,
    zone: Tz,
    /// People as JSON, by place.
    people: Vec<String>,
    /// Projects as JSON, as issues carry them.
    projects: Vec<String>,
}

/// Where an issue comes from.
#[derive(Debug, Clone)]
pub(crate) struct Born {
    pub(crate) dress: Arc<Dress>,
    pub(crate) place: u32,
}

/// Puts all of the company's work on the site.
pub(crate) fn fill(site: &mut Site, world: &Arc<World>) {
    let dress = Arc::new(Dress::new(Arc::clone(world), &site.url, site.zone));
    for (place, project) in PROJECTS.iter().enumerate() {
        site.add_project(Project {
            id: nouns::project_id(place).to_string(),
            key: project.key.to_owned(),
            name: project.name.to_owned(),
            lead: dress.people.get(world.lead(place)).cloned(),
            json: nouns::described(place, &dress.projects[place]),
        });
        if project.closed {
            site.close_project(project.key);
        }
    }
    for place in (0_u32..).take(world.len()) {
        site.put(dress.issue(place));
    }
    site.world = Some(Arc::clone(world));
}

impl Dress {
    fn new(world: Arc<World>, url: &str, zone: Tz) -> Self {
        let people = world.people().iter().map(|person| nouns::person(person, url)).collect();
        let projects = (0..PROJECTS.len()).map(|place| nouns::project(place, url)).collect();
        Self { world, url: url.to_owned(), zone, people, projects }
    }

    fn issue(self: &Arc<Self>, place: u32) -> Issue {
        let (piece, course) = (self.world.piece(place), self.world.course(place));
        let facts = Facts {
            id: id(place),
            project: PROJECTS[usize::from(piece.project)].key.to_owned(),
            number: u64::from(piece.number),
            created: piece.created,
            updated: course.updated,
            status: nouns::status_name(course.stage()).to_lowercase(),
            category: nouns::category_key(course.stage()).to_owned(),
            restricted: course.restricted,
            guarded: course.notes.iter().any(|note| note.reach != Reach::Everybody),
        };
        Issue::born(facts, Born { dress: Arc::clone(self), place })
    }

    fn address(&self, what: &str, id: impl std::fmt::Display) -> String {
        format!("{}/rest/api/3/{what}/{id}", self.url)
    }

    fn time(&self, moment: i64) -> String {
        super::moment::written(moment, self.zone)
    }
}

/// The id of a piece of work. Some were deleted long ago: their ids are missing.
pub(super) fn id(place: u32) -> u64 {
    FIRST_ID + u64::from(place) + u64::from(place) / 9
}

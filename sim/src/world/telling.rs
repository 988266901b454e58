//! Tells about a piece of work: its title, its description and what people wrote below it.

mod bugs;
mod hours;
mod incidents;
mod notes;
mod requests;
mod titles;
mod undertakings;
mod wishes;

use super::plot::Role;
use super::scene::Scene;
use super::text::Block;
use super::{Chance, Course, Note, Purpose, World};

impl World {
    /// The title of a piece of work.
    pub(crate) fn title(&self, place: u32) -> String {
        titles::of(&Scene::of(self, place))
    }

    /// The name of the part of the product, if the piece belongs to the product that it is about.
    pub(crate) fn part(&self, place: u32) -> Option<&'static str> {
        let scene = Scene::of(self, place);
        (usize::from(self.piece(place).project) == self.story_of(place).project).then_some(scene.part.name)
    }

    /// Words under which it is filed.
    pub(crate) fn labels(&self, place: u32) -> Vec<String> {
        let (scene, mut chance) = (Scene::of(self, place), Chance::of(self.seed, &[4, u64::from(place)]));
        let mut labels = Vec::new();
        if chance.percent(45) {
            labels.push(scene.part.name.to_lowercase().replace([' ', '\''], "-"));
        }
        let usual: &[&str] = match self.piece(place).role {
            Role::Bug | Role::Finding => {
                &["regression", "customer-reported", "data-loss", "flaky", "quick-win"]
            }
            Role::Chore | Role::Subtask => &["debt", "quick-win", "docs", "good-first-issue"],
            Role::Request => &["season", "vip", "how-to", "billing-question"],
            Role::Epic | Role::Decision => &["roadmap", "adr", "quarter-goal"],
            _ => &["season", "accessibility", "performance", "ux"],
        };
        if chance.percent(40) {
            labels.push((chance.pick(usual)).to_owned());
        }
        labels
    }

    /// What is written below the title.
    pub(crate) fn description(&self, place: u32) -> Vec<Block> {
        let scene = Scene::of(self, place);
        let mut chance = Chance::of(self.seed, &[5, u64::from(place)]);
        match self.piece(place).role {
            Role::Bug | Role::Finding => bugs::description(&scene, &mut chance),
            Role::Duplicate => bugs::again(&scene, &mut chance),
            Role::Epic => undertakings::epic(&scene, &mut chance),
            Role::Decision => undertakings::decision(&scene, &mut chance),
            Role::Step => undertakings::step(&scene, &mut chance),
            Role::Rollout => undertakings::rollout(&scene, &mut chance),
            Role::Retrospective => undertakings::retrospective(&scene, &mut chance),
            Role::Chore | Role::Subtask => wishes::chore(&scene, &mut chance),
            Role::Wish => wishes::wish(&scene, &mut chance),
            Role::Incident => incidents::incident(&scene, &mut chance),
            Role::Postmortem => incidents::postmortem(&scene, &mut chance),
            Role::Request => requests::request(&scene, &mut chance),
        }
    }

    /// What somebody wrote; `number` is the note's place among all of the piece.
    pub(crate) fn told(&self, place: u32, course: &Course, number: usize, note: &Note) -> Vec<Block> {
        let scene = Scene::of(self, place);
        let purpose = [6, u64::from(place), u64::try_from(number).unwrap_or(0)];
        notes::told(&scene, course, note, &mut Chance::of(self.seed, &purpose))
    }

    /// What somebody wrote beside their hours; `number` makes it unlike others. Nothing is often enough.
    pub(crate) fn spent(&self, place: u32, purpose: Purpose, number: u64) -> Option<String> {
        let scene = Scene::of(self, place);
        hours::spent(&scene, purpose, &mut Chance::of(self.seed, &[22, u64::from(place), number]))
    }
}

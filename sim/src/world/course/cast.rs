//! Who does what: people of a team by skill, as long as they are there.

use crate::world::calendar::DAY;
use crate::world::chance::Chance;
use crate::world::lexicon::{PROJECTS, Project};
use crate::world::people::{Person, Skill};

/// The teams by skill, and until when each of them is there.
#[derive(Debug)]
pub(crate) struct Cast {
    /// By team: who it is, what they can, and the last moment at which they are there.
    teams: Vec<Vec<(usize, Skill, i64)>>,
    leads: Vec<usize>,
}

impl Cast {
    pub(crate) fn new(people: &[Person], now: i64) -> Self {
        let lead =
            |project: &&Project| people.iter().position(|person| person.name == project.lead).unwrap_or(0);
        let mut cast =
            Self { teams: vec![Vec::new(); PROJECTS.len()], leads: PROJECTS.iter().map(lead).collect() };
        for (place, person) in people.iter().enumerate() {
            let until = person.left.map_or(i64::MAX, |days| now - days * DAY);
            cast.teams[person.team].push((place, person.skill, until));
        }
        cast
    }

    /// Somebody of the team with one of the skills, the first being the likeliest; its lead if there is nobody.
    pub(crate) fn somebody(&self, project: usize, skills: &[Skill], at: i64, chance: &mut Chance) -> usize {
        let team = &self.teams[project];
        let wanted = skills[chance.below(skills.len() + 1).min(skills.len() - 1)];
        let fitting = |skill: Skill| team.iter().filter(move |(_, has, until)| *has == skill && *until > at);
        let count = fitting(wanted).count();
        let chosen = fitting(wanted).nth(chance.below(count));
        chosen.map_or(self.leads[project], |(place, _, _)| *place)
    }

    /// Who leads the team.
    pub(crate) fn lead(&self, team: usize) -> usize {
        self.leads[team]
    }
}

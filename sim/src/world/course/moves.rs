//! From stage to stage.

use super::{Move, Outcome, Stage, Teller};
use crate::world::calendar::{DAY, HOUR, MINUTE};
use crate::world::people::Skill;
use crate::world::plot::Role;

/// The moves that are still being made up.
struct Way {
    at: i64,
    moves: Vec<Move>,
}

impl Teller<'_> {
    /// The moves until now, and how it will have ended once they are over.
    pub(super) fn moves(&mut self) -> (Vec<Move>, Option<Outcome>) {
        let mut way = Way { at: self.piece.created, moves: Vec::new() };
        let outcome = match self.piece.role {
            Role::Request => Some(self.request(&mut way)),
            Role::Incident => Some(self.incident(&mut way)),
            Role::Epic => Some(self.epic(&mut way)),
            Role::Duplicate => self.duplicate(&mut way),
            _ => self.work(&mut way),
        };
        let quiet = self.world.now - 3 * MINUTE;
        way.moves.retain(|step| step.at < quiet);
        (way.moves, outcome)
    }

    fn step(&mut self, way: &mut Way, low: i64, high: i64, to: Stage, by: usize) {
        way.at = self.later(way.at, low, high);
        way.moves.push(Move { at: way.at, by, to });
    }

    fn work(&mut self, way: &mut Way) -> Option<Outcome> {
        let quick = matches!(self.piece.role, Role::Decision | Role::Postmortem | Role::Retrospective);
        let fate = if quick { 99 } else { self.chance.below(100) };
        let owner = self.assignee;
        match fate {
            // It never began, and one day somebody said so.
            0..7 => {
                let by = self.world.cast.lead(usize::from(self.piece.project));
                self.step(way, 40 * DAY, 220 * DAY, Stage::Done, by);
                let bug = matches!(self.piece.role, Role::Bug | Role::Finding);
                return Some(if bug && self.chance.percent(60) {
                    Outcome::NotSeenAgain
                } else {
                    Outcome::Declined
                });
            }
            // It still waits.
            7..12 => return None,
            _ => {}
        }
        self.step(way, 2 * HOUR, if quick { DAY } else { 9 * DAY }, Stage::Working, owner);
        if self.chance.percent(13) {
            self.step(way, 4 * HOUR, 4 * DAY, Stage::Blocked, owner);
            self.step(way, 8 * HOUR, 11 * DAY, Stage::Working, owner);
        }
        self.step(way, 3 * HOUR, 7 * DAY, Stage::Reviewing, owner);
        if self.chance.percent(16) {
            let by = self.somebody(&[Skill::Tester, Skill::Builder], way.at);
            self.step(way, 2 * HOUR, DAY, Stage::Working, by);
            self.step(way, 2 * HOUR, 2 * DAY, Stage::Reviewing, owner);
        }
        let by = self.somebody(&[Skill::Tester, Skill::Builder, Skill::Product], way.at);
        self.step(way, HOUR, 3 * DAY, Stage::Done, by);
        if self.chance.percent(5) && !quick {
            let reporter = self.reporter;
            self.step(way, 2 * DAY, 25 * DAY, Stage::Working, reporter);
            self.step(way, 3 * HOUR, 5 * DAY, Stage::Done, owner);
        }
        Some(Outcome::Done)
    }

    fn epic(&mut self, way: &mut Way) -> Outcome {
        let owner = self.assignee;
        self.step(way, 4 * HOUR, 4 * DAY, Stage::Working, owner);
        way.at = self.story.ends;
        self.step(way, 2 * DAY, 14 * DAY, Stage::Done, owner);
        Outcome::Done
    }

    fn duplicate(&mut self, way: &mut Way) -> Option<Outcome> {
        let by = self.somebody(&[Skill::Tester, Skill::Builder, Skill::Product], way.at);
        // Without an original there is nothing to point to.
        if self.piece.other.is_none() {
            return self.work(way);
        }
        self.step(way, HOUR, 4 * DAY, Stage::Done, by);
        Some(Outcome::Duplicate)
    }

    /// Night and weekends too.
    fn incident(&mut self, way: &mut Way) -> Outcome {
        let owner = self.assignee;
        for (low, high, to) in [(3, 25, Stage::Working), (40, 560, Stage::Reviewing), (30, 300, Stage::Done)]
        {
            way.at += self.chance.between(low * MINUTE, high * MINUTE);
            way.moves.push(Move { at: way.at, by: owner, to });
        }
        Outcome::Done
    }

    fn request(&mut self, way: &mut Way) -> Outcome {
        let owner = self.assignee;
        self.step(way, 10 * MINUTE, 6 * HOUR, Stage::Working, owner);
        if self.chance.percent(45) {
            self.step(way, 20 * MINUTE, 20 * HOUR, Stage::WithCustomer, owner);
            self.step(way, HOUR, 3 * DAY, Stage::Working, owner);
        }
        self.step(way, 30 * MINUTE, 2 * DAY, Stage::Solved, owner);
        self.step(way, 5 * DAY, 6 * DAY, Stage::Closed, owner);
        if self.chance.percent(4) { Outcome::Declined } else { Outcome::Done }
    }
}

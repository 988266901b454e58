//! Who says something, and when.

use super::{Gist, Move, Note, Outcome, Reach, Stage, Teller};
use crate::world::calendar::{DAY, HOUR, MINUTE};
use crate::world::people::Skill;
use crate::world::plot::{Kind, Role};

/// Entries in the log of an incident about which everybody wrote.
const LONG_LOG: (i64, i64) = (112, 148);

impl Teller<'_> {
    /// Everything that is said, in no order, some of it later than now.
    pub(super) fn notes(&mut self, moves: &[Move], outcome: Option<Outcome>) -> Vec<Note> {
        let mut notes = Vec::new();
        match self.piece.role {
            Role::Epic => self.about_epic(&mut notes),
            Role::Decision => self.about_decision(&mut notes),
            Role::Incident => self.log(&mut notes),
            Role::Request => self.with_customer(&mut notes, moves),
            Role::Duplicate if outcome == Some(Outcome::Duplicate) => {
                if let Some(end) = moves.last() {
                    self.say(&mut notes, end.at - MINUTE, end.by, Gist::Same);
                }
            }
            Role::Retrospective | Role::Postmortem => self.about_lessons(&mut notes),
            _ => self.about_work(&mut notes, moves, outcome),
        }
        notes
    }

    fn say(&mut self, notes: &mut Vec<Note>, at: i64, by: usize, gist: Gist) {
        let reach = match (gist, self.chance.below(100)) {
            (Gist::DeskOnly, _) => Reach::Internal,
            (Gist::Cause | Gist::Progress, 0..4) => Reach::Developers,
            _ => Reach::Everybody,
        };
        let changed = self.chance.percent(5).then(|| at + self.chance.between(2 * MINUTE, 50 * MINUTE));
        let changed = changed.filter(|changed| *changed < self.world.now - 2 * MINUTE);
        notes.push(Note { at, by, gist, reach, changed });
    }

    /// A question, and often an answer within two days.
    fn asked(&mut self, notes: &mut Vec<Note>, after: i64) {
        let at = self.later(after, HOUR, 3 * DAY);
        let by = self.somebody(&[Skill::Product, Skill::Tester, Skill::Builder], at);
        self.say(notes, at, by, Gist::Question);
        if self.chance.percent(85) {
            let at = self.later(at, 15 * MINUTE, 2 * DAY);
            let lead = self.world.cast.lead(usize::from(self.piece.project));
            let others = [self.assignee, self.reporter, lead];
            let by = others.into_iter().find(|person| *person != by).unwrap_or(lead);
            self.say(notes, at, by, Gist::Answer);
        }
    }

    fn about_work(&mut self, notes: &mut Vec<Note>, moves: &[Move], outcome: Option<Outcome>) {
        let (created, owner) = (self.piece.created, self.assignee);
        let trouble = matches!(self.piece.role, Role::Bug | Role::Finding | Role::Duplicate);
        if self.chance.percent(38) {
            self.asked(notes, created);
        }
        if self.chance.percent(24) {
            let at = self.later(created, 2 * HOUR, 4 * DAY);
            let by = self.somebody(&[Skill::Tester, Skill::Builder], at);
            self.say(notes, at, by, Gist::Reference);
        }
        for (place, step) in moves.iter().enumerate() {
            let before = if place == 0 { created } else { moves[place - 1].at };
            self.around_move(notes, (before, *step), trouble, outcome);
        }
        let ended = moves.last().filter(|last| last.to.is_end()).map(|last| last.at);
        if let Some(at) = ended.filter(|_| outcome == Some(Outcome::Done)) {
            if trouble && self.chance.percent(55) {
                let (at, by) = (self.later(at, 2 * HOUR, 6 * DAY), self.reporter);
                self.say(notes, at, by, Gist::Checked);
            }
            if self.chance.percent(6) {
                let at = self.later(at, 20 * DAY, 200 * DAY);
                let by = self.somebody(&[Skill::Product, Skill::Tester], at);
                self.say(notes, at, by, Gist::Lately);
            }
        }
        if moves.len() > 2 && self.chance.percent(8) {
            let at = self.later(moves[0].at, DAY, 5 * DAY);
            self.say(notes, at, owner, Gist::Actions);
        }
    }

    fn around_move(
        &mut self,
        notes: &mut Vec<Note>,
        span: (i64, Move),
        trouble: bool,
        outcome: Option<Outcome>,
    ) {
        let (before, step) = span;
        let within = before + (step.at - before) * self.chance.between(30, 95) / 100;
        let owner = self.assignee;
        match step.to {
            Stage::Reviewing if trouble => {
                if self.chance.percent(75) {
                    self.say(notes, within, owner, Gist::Cause);
                }
                self.say(notes, step.at + MINUTE, owner, Gist::Cure);
            }
            Stage::Reviewing if self.chance.percent(55) => self.say(notes, within, owner, Gist::Progress),
            Stage::Blocked => self.say(notes, step.at + MINUTE, owner, Gist::Blocked),
            Stage::Working if before > self.piece.created => {
                let back = if step.by == owner { Gist::Free } else { Gist::NotFixed };
                self.say(notes, step.at + MINUTE, step.by, back);
            }
            Stage::Done if matches!(outcome, Some(Outcome::Declined | Outcome::NotSeenAgain)) => {
                self.say(notes, step.at - MINUTE, step.by, Gist::Declined);
            }
            Stage::Done if self.chance.percent(40) => self.say(notes, within, step.by, Gist::Remark),
            _ => {}
        }
    }

    fn about_epic(&mut self, notes: &mut Vec<Note>) {
        let (begins, ends) = (self.piece.created, self.story.ends);
        if self.chance.percent(60) {
            self.asked(notes, begins);
        }
        let months = ((ends - begins) / (30 * DAY)).clamp(0, 5);
        for month in 1..=months {
            let at = self.later(begins + month * 30 * DAY, -3 * DAY, 3 * DAY);
            let by = self.assignee;
            self.say(notes, at, by, if month % 2 == 0 { Gist::Actions } else { Gist::Progress });
        }
        let (at, by) = (self.later(ends, DAY, 12 * DAY), self.assignee);
        self.say(notes, at, by, Gist::Result);
    }

    fn about_decision(&mut self, notes: &mut Vec<Note>) {
        let carried = matches!(self.story.kind, Kind::Initiative { first: Some(_), .. });
        let mut at = self.later(self.piece.created, HOUR, 8 * HOUR);
        if !carried {
            let critic = self.somebody(&[Skill::Builder, Skill::Tester], at);
            self.say(notes, at, critic, Gist::Objection);
            at = self.later(at, 20 * MINUTE, 8 * HOUR);
            let by = self.assignee;
            self.say(notes, at, by, Gist::Reply);
        }
        if self.chance.percent(60) {
            let at = self.later(at, 10 * MINUTE, 5 * HOUR);
            let by = self.somebody(&[Skill::Tester, Skill::Product, Skill::Builder], at);
            self.say(notes, at, by, Gist::Remark);
        }
        at = self.later(at, HOUR, DAY);
        let lead = self.world.cast.lead(usize::from(self.piece.project));
        self.say(notes, at, lead, Gist::Decided);
        let at = self.later(at, 5 * MINUTE, 5 * HOUR);
        let by = self.assignee;
        self.say(notes, at, by, Gist::Actions);
    }

    fn about_lessons(&mut self, notes: &mut Vec<Note>) {
        let at = self.later(self.piece.created, HOUR, DAY);
        let by = self.somebody(&[Skill::Builder, Skill::Tester], at);
        self.say(notes, at, by, Gist::Remark);
        let at = self.later(at, HOUR, 2 * DAY);
        let by = self.assignee;
        self.say(notes, at, by, Gist::Actions);
        if self.chance.percent(50) {
            self.asked(notes, at);
        }
    }

    /// Every few minutes, whatever the hour.
    fn log(&mut self, notes: &mut Vec<Note>) {
        let entries = match self.story.kind {
            Kind::Incident { long: true } => self.chance.between(LONG_LOG.0, LONG_LOG.1),
            _ => self.chance.between(4, 12),
        };
        let mut at = self.piece.created;
        for entry in 0..u16::try_from(entries).unwrap_or(u16::MAX) {
            at += self.chance.between(2 * MINUTE, 17 * MINUTE);
            let by = self.somebody(&[Skill::Builder, Skill::Builder, Skill::Lead, Skill::Tester], at);
            self.say(notes, at, by, Gist::Log(entry));
        }
        let by = self.assignee;
        self.say(notes, at + 30 * MINUTE, by, Gist::Cause);
        self.say(notes, at + 95 * MINUTE, by, Gist::Cure);
    }

    fn with_customer(&mut self, notes: &mut Vec<Note>, moves: &[Move]) {
        let owner = self.assignee;
        if self.chance.percent(45) {
            let at = self.later(self.piece.created, 5 * MINUTE, 10 * HOUR);
            let by = self.somebody(&[Skill::Builder, Skill::Product], at);
            self.say(notes, at, by, Gist::DeskOnly);
        }
        for step in moves {
            match step.to {
                Stage::WithCustomer => self.say(notes, step.at, owner, Gist::Question),
                Stage::Solved => self.say(notes, step.at - MINUTE, owner, Gist::Desk),
                Stage::Closed if self.chance.percent(40) => {
                    let (at, by) = (step.at - self.chance.between(DAY, 4 * DAY), self.reporter);
                    self.say(notes, at, by, Gist::Thanks);
                }
                _ => {}
            }
        }
        if self.chance.percent(25) {
            let at = self.later(self.piece.created, HOUR, DAY);
            self.say(notes, at, owner, Gist::Reference);
        }
    }
}

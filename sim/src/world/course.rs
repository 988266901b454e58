//! What happened to a piece of work, and when: cheap to find out, since it is found out again whenever it is asked for.

mod cast;
mod moves;
mod notes;

pub(crate) use cast::Cast;

use super::World;
use super::calendar::{DAY, HOUR, MINUTE};
use super::chance::Chance;
use super::lexicon::{PROJECTS, SECURITY};
use super::people::Skill;
use super::plot::{Piece, Role, Story};

/// Where work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Not begun.
    Waiting,
    Working,
    Blocked,
    Reviewing,
    Done,
    /// A customer has asked.
    Asked,
    /// The customer has to say something.
    WithCustomer,
    Solved,
    Closed,
}

impl Stage {
    pub(crate) fn is_end(self) -> bool {
        matches!(self, Self::Done | Self::Solved | Self::Closed)
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    Declined,
    Duplicate,
    NotSeenAgain,
}

/// A step from one stage to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) at: i64,
    pub(crate) by: usize,
    pub(crate) to: Stage,
}

/// Something that somebody said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) at: i64,
    pub(crate) by: usize,
    pub(crate) gist: Gist,
    pub(crate) reach: Reach,
    /// When it was changed, if it was.
    pub(crate) changed: Option<i64>,
}

/// Who may read a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    Everybody,
    /// Only developers.
    Developers,
    /// Not the customer.
    Internal,
}

/// What a note is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gist {
    Question,
    Answer,
    Cause,
    Cure,
    Checked,
    NotFixed,
    Blocked,
    Free,
    Reference,
    Progress,
    Remark,
    Objection,
    Reply,
    Decided,
    Actions,
    Result,
    Same,
    Declined,
    Log(u16),
    Desk,
    Thanks,
    DeskOnly,
    Lately,
}

/// All that happened to a piece of work until now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) reporter: usize,
    pub(crate) assignee: Option<usize>,
    /// When the assignee was named.
    pub(crate) assigned_at: Option<i64>,
    pub(crate) begins: Stage,
    pub(crate) moves: Vec<Move>,
    pub(crate) notes: Vec<Note>,
    pub(crate) outcome: Option<Outcome>,
    /// From 1, the highest, to 5.
    pub(crate) priority: u8,
    /// What it was before, and when somebody changed it.
    pub(crate) priority_before: Option<(u8, i64)>,
    pub(crate) points: Option<u8>,
    pub(crate) restricted: bool,
    pub(crate) updated: i64,
}

impl Course {
    pub(crate) fn stage(&self) -> Stage {
        self.moves.last().map_or(self.begins, |last| last.to)
    }

    /// The move with which it ended, if it has.
    pub(crate) fn end(&self) -> Option<Move> {
        self.moves.last().copied().filter(|last| last.to.is_end())
    }

    /// When work on it began.
    pub(crate) fn work_began(&self) -> Option<i64> {
        self.moves.iter().find(|step| step.to == Stage::Working).map(|step| step.at)
    }
}

/// What the telling of moves and notes shares.
struct Teller<'a> {
    world: &'a World,
    piece: &'a Piece,
    story: &'a Story,
    chance: Chance,
    reporter: usize,
    assignee: usize,
}

impl Teller<'_> {
    fn somebody(&mut self, skills: &[Skill], at: i64) -> usize {
        self.world.cast.somebody(usize::from(self.piece.project), skills, at, &mut self.chance)
    }

    fn later(&mut self, moment: i64, low: i64, high: i64) -> i64 {
        let later = moment + self.chance.between(low, high);
        super::calendar::at_work(later, &mut self.chance)
    }
}

/// What happened to the piece at this place.
pub(super) fn of(world: &World, place: u32) -> Course {
    let piece = world.piece(place);
    let story = world.story_of(place);
    let mut chance = Chance::of(world.seed, &[2, u64::from(place)]);
    let project = usize::from(piece.project);
    let reporters: &[Skill] = match piece.role {
        Role::Epic | Role::Wish | Role::Rollout => &[Skill::Product, Skill::Lead],
        Role::Bug | Role::Duplicate => &[Skill::Tester, Skill::Builder, Skill::Product],
        Role::Request => &[Skill::Builder, Skill::Product],
        _ => &[Skill::Builder, Skill::Lead, Skill::Tester],
    };
    let owners: &[Skill] = match piece.role {
        Role::Epic | Role::Decision => &[Skill::Lead, Skill::Product],
        Role::Retrospective | Role::Postmortem => &[Skill::Lead, Skill::Builder],
        _ => &[Skill::Builder, Skill::Builder, Skill::Tester],
    };
    // Whoever leaves within weeks is not given work any more.
    let there = piece.created + 60 * DAY;
    let reporter = world.cast.somebody(project, reporters, there, &mut chance);
    let assignee = world.cast.somebody(project, owners, there, &mut chance);
    let mut teller = Teller { world, piece, story, chance, reporter, assignee };
    let (moves, outcome) = teller.moves();
    let mut notes = teller.notes(&moves, outcome);
    let quiet = world.now - 2 * MINUTE;
    notes.retain(|note| note.at < quiet);
    notes.sort_by_key(|note| note.at);
    finished(teller, moves, notes, outcome)
}

fn finished(mut teller: Teller<'_>, moves: Vec<Move>, notes: Vec<Note>, outcome: Option<Outcome>) -> Course {
    let (piece, now) = (teller.piece, teller.world.now);
    let is_assigned = !moves.is_empty() || teller.chance.percent(40);
    let assigned_at =
        moves.first().map_or(piece.created + 30 * MINUTE, |first| first.at - MINUTE).max(piece.created);
    let priority = match (piece.role, teller.chance.below(100)) {
        (Role::Incident, _) | (_, 0..4) => 1,
        (_, 4..24) => 2,
        (_, 24..78) => 3,
        (_, 78..93) => 4,
        _ => 5,
    };
    let raised = piece.created + teller.chance.between(HOUR, 60 * HOUR);
    let priority_before = (teller.chance.percent(12) && raised < now - HOUR)
        .then_some((if priority == 3 { 4 } else { 3 }, raised))
        .filter(|(before, _)| *before != priority);
    let estimated = matches!(piece.role, Role::Step | Role::Wish | Role::Chore | Role::Bug | Role::Rollout);
    let points =
        (estimated && teller.chance.percent(70)).then(|| teller.chance.pick(&[1, 2, 2, 3, 3, 5, 5, 8, 13]));
    let secret = if PROJECTS[usize::from(piece.project)].key == PROJECTS[SECURITY].key { 45 } else { 1 };
    let restricted = teller.chance.percent(secret);
    let changes = notes.iter().map(|note| note.changed.unwrap_or(note.at));
    let updated = changes
        .chain(moves.iter().map(|step| step.at))
        .chain(priority_before.map(|(_, at)| at))
        .chain(is_assigned.then_some(assigned_at))
        .chain([piece.created])
        .max()
        .unwrap_or(piece.created);
    Course {
        reporter: teller.reporter,
        assignee: is_assigned.then_some(teller.assignee),
        assigned_at: is_assigned.then_some(assigned_at),
        begins: if piece.role == Role::Request { Stage::Asked } else { Stage::Waiting },
        outcome: outcome.filter(|_| moves.last().is_some_and(|last| last.to.is_end())),
        moves,
        notes,
        priority,
        priority_before,
        points,
        restricted,
        updated,
    }
}

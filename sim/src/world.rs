//! A made-up company: who works there, on what, what went wrong, what was decided and why. It knows no vendor; each of
//! them dresses the same people and the same work in its own way. What takes memory is the plot alone: everything that
//! is told about a piece of work follows from the seed, and is told again whenever somebody asks.

pub(crate) mod calendar;
mod chance;
mod course;
pub(crate) mod hours;
mod lexicon;
mod people;
mod plot;
mod questions;
mod scene;
mod telling;
pub(crate) mod text;

use chrono::{DateTime, Utc};

pub use self::questions::questions;

pub(crate) use self::chance::Chance;
pub(crate) use self::course::{Course, Gist, Note, Outcome, Reach, Stage};
pub(crate) use self::hours::{Hours, Purpose};
pub(crate) use self::lexicon::{Category, PLATFORM, PROJECTS, Project};
pub(crate) use self::people::Person;
pub(crate) use self::plot::{Kind, Piece, Role, Story};

use self::course::Cast;

/// The company's memory reaches so far back.
const YEARS: i64 = 3 * 365;

/// A made-up company and its history.
#[derive(Debug)]
pub struct World {
    seed: u64,
    began: i64,
    now: i64,
    people: Vec<Person>,
    cast: Cast,
    stories: Vec<Story>,
    pieces: Vec<Piece>,
    /// By project, in the order of the numbers in the keys.
    by_project: Vec<Vec<u32>>,
}

/// How one piece of work belongs to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    Duplicates,
    Blocks,
    Causes,
    Relates,
}

/// A tie as one of its ends sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tied {
    pub(crate) tie: Tie,
    /// This end is the one that duplicates, blocks or causes.
    pub(crate) outward: bool,
    pub(crate) other: u32,
    /// The same number from both ends.
    pub(crate) number: u64,
}

impl World {
    /// The same company for the same numbers on the same day: so many pieces of work, over three years that end as the
    /// day begins (UTC). A simulator that is started again is not a site where everything was edited.
    pub fn new(seed: u64, pieces: usize, now: DateTime<Utc>) -> Self {
        let now = now.timestamp_millis();
        let now = now - now.rem_euclid(calendar::DAY);
        let began = now - YEARS * calendar::DAY;
        let people = people::everybody();
        let cast = Cast::new(&people, now);
        let (stories, pieces) = plot::plot(seed, pieces, began, now);
        let mut by_project = vec![Vec::new(); PROJECTS.len()];
        for (place, piece) in (0_u32..).zip(&pieces) {
            by_project[usize::from(piece.project)].push(place);
        }
        Self { seed, began, now, people, cast, stories, pieces, by_project }
    }

    /// How many pieces of work there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether nobody has done anything.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What all chance in it comes from.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The pieces of a project, in the order in which they were created.
    pub(crate) fn of_project(&self, project: usize) -> &[u32] {
        &self.by_project[project]
    }

    /// When the company's history begins: milliseconds since 1970.
    pub(crate) fn began(&self) -> i64 {
        self.began
    }

    /// When it ends: milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    pub(crate) fn person(&self, place: usize) -> &Person {
        &self.people[place]
    }

    /// Who leads a project.
    pub(crate) fn lead(&self, project: usize) -> usize {
        self.cast.lead(project)
    }

    pub(crate) fn piece(&self, place: u32) -> &Piece {
        &self.pieces[place as usize]
    }

    pub(crate) fn story_of(&self, place: u32) -> &Story {
        &self.stories[self.piece(place).story as usize]
    }

    /// All that happened to a piece of work.
    pub(crate) fn course(&self, place: u32) -> Course {
        course::of(self, place)
    }

    /// The piece above: its epic, or the step that it is a part of.
    pub(crate) fn above(&self, place: u32) -> Option<u32> {
        let (piece, story) = (self.piece(place), self.story_of(place));
        match (piece.role, piece.other, story.kind) {
            (Role::Epic, ..) => None,
            (Role::Subtask, Some(step), _) => Some(story.pieces[usize::from(step)]),
            (_, _, Kind::Initiative { .. }) if piece.project == self.piece(story.pieces[0]).project => {
                Some(story.pieces[0])
            }
            _ => None,
        }
    }

    /// The pieces below.
    pub(crate) fn below(&self, place: u32) -> Vec<u32> {
        if self.piece(place).role != Role::Step {
            return Vec::new();
        }
        let pieces = self.story_of(place).pieces.iter().copied();
        pieces
            .filter(|other| self.piece(*other).role == Role::Subtask && self.above(*other) == Some(place))
            .collect()
    }

    /// What a piece is tied to; both ends tell the same.
    pub(crate) fn ties(&self, place: u32) -> Vec<Tied> {
        let story = self.story_of(place);
        let number = u64::from(self.piece(place).story) * 64;
        let tied = |number: u64, tie, from: u32, to: u32| {
            let end = |outward, other| Tied { tie, outward, other, number };
            if from == place { Some(end(true, to)) } else { (to == place).then(|| end(false, from)) }
        };
        let all = story.pieces.iter().zip(number..).filter_map(|(from, number)| {
            let piece = self.piece(*from);
            let other = piece.other.map(|other| story.pieces[usize::from(other)]);
            let pair = match (piece.role, other) {
                (Role::Duplicate, Some(original)) => Some((Tie::Duplicates, *from, original)),
                (Role::Bug, Some(request)) => Some((Tie::Causes, *from, request)),
                (Role::Postmortem, Some(incident)) => Some((Tie::Relates, *from, incident)),
                (Role::Decision, None) if story.pieces.len() > 2 => {
                    Some((Tie::Blocks, *from, story.pieces[2]))
                }
                (Role::Rollout, None) if piece.part > 3 => {
                    Some((Tie::Blocks, story.pieces[usize::from(piece.part) - 1], *from))
                }
                (Role::Bug, None) if matches!(story.kind, Kind::Incident { .. }) && piece.part == 1 => {
                    Some((Tie::Causes, *from, story.pieces[0]))
                }
                _ => None,
            };
            pair.and_then(|(tie, from, to)| tied(number, tie, from, to))
        });
        all.collect()
    }

    /// Another piece that was there before this one: of the same story if there is one, else of the same project.
    fn earlier(&self, place: u32, chance: &mut Chance) -> Option<u32> {
        let piece = self.piece(place);
        let same: Vec<u32> =
            self.story_of(place).pieces.iter().copied().filter(|other| *other < place).collect();
        if !same.is_empty() && chance.percent(70) {
            return Some(chance.pick(&same));
        }
        let before = usize::try_from(piece.number).unwrap_or(1) - 1;
        let all = &self.by_project[usize::from(piece.project)][..before];
        // What is recent is remembered.
        let recent = &all[all.len().saturating_sub(60)..];
        (!recent.is_empty()).then(|| chance.pick(recent))
    }

    pub(crate) fn key(&self, place: u32) -> String {
        let piece = self.piece(place);
        format!("{}-{}", PROJECTS[usize::from(piece.project)].key, piece.number)
    }
}

//! What is said in a meeting, sentence by sentence: it follows from the work that it is about, as that work stood at
//! the time.

use super::{Meeting, Occasion, small_talk};
use crate::world::calendar::DAY;
use crate::world::{Chance, World};

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Person(usize),
    Guest,
}

/// What a sentence is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saying {
    Plain,
    Question,
    Decision,
    Blocker,
    /// Somebody takes something on.
    Task,
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) by: Voice,
    pub(crate) words: String,
    pub(crate) saying: Saying,
}

/// A part of the talk that is about one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) heading: String,
    /// The place of its first sentence.
    pub(crate) first: usize,
    /// What came of it.
    pub(crate) gist: String,
}

/// Something that was taken on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    /// Nobody said that they would.
    pub(crate) owner: Option<usize>,
    pub(crate) words: String,
    /// The place of its sentence.
    pub(crate) at: usize,
}

/// All that is said in a meeting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Talk {
    pub(crate) said: Vec<Said>,
    pub(crate) points: Vec<Point>,
    pub(crate) tasks: Vec<Task>,
}

/// A talk that is being made up.
pub(super) struct Talking<'a> {
    pub(super) world: &'a World,
    pub(super) meeting: &'a Meeting,
    pub(super) present: Vec<usize>,
    pub(super) chance: Chance,
    pub(super) talk: Talk,
}

impl World {
    /// What is said in a meeting.
    pub(crate) fn talk(&self, meeting: &Meeting) -> Talk {
        let chance = Chance::of(self.seed, &[46, meeting.number]);
        let present = self.present(meeting);
        let mut talking = Talking { world: self, meeting, present, chance, talk: Talk::default() };
        talking.greet();
        for place in talking.agenda() {
            talking.discuss(place);
        }
        talking.part();
        talking.talk
    }
}

impl Talking<'_> {
    pub(super) fn chair(&self) -> usize {
        self.present.first().copied().unwrap_or_default()
    }

    /// Somebody who is there and is not this one, if there is anybody else.
    pub(super) fn other(&mut self, than: usize) -> usize {
        let others: Vec<usize> = self.present.iter().copied().filter(|who| *who != than).collect();
        if others.is_empty() { than } else { self.chance.pick(&others) }
    }

    pub(super) fn first_name(&self, who: usize) -> &'static str {
        let name = self.world.person(who).name;
        name.split(' ').next().unwrap_or(name)
    }

    pub(super) fn say(&mut self, by: Voice, saying: Saying, words: impl Into<String>) {
        let words = words.into();
        if !words.is_empty() {
            let saying =
                if saying == Saying::Plain && words.ends_with('?') { Saying::Question } else { saying };
            self.talk.said.push(Said { by, words, saying });
        }
    }

    pub(super) fn person_says(&mut self, who: usize, words: impl Into<String>) {
        self.say(Voice::Person(who), Saying::Plain, words);
    }

    fn greet(&mut self) {
        let (chair, line) = (self.chair(), self.chance.pick(&small_talk::GREETINGS));
        self.person_says(chair, line);
        for _ in 0..self.chance.below(4) {
            let (who, line) = (self.other(chair), self.chance.pick(&small_talk::ANSWERS));
            self.person_says(who, line);
        }
        if self.meeting.occasion == Occasion::Client {
            let port = self.world.port_of(self.meeting);
            let line = self.chance.pick(&small_talk::GUESTS).replace("{port}", port);
            self.say(Voice::Guest, Saying::Plain, line);
        }
        let line = match self.meeting.occasion {
            Occasion::Weekly => "Let us go through the board.",
            Occasion::Planning => "We have two weeks; let us see what fits.",
            Occasion::Retrospective => "What went well, what did not, and what do we change?",
            Occasion::Client => "Thank you for your time. You sent us a list.",
            Occasion::Incident => "This is recorded. One at a time, please.",
            Occasion::Sync => "This should not take long.",
        };
        self.person_says(chair, line);
    }

    fn part(&mut self) {
        let (chair, line) = (self.chair(), self.chance.pick(&small_talk::PARTINGS));
        self.person_says(chair, line);
        if self.meeting.occasion == Occasion::Client {
            self.say(Voice::Guest, Saying::Plain, "Thank you. I will tell the harbour master.");
        }
        let (who, line) = (self.other(chair), self.chance.pick(&small_talk::THANKS));
        self.person_says(who, line);
    }

    /// Which pieces of work are talked about: what moved lately, then whatever is recent.
    fn agenda(&mut self) -> Vec<u32> {
        let most = match self.meeting.occasion {
            Occasion::Weekly => 5 + self.chance.below(5),
            Occasion::Planning => 5 + self.chance.below(4),
            Occasion::Retrospective => 3 + self.chance.below(2),
            Occasion::Client => 2 + self.chance.below(2),
            Occasion::Incident | Occasion::Sync => 1,
        };
        if let Some(place) = self.meeting.about {
            return if self.world.course(place).restricted { Vec::new() } else { vec![place] };
        }
        let (world, at) = (self.world, self.meeting.starts);
        let there = world.pieces_before(self.meeting.project, at);
        let recent = there[there.len().saturating_sub(30)..].iter().rev().copied();
        let courses = recent.map(|place| (place, world.course(place)));
        let open: Vec<_> = courses.filter(|(_, course)| !course.restricted).collect();
        let lately = |moment: i64| moment <= at && moment > at - 8 * DAY;
        let moved: Vec<u32> = open
            .iter()
            .filter(|(_, course)| {
                course.notes.iter().any(|note| lately(note.at))
                    || course.moves.iter().any(|step| lately(step.at))
            })
            .map(|(place, _)| *place)
            .collect();
        let rest = open.iter().map(|(place, _)| *place).filter(|place| !moved.contains(place)).take(2);
        moved.iter().copied().chain(rest).take(most).collect()
    }
}

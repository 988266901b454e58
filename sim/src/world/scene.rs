//! What a piece of work is about in particular: which thing, which port, which ship. Fills the blanks of the lexicon.

use super::calendar::{fortnight, version};
use super::lexicon::{BROWSERS, FAILURES, Failure, Initiative, PORTS, PROJECTS, Part, Project, VESSELS};
use super::plot::{Kind, Role};
use super::text::Span;
use super::{Chance, World};

/// The particulars of a piece of work.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) place: u32,
    pub(crate) project: &'static Project,
    pub(crate) part: &'static Part,
    pub(crate) thing: &'static str,
    pub(crate) port: &'static str,
    pub(crate) vessel: &'static str,
    pub(crate) browser: &'static str,
    pub(crate) small: i64,
    pub(crate) large: i64,
    /// The release of the time.
    pub(crate) version: String,
}

impl<'a> Scene<'a> {
    pub(crate) fn of(world: &'a World, place: u32) -> Self {
        let (piece, story) = (world.piece(place), world.story_of(place));
        // A duplicate is about what its original is about.
        let subject = match (piece.role, piece.other) {
            (Role::Duplicate, Some(original)) => story.pieces[usize::from(original)],
            _ => place,
        };
        let mut chance = Chance::of(world.seed, &[3, u64::from(subject)]);
        let project = PROJECTS[story.project];
        // Pieces of a story stay with its part and its port, mostly.
        let own = chance.percent(75) || matches!(story.kind, Kind::Incident { .. });
        // But each roll-out after the first goes to another port.
        let own_port = own && (piece.role != Role::Rollout || piece.part == 2);
        let part = &project.parts[if own { story.part } else { chance.below(project.parts.len()) }];
        let harbour = if own_port { PORTS[story.port] } else { chance.pick(&PORTS) };
        let vessel = chance.pick(&VESSELS);
        let browser = chance.pick(&BROWSERS);
        Self {
            world,
            place,
            project,
            part,
            thing: chance.pick(part.things),
            port: harbour,
            vessel,
            browser,
            small: chance.between(3, 48),
            large: chance.between(10, 59),
            version: version(fortnight(piece.created, world.began)),
        }
    }

    /// What goes wrong here, if something does.
    pub(crate) fn failure(&self) -> &'static Failure {
        let which = usize::from(self.world.piece(self.place).which);
        let special = self.project.failures;
        special.get(which).unwrap_or_else(|| &FAILURES[(which - special.len().min(which)) % FAILURES.len()])
    }

    /// What is undertaken here.
    pub(crate) fn initiative(&self) -> Option<&'static Initiative> {
        match self.world.story_of(self.place).kind {
            Kind::Initiative { which, .. } => self.project.initiatives.get(which),
            _ => None,
        }
    }

    /// The line with its blanks filled.
    pub(crate) fn words(&self, line: &str) -> String {
        let mut words = String::with_capacity(line.len() + 24);
        let mut rest = line;
        while let Some((before, after)) = rest.split_once('{') {
            words.push_str(before);
            let Some((blank, after)) = after.split_once('}') else {
                rest = after;
                break;
            };
            match blank {
                "Thing" => words.push_str(&capitalised(self.thing)),
                "thing" => words.push_str(self.thing),
                "port" => words.push_str(self.port),
                "vessel" => words.push_str(self.vessel),
                "browser" => words.push_str(self.browser),
                "n" => words.push_str(&self.small.to_string()),
                "m" => words.push_str(&self.large.to_string()),
                "version" => words.push_str(&self.version),
                other => words.push_str(other),
            }
            rest = after;
        }
        words.push_str(rest);
        words
    }

    /// The line with its blanks filled, and what stands between backticks as code.
    pub(crate) fn spans(&self, line: &str) -> Vec<Span> {
        let words = self.words(line);
        let pieces = words.split('`').enumerate().filter(|(_, piece)| !piece.is_empty());
        pieces
            .map(
                |(place, piece)| {
                    if place % 2 == 1 { Span::Code(piece.to_owned()) } else { Span::Text(piece.to_owned()) }
                },
            )
            .collect()
    }
}

/// With a great first letter.
pub(crate) fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

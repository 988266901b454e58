//! Cuts the company's work into stories, and each story into pieces of work with the day on which they began.

use super::calendar::{DAY, HOUR, MINUTE};
use super::chance::Chance;
use super::lexicon::{CHORES, DESK, FAILURES, PLATFORM, PORTS, PROJECTS, REQUESTS, SECURITY, WISHES};

/// What a story is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something bigger; `first` is the story that decided it, if this one only carries it to another port.
    Initiative { which: usize, first: Option<u32> },
    /// Something broke in production. `long`: and everybody wrote about it.
    Incident { long: bool },
    /// Bugs, chores and wishes around one part of a product.
    Upkeep,
    /// A customer asks, and what follows from it.
    Support,
    /// Findings that not everybody may see.
    Security,
}

/// Pieces of work that belong together.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) kind: Kind,
    /// The place of the project.
    pub(crate) project: usize,
    /// The place of the part within the project.
    pub(crate) part: usize,
    /// The place of the port that it is about.
    pub(crate) port: usize,
    pub(crate) begins: i64,
    pub(crate) ends: i64,
    /// The places of its pieces, in the order of the story.
    pub(crate) pieces: Vec<u32>,
}

/// What a piece of work is within its story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Epic,
    Decision,
    Step,
    Subtask,
    Bug,
    Duplicate,
    Chore,
    Wish,
    Rollout,
    Retrospective,
    Incident,
    Postmortem,
    Request,
    Finding,
}

/// A piece of work, before anything is told about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) story: u32,
    /// Its place within the story.
    pub(crate) part: u16,
    pub(crate) role: Role,
    /// Which step, failure, chore, wish or request.
    pub(crate) which: u16,
    /// The place within the story of what it belongs to: the original, the step above, the cause.
    pub(crate) other: Option<u16>,
    pub(crate) project: u8,
    /// The number in its key.
    pub(crate) number: u32,
    pub(crate) created: i64,
}

/// Three of them come first, so that any world has something worth asking for.
const OPENING: usize = 3;
/// A step from one story to the next that covers the years evenly, however many stories there are.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// All stories and all pieces, the pieces in the order in which they were created.
pub(crate) fn plot(seed: u64, count: usize, began: i64, now: i64) -> (Vec<Story>, Vec<Piece>) {
    let mut chance = Chance::of(seed, &[1]);
    let mut stories: Vec<Story> = Vec::new();
    let mut pieces: Vec<Piece> = Vec::with_capacity(count);
    let mut told = Told::default();
    while pieces.len() < count {
        let number = stories.len();
        let (kind, project) = told.next(number, &mut chance);
        let left = count - pieces.len();
        let mut size = size(kind, &mut chance).min(left);
        if number < OPENING && count < OPENING * 30 {
            size = count.div_ceil(OPENING).clamp(1, left);
        }
        let story = framed(kind, project, number, (began, now), &mut chance);
        let drafts = drafted(&story, u32::try_from(number).unwrap_or(u32::MAX), size, now, &mut chance);
        pieces.extend(drafts);
        stories.push(story);
    }
    pieces.sort_by_key(|piece| (piece.created, piece.story, piece.part));
    if let Some(last) = pieces.last_mut() {
        last.created = now - 47 * MINUTE;
    }
    let mut numbers = [0_u32; PROJECTS.len()];
    for piece in &mut pieces {
        numbers[usize::from(piece.project)] += 1;
        piece.number = numbers[usize::from(piece.project)];
    }
    for (place, piece) in (0_u32..).zip(&pieces) {
        let places = &mut stories[piece.story as usize].pieces;
        let part = usize::from(piece.part);
        if places.len() <= part {
            places.resize(part + 1, 0);
        }
        places[part] = place;
    }
    (stories, pieces)
}

/// Which initiatives were told before, and by which story.
#[derive(Debug, Default)]
struct Told {
    initiatives: Vec<(usize, usize, u32)>,
    incidents: usize,
}

impl Told {
    fn next(&mut self, number: usize, chance: &mut Chance) -> (Kind, usize) {
        let dice = if number < OPENING { 0 } else { chance.below(100) };
        match dice {
            0..30 => self.initiative(number, chance),
            30..64 => (Kind::Upkeep, chance.below(DESK)),
            64..86 => (Kind::Support, chance.below(DESK)),
            86..95 => {
                self.incidents += 1;
                (Kind::Incident { long: self.incidents % 40 == 1 }, chance.below(PLATFORM + 1))
            }
            _ => (Kind::Security, SECURITY),
        }
    }

    fn initiative(&mut self, number: usize, chance: &mut Chance) -> (Kind, usize) {
        let (project, which) = if number < OPENING {
            (number, chance.below(PROJECTS[number].initiatives.len()))
        } else {
            let all: usize = PROJECTS.iter().map(|project| project.initiatives.len()).sum();
            let start = chance.below(all);
            // What was never told comes before what was.
            let fresh = (0..all).map(|step| located((start + step) % all)).find(|(project, which)| {
                !self.initiatives.iter().any(|told| (told.0, told.1) == (*project, *which))
            });
            fresh.unwrap_or_else(|| located(start))
        };
        let first =
            self.initiatives.iter().find(|told| (told.0, told.1) == (project, which)).map(|told| told.2);
        if first.is_none() {
            self.initiatives.push((project, which, u32::try_from(number).unwrap_or(u32::MAX)));
        }
        (Kind::Initiative { which, first }, project)
    }
}

/// The n-th initiative of all projects: its project and its place there.
fn located(mut number: usize) -> (usize, usize) {
    for (place, project) in PROJECTS.iter().enumerate() {
        if number < project.initiatives.len() {
            return (place, number);
        }
        number -= project.initiatives.len();
    }
    (0, 0)
}

fn size(kind: Kind, chance: &mut Chance) -> usize {
    match kind {
        Kind::Initiative { first: None, .. } => 16 + chance.below(20),
        Kind::Initiative { .. } => 7 + chance.below(9),
        Kind::Incident { .. } => 5 + chance.below(5),
        Kind::Upkeep => 6 + chance.below(9),
        Kind::Support => 4 + chance.below(6),
        Kind::Security => 5 + chance.below(8),
    }
}

fn framed(kind: Kind, project: usize, number: usize, (began, now): (i64, i64), chance: &mut Chance) -> Story {
    let days = match kind {
        Kind::Initiative { .. } => chance.between(55, 150),
        Kind::Incident { .. } => chance.between(9, 30),
        Kind::Upkeep => chance.between(20, 70),
        Kind::Support => chance.between(5, 25),
        Kind::Security => chance.between(25, 90),
    };
    let span = now - began - 6 * DAY;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "days need no more than a double"
    )]
    let offset = ((0.37 + number as f64 * GOLDEN).fract() * span as f64) as i64;
    let begins = began + offset;
    let part = match kind {
        Kind::Initiative { which, .. } => {
            let name = PROJECTS[project].initiatives[which].part;
            PROJECTS[project].parts.iter().position(|part| part.name == name).unwrap_or(0)
        }
        _ => chance.below(PROJECTS[project].parts.len()),
    };
    let ends = (begins + days * DAY).min(now - HOUR);
    Story { kind, project, part, port: chance.below(PORTS.len()), begins, ends, pieces: Vec::new() }
}

/// The roles of a story in turn, with what each is about.
fn drafted(story: &Story, number: u32, size: usize, now: i64, chance: &mut Chance) -> Vec<Piece> {
    let mut drafts: Vec<Piece> = Vec::with_capacity(size);
    for part in 0..size {
        let role = role(story, part, size, &drafts, chance);
        let (project, which) = subject(story, role, &drafts, chance);
        let before =
            |wanted: Role| drafts.iter().rev().find(|draft| draft.role == wanted).map(|draft| draft.part);
        let other = match role {
            Role::Duplicate => before(Role::Bug).or_else(|| before(Role::Finding)),
            Role::Subtask => before(Role::Step),
            Role::Bug if matches!(story.kind, Kind::Support) => before(Role::Request),
            Role::Postmortem => before(Role::Incident),
            _ => None,
        };
        let (which, project) = match (role, other) {
            // The same trouble in the same place, told by somebody else.
            (Role::Duplicate, Some(original)) => {
                let original = &drafts[usize::from(original)];
                (original.which, original.project)
            }
            _ => (which, u8::try_from(project).unwrap_or(0)),
        };
        drafts.push(Piece {
            story: number,
            part: u16::try_from(part).unwrap_or(u16::MAX),
            role,
            which,
            other,
            project,
            number: 0,
            created: created(story, role, part, size, now, chance),
        });
    }
    // What belongs to something was created after it.
    for part in 0..drafts.len() {
        if let Some(other) = drafts[part].other {
            let earliest = drafts[usize::from(other)].created + 20 * MINUTE;
            drafts[part].created = drafts[part].created.max(earliest).min(now - 50 * MINUTE);
        }
    }
    drafts
}

fn role(story: &Story, part: usize, size: usize, drafts: &[Piece], chance: &mut Chance) -> Role {
    let steps = drafts.iter().filter(|draft| draft.role == Role::Step).count();
    let has_bug = drafts.iter().any(|draft| matches!(draft.role, Role::Bug | Role::Finding));
    match (story.kind, part) {
        (Kind::Initiative { .. }, 0) => Role::Epic,
        (Kind::Initiative { .. }, 1) => Role::Decision,
        (Kind::Initiative { first: Some(_), .. }, 2) => Role::Rollout,
        (Kind::Initiative { .. }, last) if last + 1 == size && size > 8 => Role::Retrospective,
        (Kind::Initiative { first, which }, _) => {
            let all = PROJECTS[story.project].initiatives[which].steps.len();
            if first.is_none() && steps < all && (part < 4 || chance.percent(60)) {
                return Role::Step;
            }
            match chance.below(100) {
                0..14 if steps > 0 => Role::Subtask,
                14..46 => Role::Bug,
                46..54 if has_bug => Role::Duplicate,
                54..74 => Role::Chore,
                74..92 => Role::Wish,
                _ => Role::Rollout,
            }
        }
        (Kind::Incident { .. }, 0) => Role::Incident,
        (Kind::Incident { .. }, 1) | (Kind::Upkeep, 0) => Role::Bug,
        (Kind::Incident { .. }, 2) => Role::Postmortem,
        (Kind::Incident { .. }, _) => chance.pick(&[Role::Bug, Role::Chore, Role::Request, Role::Chore]),
        (Kind::Upkeep, _) => match chance.below(100) {
            0..40 => Role::Bug,
            40..52 => Role::Duplicate,
            52..78 => Role::Chore,
            _ => Role::Wish,
        },
        (Kind::Support, 0) => Role::Request,
        (Kind::Support, _) => match chance.below(100) {
            0..70 => Role::Request,
            70..90 => Role::Bug,
            90..95 if has_bug => Role::Duplicate,
            _ => Role::Wish,
        },
        (Kind::Security, 0) => Role::Finding,
        (Kind::Security, _) => match chance.below(100) {
            0..60 => Role::Finding,
            60..66 if has_bug => Role::Duplicate,
            _ => Role::Chore,
        },
    }
}

/// The project of a piece, and what it is about there.
fn subject(story: &Story, role: Role, drafts: &[Piece], chance: &mut Chance) -> (usize, u16) {
    let number = |number: usize| u16::try_from(number).unwrap_or(0);
    let own = story.project;
    match role {
        Role::Step => {
            let before = drafts.iter().filter(|draft| draft.role == Role::Step).count();
            (own, number(before))
        }
        Role::Bug | Role::Finding | Role::Duplicate | Role::Incident => {
            let special = PROJECTS[own].failures.len();
            // What only happens in this product is told more often than its share.
            let which = if chance.percent(35) {
                chance.below(special)
            } else {
                special + chance.below(FAILURES.len())
            };
            (own, number(which))
        }
        Role::Chore | Role::Subtask => (own, number(chance.below(CHORES.len()))),
        Role::Wish => (own, number(chance.below(WISHES.len()))),
        Role::Request => (DESK, number(chance.below(REQUESTS.len()))),
        Role::Epic | Role::Decision | Role::Rollout | Role::Retrospective | Role::Postmortem => (own, 0),
    }
}

/// Early things early, late things late, and all of them within the story.
fn created(story: &Story, role: Role, part: usize, size: usize, now: i64, chance: &mut Chance) -> i64 {
    let lasts = (story.ends - story.begins).max(HOUR);
    let along = i64::try_from(part * 100 / size.max(1)).unwrap_or(0);
    let percent = match role {
        Role::Epic | Role::Incident => 0,
        Role::Decision => 3,
        Role::Step => 6 + along / 2,
        Role::Postmortem => 12,
        Role::Retrospective => 97,
        Role::Rollout => 65 + chance.between(0, 25),
        _ => (15 + along * 3 / 4).min(95) + chance.between(-6, 5),
    };
    let moment = story.begins + lasts * percent.max(0) / 100 + chance.between(0, lasts / 60 + HOUR);
    let moment = if role == Role::Incident { moment } else { super::calendar::at_work(moment, chance) };
    if moment > now - 50 * MINUTE { now - chance.between(50 * MINUTE, 30 * HOUR) } else { moment }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_162_532_123;

    fn plotted(count: usize) -> (Vec<Story>, Vec<Piece>) {
        plot(1, count, NOW - 1_095 * DAY, NOW)
    }

    #[test]
    fn there_are_as_many_pieces_as_were_asked_for() {
        for count in [0, 1, 2, 7, 60, 1_000] {
            let (stories, pieces) = plotted(count);
            assert_eq!(pieces.len(), count);
            assert_eq!(stories.iter().map(|story| story.pieces.len()).sum::<usize>(), count);
        }
    }

    #[test]
    fn history_spans_three_years_and_ends_within_the_hour() {
        let (_, pieces) = plotted(1_000);
        assert!(pieces.is_sorted_by_key(|piece| piece.created));
        let (first, last) = (pieces[0].created, pieces[999].created);
        assert!((NOW - 1_095 * DAY..NOW - 1_070 * DAY).contains(&first));
        assert!(last < NOW && last > NOW - HOUR);
    }

    #[test]
    fn what_belongs_to_something_came_after_it() {
        let (stories, pieces) = plotted(2_000);
        for piece in &pieces {
            if let Some(other) = piece.other {
                let place = stories[piece.story as usize].pieces[usize::from(other)];
                assert!(pieces[place as usize].created <= piece.created);
            }
        }
    }
}

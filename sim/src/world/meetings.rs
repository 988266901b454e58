//! When the company meets, who comes, and about which work. A meeting is small; what is said in it follows from the
//! seed, and is told again whenever somebody asks.

mod discussed;
mod small_talk;
mod talk;

use chrono::{DateTime, Datelike as _};

use super::calendar::{DAY, HOUR, MINUTE, at_work, fortnight};
use super::lexicon::{DESK, PORTS, PROJECTS};
use super::people::Skill;
use super::{Chance, Role, World};

pub(crate) use talk::{Said, Saying, Talk, Voice};

/// Why people meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    Weekly,
    Planning,
    Retrospective,
    /// With somebody from outside.
    Client,
    Incident,
    /// Two or three of a team about one piece of work.
    Sync,
}

/// A meeting, before anything is told about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Meeting {
    pub(crate) occasion: Occasion,
    pub(crate) project: usize,
    /// Milliseconds since 1970.
    pub(crate) starts: i64,
    /// The piece of work that it is about, if it is about one.
    pub(crate) about: Option<u32>,
    /// No other meeting of this company has it.
    pub(crate) number: u64,
}

/// Somebody from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guest {
    pub(crate) name: &'static str,
    pub(crate) email: String,
}

/// No meeting is longer.
const LONGEST: i64 = 95 * MINUTE;
/// A step from one meeting to the next that covers the years evenly.
const GOLDEN: f64 = 0.618_033_988_749_895;
const GUESTS: [&str; 16] = [
    "Ines Carvalho",
    "Bjarne Mikkelsen",
    "Agnete Rask",
    "Willem de Groot",
    "Siobhan Keane",
    "Tuomas Salo",
    "Mathilde Roux",
    "Krzysztof Baran",
    "Greta Ólafsdóttir",
    "Iain MacLeod",
    "Renske Bakker",
    "Aksel Thorsen",
    "Paulo Teixeira",
    "Līga Ozola",
    "Jurgis Petrauskas",
    "Hedda Moen",
];

impl World {
    /// The latest meetings, so many of them, oldest first: all are over when the history ends.
    pub(crate) fn meetings(&self, count: usize) -> Vec<Meeting> {
        let mut all = Vec::new();
        for project in 0..PROJECTS.len() {
            self.regular(project, &mut all);
        }
        self.incidents(&mut all);
        all.retain(|meeting| meeting.starts > self.began + 10 * DAY && meeting.starts + LONGEST < self.now);
        self.syncs(count.saturating_sub(all.len()), &mut all);
        all.sort_by_key(|meeting| (meeting.starts, meeting.number));
        all.split_off(all.len().saturating_sub(count))
    }

    /// Whatever comes back every week, every fortnight or every month.
    fn regular(&self, project: usize, all: &mut Vec<Meeting>) {
        let place = i64::try_from(project).unwrap_or_default();
        let mut begins = fortnight(self.began, self.began).begins;
        while begins < self.now {
            let number = fortnight(begins, self.began).number;
            let mut chance = Chance::of(self.seed, &[40, project as u64, begins.unsigned_abs()]);
            let mut add = |occasion, day: i64, time: i64| {
                let starts = begins - 8 * HOUR + day * DAY + time;
                if !is_feast(starts) && !chance.percent(4) {
                    all.push(meeting(occasion, project, starts, None));
                }
            };
            for week in [0, 7] {
                let day = week + (place * 2 + 1) % 5;
                add(Occasion::Weekly, day, 8 * HOUR + place * 35 * MINUTE);
            }
            add(Occasion::Planning, 0, 13 * HOUR + place * 20 * MINUTE);
            if (number + place) % 2 == 0 {
                add(Occasion::Retrospective, 11, 12 * HOUR + place * 20 * MINUTE);
            }
            if project <= DESK && (number + place) % 3 == 0 {
                add(Occasion::Client, 2 + place % 3, 14 * HOUR + place * 10 * MINUTE);
            }
            begins += 14 * DAY;
        }
    }

    /// Everybody who is awake, whatever the hour.
    fn incidents(&self, all: &mut Vec<Meeting>) {
        for place in (0_u32..).take(self.len()).filter(|place| self.piece(*place).role == Role::Incident) {
            let piece = self.piece(place);
            let starts = (piece.created + 12 * MINUTE).div_euclid(MINUTE) * MINUTE;
            all.push(meeting(Occasion::Incident, usize::from(piece.project), starts, Some(place)));
        }
    }

    fn syncs(&self, count: usize, all: &mut Vec<Meeting>) {
        let span = self.now - self.began - 12 * DAY;
        for number in 0..count {
            let mut chance = Chance::of(self.seed, &[42, number as u64]);
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "days need no more than a double"
            )]
            let offset = ((number as f64 * GOLDEN).fract() * span as f64) as i64;
            let starts =
                at_work(self.began + 10 * DAY + offset, &mut chance).div_euclid(5 * MINUTE) * 5 * MINUTE;
            let starts =
                starts.min(self.now - LONGEST - MINUTE - i64::try_from(number).unwrap_or(0) * MINUTE);
            let project = chance.below(PROJECTS.len());
            let about = self.latest(project, starts, &mut chance);
            // Two teams of one project can sit together at the same time.
            let own = chance.number();
            all.push(Meeting { number: own, ..meeting(Occasion::Sync, project, starts, about) });
        }
    }

    /// One of the latest pieces of a project that were there.
    fn latest(&self, project: usize, at: i64, chance: &mut Chance) -> Option<u32> {
        let there = self.pieces_before(project, at);
        let recent = &there[there.len().saturating_sub(12)..];
        (!recent.is_empty()).then(|| chance.pick(recent))
    }

    /// The pieces of a project that were there at a moment, oldest first.
    fn pieces_before(&self, project: usize, at: i64) -> &[u32] {
        let all = &self.by_project[project];
        &all[..all.partition_point(|place| self.piece(*place).created < at)]
    }

    /// Who is there, the one who called the meeting first.
    pub(crate) fn present(&self, meeting: &Meeting) -> Vec<usize> {
        let mut chance = Chance::of(self.seed, &[43, meeting.number]);
        let lead = self.lead(meeting.project);
        let mut team: Vec<usize> =
            self.staff(meeting.starts).filter(|who| self.person(*who).team == meeting.project).collect();
        team.retain(|who| *who != lead);
        let mut present = vec![lead];
        match meeting.occasion {
            Occasion::Weekly | Occasion::Planning | Occasion::Retrospective => {
                present.extend(team.iter().filter(|_| chance.percent(85)));
                if chance.percent(20) {
                    let others: Vec<usize> = self.staff(meeting.starts).collect();
                    present.push(chance.pick(&others));
                }
            }
            Occasion::Client => {
                let faces = team.iter().filter(|who| self.person(**who).skill == Skill::Product);
                present.extend(faces);
                if chance.percent(60) && !team.is_empty() {
                    present.push(chance.pick(&team));
                }
            }
            Occasion::Incident => {
                let course = meeting.about.map(|place| self.course(place));
                let called = course.iter().flat_map(|course| {
                    [Some(course.reporter), course.assignee]
                        .into_iter()
                        .flatten()
                        .chain(course.notes.iter().map(|note| note.by))
                });
                present.extend(called.take(12));
            }
            Occasion::Sync => {
                let course = meeting.about.map(|place| self.course(place));
                present = course.iter().filter_map(|course| course.assignee).collect();
                let first = chance.below(team.len().max(1));
                present.extend(team.iter().cycle().skip(first).take(2.min(team.len())));
                present.push(lead);
                present.truncate(3);
            }
        }
        let there: Vec<usize> = self.staff(meeting.starts).collect();
        let mut seen = Vec::new();
        for who in present {
            if there.contains(&who) && !seen.contains(&who) {
                seen.push(who);
            }
        }
        seen
    }

    /// Who comes from outside.
    pub(crate) fn guest(&self, meeting: &Meeting) -> Option<Guest> {
        if meeting.occasion != Occasion::Client {
            return None;
        }
        let port = Chance::of(self.seed, &[44, meeting.number]).below(PORTS.len());
        let name = GUESTS[port % GUESTS.len()];
        let first = plain(name.split(' ').next().unwrap_or(name));
        Some(Guest { name, email: format!("{first}@{}.example", plain(PORTS[port])) })
    }

    /// The port that a meeting with somebody from outside is about.
    pub(crate) fn port_of(&self, meeting: &Meeting) -> &'static str {
        PORTS[Chance::of(self.seed, &[44, meeting.number]).below(PORTS.len())]
    }

    /// Those who were there at a moment.
    pub(crate) fn staff(&self, at: i64) -> impl Iterator<Item = usize> {
        let there = move |who: &usize| self.person(*who).left.is_none_or(|days| self.now - days * DAY > at);
        (0..self.people.len()).filter(there)
    }
}

fn meeting(occasion: Occasion, project: usize, starts: i64, about: Option<u32>) -> Meeting {
    let about_number = about.map_or(0, |place| u64::from(place) + 1);
    let purpose = [occasion as u64, project as u64, starts.unsigned_abs(), about_number];
    Meeting { occasion, project, starts, about, number: Chance::of(45, &purpose).number() }
}

/// Between Christmas and New Year nobody meets.
fn is_feast(moment: i64) -> bool {
    DateTime::from_timestamp_millis(moment).is_some_and(|day| day.month() == 12 && day.day() > 23)
}

/// Letters without marks, for addresses.
fn plain(name: &str) -> String {
    let letter = |letter: char| match letter {
        'ö' | 'ø' | 'ó' | 'õ' => 'o',
        'ł' => 'l',
        'ä' | 'å' | 'ā' | 'á' => 'a',
        'é' | 'ė' | 'ē' => 'e',
        'ī' | 'í' => 'i',
        'ú' | 'ū' | 'ü' => 'u',
        'ń' => 'n',
        'ð' => 'd',
        ' ' => '-',
        other => other,
    };
    name.to_lowercase()
        .chars()
        .map(letter)
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const NOW: i64 = 1_795_162_532_123;

    fn world(pieces: usize) -> World {
        World::new(1, pieces, DateTime::from_timestamp_millis(NOW).unwrap())
    }

    #[test]
    fn there_are_as_many_meetings_as_were_asked_for_and_all_are_over() {
        let world = world(400);
        for count in [0, 1, 450, 3_000, 5_000] {
            let meetings = world.meetings(count);
            assert_eq!(meetings.len(), count);
            let numbers: BTreeSet<_> = meetings.iter().map(|meeting| meeting.number).collect();
            assert_eq!(numbers.len(), count);
            assert!(meetings.iter().all(|meeting| meeting.starts + LONGEST < world.now()));
            assert!(meetings.iter().all(|meeting| !world.present(meeting).is_empty()));
        }
    }

    #[test]
    fn weeklies_come_back_every_week_at_the_same_hour() {
        let world = world(100);
        let mut starts: Vec<_> = world
            .meetings(2_000)
            .into_iter()
            .filter(|meeting| (meeting.occasion, meeting.project) == (Occasion::Weekly, 0))
            .map(|meeting| meeting.starts)
            .collect();
        starts.dedup();
        assert!(starts.len() > 60);
        assert!(starts.windows(2).all(|pair| (pair[1] - pair[0]) % (7 * DAY) == 0));
    }

    #[test]
    fn guests_have_addresses_without_marks() {
        let world = world(100);
        let meetings = world.meetings(2_000);
        let guests: Vec<_> = meetings.iter().filter_map(|meeting| world.guest(meeting)).collect();
        assert!(guests.len() > 50 && guests.iter().all(|guest| guest.email.is_ascii()));
    }
}

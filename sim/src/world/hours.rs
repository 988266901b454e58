//! What people spent their hours on: it follows from the course of the work, from each person's zone and from the days
//! on which they work. Incidents alone keep nobody's office hours.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Timelike as _};
use chrono_tz::Tz;

use super::calendar::{DAY, HOUR, MINUTE};
use super::lexicon::PROJECTS;
use super::{Chance, Gist, Role, Stage, World};

/// Somebody's time on a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hours {
    pub(crate) who: usize,
    pub(crate) place: u32,
    pub(crate) purpose: Purpose,
    /// By the worker's own calendar.
    pub(crate) day: NaiveDate,
    /// Seconds since midnight on the worker's wall.
    pub(crate) start: u32,
    pub(crate) seconds: u32,
    /// When it was written down: milliseconds since 1970.
    pub(crate) written: i64,
    /// When it was corrected last, or written.
    pub(crate) changed: i64,
}

/// What the time was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Build,
    Review,
    Talk,
    Plan,
    Incident,
}

/// Days during which somebody is busy with a piece of work.
#[derive(Debug, Clone, Copy)]
struct Stint {
    who: usize,
    place: u32,
    purpose: Purpose,
    from: NaiveDate,
    until: NaiveDate,
    /// The very moment at which it began.
    began: i64,
}

/// Nobody sits on a piece of work for longer without a pause.
const LONGEST: TimeDelta = TimeDelta::days(21);
/// So far ahead do people write down what they will do.
const AHEAD: TimeDelta = TimeDelta::days(5);

impl World {
    /// All hours that were written down until now, oldest first; at most so many a day and person.
    pub(crate) fn hours(&self, most: usize) -> Vec<Hours> {
        let mut teams: Vec<Vec<Stint>> = vec![Vec::new(); PROJECTS.len()];
        for place in (0_u32..).take(self.len()) {
            self.stints(place, |team, stint| teams[team].push(stint));
        }
        let mut hours = Vec::new();
        for (team, mut stints) in teams.into_iter().enumerate() {
            stints.sort_by_key(|stint| (stint.from, stint.place, stint.who));
            self.team_hours(team, &stints, most, &mut hours);
        }
        hours.sort_by_key(|one| (one.written, one.who, one.place, one.start));
        hours
    }

    /// Who was busy with a piece of work, and when.
    fn stints(&self, place: u32, mut take: impl FnMut(usize, Stint)) {
        let (piece, course) = (self.piece(place), self.course(place));
        let purpose = match piece.role {
            Role::Epic => Purpose::Plan,
            Role::Incident => Purpose::Incident,
            Role::Decision | Role::Postmortem | Role::Retrospective => Purpose::Talk,
            _ => Purpose::Build,
        };
        let mut add = |who: usize, purpose, began: i64, ended: i64| {
            let zone = self.zone_of(who);
            let (from, until) = (local_day(began, zone), local_day(ended, zone));
            let until = if purpose == Purpose::Plan { until } else { until.min(from + LONGEST) };
            take(self.person(who).team, Stint { who, place, purpose, from, until, began });
        };
        let owner = course.assignee;
        if let (Some(owner), Some(began)) = (owner, course.work_began()) {
            add(
                owner,
                purpose,
                began,
                course.end().map_or(self.now + AHEAD.num_milliseconds(), |end| end.at),
            );
        }
        for step in course.moves.iter().filter(|step| Some(step.by) != owner && step.to != Stage::Blocked) {
            add(step.by, Purpose::Review, step.at, step.at);
        }
        let by_others = course.notes.iter().filter(|note| Some(note.by) != owner);
        for note in by_others.filter(|note| note.gist != Gist::Same).take(4) {
            let purpose = if matches!(note.gist, Gist::Log(_)) { Purpose::Incident } else { Purpose::Review };
            add(note.by, purpose, note.at, note.at);
        }
    }

    fn team_hours(&self, team: usize, stints: &[Stint], most: usize, hours: &mut Vec<Hours>) {
        // Whoever left no trace in the work itself is not known to those who look for names there.
        let seen: BTreeSet<_> = stints.iter().map(|stint| stint.who).collect();
        let members: Vec<_> = seen.into_iter().filter(|who| self.person(*who).team == team).collect();
        let mut rest = stints.iter().peekable();
        let mut active: Vec<Stint> = Vec::new();
        let (first, last) = (local_day(self.began, Tz::UTC), local_day(self.now, Tz::UTC) + AHEAD);
        for day in first.iter_days().take_while(|day| *day <= last) {
            active.retain(|stint| stint.until >= day);
            while let Some(stint) = rest.next_if(|stint| stint.from <= day) {
                active.push(*stint);
            }
            for who in &members {
                let mut chance = Chance::of(self.seed, &[20, *who as u64, number(day)]);
                for stint in active.iter().filter(|stint| stint.who == *who && stint.from == day) {
                    if stint.purpose == Purpose::Incident {
                        let time = local_time(stint.began, self.zone_of(*who));
                        let length = quarters(&mut chance, 2, 16);
                        self.write(stint, *who, (day, time, length), &mut chance, hours);
                    }
                }
                if self.works(*who, day, &mut chance) {
                    self.day_of_work(*who, day, &active, most, &mut chance, hours);
                }
            }
        }
    }

    /// Whether it is one of the person's working days: not a weekend, not a holiday, and before they left.
    fn works(&self, who: usize, day: NaiveDate, chance: &mut Chance) -> bool {
        let week = day.iso_week();
        let week = u64::from(week.week()) * 10_000 + u64::from(week.year().unsigned_abs());
        let away = Chance::of(self.seed, &[21, who as u64, week]).percent(9);
        let feast = day.month() == 12 && (24..=31).contains(&day.day());
        day.weekday().num_days_from_monday() < 5 && !feast && !away && !chance.percent(3)
    }

    fn day_of_work(
        &self,
        who: usize,
        day: NaiveDate,
        active: &[Stint],
        most: usize,
        chance: &mut Chance,
        hours: &mut Vec<Hours>,
    ) {
        let mine = |stint: &&Stint| stint.who == who && stint.purpose != Purpose::Incident;
        let own: Vec<_> = active.iter().filter(mine).collect();
        // Those of others began on another day of their calendar; a day later they have begun everywhere.
        let others: Vec<_> =
            active.iter().filter(|stint| stint.who != who && stint.from < day && stint.until > day).collect();
        let pieces = i64::try_from(most.max(1)).unwrap_or(2);
        let (count, mut left) = (chance.between(1, pieces), chance.between(26, 33));
        let mut time = u32::try_from(chance.between(32, 38)).unwrap_or(36) * 900;
        for number in 0..count {
            let chosen = match (own.is_empty(), others.is_empty(), chance.below(100)) {
                (false, _, 0..80) | (false, true, _) => *chance.pick(&own),
                (_, false, _) => aside(*chance.pick(&others)),
                _ => return,
            };
            let quarters = if number + 1 == count { left } else { chance.between(2, left - 2).max(2) };
            left = (left - quarters).max(3);
            let seconds = u32::try_from(quarters.max(1)).unwrap_or(4) * 900;
            // Now and then somebody sits down again at night, which can be the next day elsewhere.
            let when = match chance.below(100) {
                0..3 if number > 0 => (day, 20 * 3_600 + seconds % 7_200, seconds.min(5_400)),
                _ => (day, time, seconds),
            };
            self.write(&chosen, who, when, chance, hours);
            time += seconds + if number == 0 { 2_700 } else { 0 };
        }
    }

    /// Enters hours, unless nobody has written them down yet or the person has left.
    fn write(
        &self,
        stint: &Stint,
        who: usize,
        (day, start, seconds): (NaiveDate, u32, u32),
        chance: &mut Chance,
        hours: &mut Vec<Hours>,
    ) {
        let zone = self.zone_of(who);
        let left = self.person(who).left.map_or(i64::MAX, |days| self.now - days * DAY);
        let ended = moment(day, start, zone) + i64::from(seconds) * 1_000;
        let late = match chance.below(100) {
            0..3 => chance.between(8 * DAY, 40 * DAY),
            3..18 => i64::from(4_u32.saturating_sub(day.weekday().num_days_from_monday())) * DAY + HOUR,
            _ => chance.between(MINUTE, 3 * HOUR),
        };
        let ahead = ended > self.now && chance.percent(8);
        let written = if ahead {
            self.now - chance.between(HOUR, 4 * DAY).min(self.now - self.began)
        } else {
            ended + late
        };
        // What happened was already there when hours were written for it.
        let written = written.max(stint.began + MINUTE) / 1_000 * 1_000;
        let corrected = written + chance.between(HOUR, 20 * DAY) / 1_000 * 1_000;
        let changed = if chance.percent(8) && corrected < self.now { corrected } else { written };
        if written < self.now - MINUTE && ended < left {
            let Stint { place, purpose, .. } = *stint;
            hours.push(Hours { who, place, purpose, day, start, seconds, written, changed });
        }
    }

    pub(crate) fn zone_of(&self, who: usize) -> Tz {
        self.person(who).zone.parse().unwrap_or(Tz::UTC)
    }
}

/// Helping out with what another does.
fn aside(stint: Stint) -> Stint {
    let purpose = match stint.purpose {
        Purpose::Build | Purpose::Incident => Purpose::Review,
        other => other,
    };
    Stint { purpose, ..stint }
}

fn number(day: NaiveDate) -> u64 {
    u64::from(day.num_days_from_ce().unsigned_abs())
}

/// Seconds, in whole quarters of an hour.
fn quarters(chance: &mut Chance, low: i64, high: i64) -> u32 {
    u32::try_from(chance.between(low, high)).unwrap_or(1) * 900
}

fn local_day(moment: i64, zone: Tz) -> NaiveDate {
    local(moment, zone).map_or(NaiveDate::MIN, |local| local.date_naive())
}

/// Seconds since midnight, to the minute.
fn local_time(moment: i64, zone: Tz) -> u32 {
    local(moment, zone).map_or(0, |local| local.num_seconds_from_midnight() / 60 * 60)
}

fn local(moment: i64, zone: Tz) -> Option<DateTime<Tz>> {
    zone.timestamp_millis_opt(moment).single()
}

/// Milliseconds since 1970 of a wall clock's time; the hour that a summer skips is the one after it.
pub(crate) fn moment(day: NaiveDate, seconds: u32, zone: Tz) -> i64 {
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds % 86_400, 0).unwrap_or_default();
    let wall = day.and_time(time);
    let known = zone.from_local_datetime(&wall).earliest();
    let known = known.or_else(|| zone.from_local_datetime(&(wall + TimeDelta::hours(1))).earliest());
    known.map_or_else(|| wall.and_utc().timestamp_millis(), |known| known.timestamp_millis())
}

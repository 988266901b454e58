//! Days, office hours, sprints and releases: milliseconds since 1970.

use super::chance::Chance;

pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;
const FORTNIGHT: i64 = 14 * DAY;

/// The same moment, or the next at which somebody is at work.
pub(crate) fn at_work(moment: i64, chance: &mut Chance) -> i64 {
    let (day, time) = (moment.div_euclid(DAY), moment.rem_euclid(DAY));
    // Day 0 was a Thursday; 0 is Monday here.
    let free = match (day + 3).rem_euclid(7) {
        5 => 2,
        6 => 1,
        _ => 0,
    };
    if free == 0 && (6 * HOUR..17 * HOUR).contains(&time) {
        return moment;
    }
    let late = i64::from(free == 0 && time >= 17 * HOUR);
    let morning = (day + free + late) * DAY + 6 * HOUR;
    let morning = if (morning.div_euclid(DAY) + 3).rem_euclid(7) == 5 { morning + 2 * DAY } else { morning };
    morning + chance.between(0, 10 * HOUR)
}

/// A stretch of two weeks; sprints and releases keep its beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fortnight {
    /// Counted since the company began.
    pub(crate) number: i64,
    pub(crate) begins: i64,
    pub(crate) ends: i64,
}

/// The stretch in which a moment lies, for a company that began at `began`.
pub(crate) fn fortnight(moment: i64, began: i64) -> Fortnight {
    // Sprints begin on Mondays at eight.
    let monday = began - (began.div_euclid(DAY) + 3).rem_euclid(7) * DAY;
    let first = monday.div_euclid(DAY) * DAY + 8 * HOUR;
    let number = (moment - first).div_euclid(FORTNIGHT).max(0);
    let begins = first + number * FORTNIGHT;
    Fortnight { number, begins, ends: begins + FORTNIGHT }
}

/// The release that contains what was done in this stretch.
pub(crate) fn version(stretch: Fortnight) -> String {
    format!("{}.{}", 3 + stretch.number / 26, stretch.number % 26)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_works_at_night_or_on_sundays() {
        let mut chance = Chance::of(1, &[]);
        for hour in 0..400 {
            let moment = at_work(1_795_162_532_123 + hour * HOUR, &mut chance);
            assert!((moment.div_euclid(DAY) + 3).rem_euclid(7) < 5);
            assert!((6..=16).contains(&(moment.rem_euclid(DAY) / HOUR)));
            assert!(moment >= 1_795_162_532_123 + hour * HOUR);
        }
    }

    #[test]
    fn a_moment_lies_in_its_fortnight() {
        let began = 1_700_000_000_000;
        for day in 0..60 {
            let moment = began + day * DAY;
            let stretch = fortnight(moment, began);
            assert!(stretch.begins <= moment + 8 * HOUR && moment < stretch.ends);
        }
        assert_eq!(version(fortnight(began + 400 * DAY, began)), "4.2");
    }
}

//! Into which stretches of days a window is cut. Each stretch costs a page that is not full, so a few large ones need
//! the fewest requests; they begin with the newest, and each is as long as the one before it suggests.

use chrono::{Days, NaiveDate};

/// Days of the first stretch.
const FIRST_DAYS: u64 = 92;
/// Full pages that a stretch should have.
const PAGES: u64 = 40;
/// A stretch is at most so many times as long as the one before: what is older may be denser.
const GROWTH: u64 = 8;
/// Hours are entered for days to come as well: at most so far ahead.
const AHEAD: Days = Days::new(3_660);
/// The beginning of a history is less than so long ago, days to come included.
const EVER: Days = Days::new(11_000);

/// Where the stretch that ends with this day begins. The one before it, if there was one, had so many days and worklogs.
pub(super) fn begin(
    first: NaiveDate,
    last: NaiveDate,
    before: Option<(u64, u64)>,
    page_size: u32,
) -> NaiveDate {
    let days = match before {
        None => FIRST_DAYS,
        Some((days, worklogs)) => {
            let wanted = (u64::from(page_size) * PAGES).saturating_mul(days) / worklogs.max(1);
            wanted.clamp(1, days.saturating_mul(GROWTH).max(1))
        }
    };
    let begin = last.checked_sub_days(Days::new(days - 1)).unwrap_or(first);
    // A rest that is short against this stretch is not worth one of its own.
    let rest = days_between(first, begin).saturating_sub(1);
    if begin <= first || rest <= days / 4 { first } else { begin }
}

/// The last day for which hours may be entered by now.
pub(super) fn ahead(today: NaiveDate) -> NaiveDate {
    today.checked_add_days(AHEAD).unwrap_or(today)
}

/// A day after all for which hours may be entered, for whoever knows only when history begins.
pub(super) fn ever_after(first: NaiveDate) -> NaiveDate {
    first.checked_add_days(EVER).unwrap_or(first)
}

/// Days from one to another, both included.
pub(super) fn days_between(first: NaiveDate, last: NaiveDate) -> u64 {
    u64::try_from((last - first).num_days() + 1).unwrap_or(0)
}

/// Requests for a stretch of so many worklogs: every page but the first begins with the last worklog of the one before,
/// and a full page is never known to be the last.
pub(super) fn requests(worklogs: u64, page_size: u32) -> u64 {
    let size = u64::from(page_size);
    if worklogs < size { 1 } else { 2 + (worklogs - size) / (size - 1).max(1) }
}

/// Requests for a window, and whether they are estimated: how worklogs spread over its days is not known.
pub(super) fn plan(first: NaiveDate, last: NaiveDate, worklogs: u64, page_size: u32) -> (u64, bool) {
    let all_days = days_between(first, last).max(1);
    let (mut sum, mut stretches, mut end, mut before) = (0, 0_u64, last, None);
    while end >= first {
        let begin = begin(first, end, before, page_size);
        let days = days_between(begin, end);
        let share = worklogs.saturating_mul(days) / all_days;
        sum += requests(share, page_size);
        stretches += 1;
        before = Some((days, share));
        let Some(next) = begin.pred_opt() else { break };
        end = next;
    }
    (sum, stretches > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn requests_stay_near_the_number_of_full_pages() {
        for (days, worklogs) in
            [(30, 400), (365, 900), (365, 12_000), (2_555, 59_556), (3_650, 250_000), (3_650, 0)]
        {
            let last = day("2026-11-24");
            let (requests, _) = plan(last - Days::new(days - 1), last, worklogs, 1_000);
            let full = worklogs.div_ceil(1_000).max(1);
            assert!(requests * 10 <= full * 11 + 40, "{days} days, {worklogs}: {requests} for {full}");
        }
    }

    #[test]
    fn a_short_window_is_one_stretch_and_a_short_rest_is_none_of_its_own() {
        let last = day("2026-11-24");
        assert_eq!(begin(day("2026-11-01"), last, None, 1_000), day("2026-11-01"));
        assert_eq!(begin(day("2026-08-10"), last, None, 1_000), day("2026-08-10"));
        assert_eq!(begin(day("2020-01-01"), last, None, 1_000), day("2026-08-25"));
        assert_eq!(begin(day("2020-01-01"), last, Some((92, 0)), 1_000), day("2024-11-19"));
        assert_eq!(begin(day("2020-01-01"), last, Some((1, 1_000_000)), 1_000), last);
    }

    #[test]
    fn a_stretch_needs_a_page_more_when_its_last_is_full() {
        let counts = [0, 1, 9, 10, 18, 19, 27, 28];
        assert_eq!(counts.map(|worklogs| requests(worklogs, 10)), [1, 1, 1, 2, 2, 3, 3, 4]);
    }
}

//! Whether worklogs look as they always did. One odd worklog is set aside; a page of them is a vendor that answers
//! differently, and that must never pass for history.

use chrono::{DateTime, NaiveDate, Utc};
use daybook_core::ports::source::SourceError;

use super::KIND;
use super::record::{EVERY, Reading};

/// So many worklogs show whether odd ones are the exception.
const ENOUGH: usize = 20;

/// Refuses a page on which most worklogs lack what every worklog has.
pub(super) fn check(
    doing: &'static str,
    readings: &[Reading],
    answered: Option<DateTime<Utc>>,
) -> Result<(), SourceError> {
    if readings.len() < ENOUGH {
        return Ok(());
    }
    for (name, _) in EVERY {
        let lacking = readings.iter().filter(|reading| reading.lacks.contains(&name)).count();
        if lacking * 2 > readings.len() {
            let since = answered
                .map(|answered| format!(" since {}", answered.format("%Y-%m-%d %H:%M:%S UTC")))
                .unwrap_or_default();
            let of = readings.len();
            let said = format!(
                "it answers differently{since}: `{name}` is missing or of another type in {lacking} of {of} records"
            );
            return Err(SourceError::Broken { source_kind: KIND, doing, said });
        }
    }
    Ok(())
}

/// Whether a worklog is of these days; what cannot be told counts as such.
pub(super) fn is_within((first, last): (NaiveDate, NaiveDate), reading: &Reading) -> bool {
    reading.day.is_none_or(|day| (first..=last).contains(&day))
}

/// Refuses a page most of whose worklogs are of other days than those asked for. One may be moved while its page is made.
pub(super) fn check_days(
    doing: &'static str,
    days: (NaiveDate, NaiveDate),
    readings: &[Reading],
) -> Result<(), SourceError> {
    let outside: Vec<_> = readings.iter().filter(|reading| !is_within(days, reading)).collect();
    let Some(first) = outside.first().filter(|_| outside.len() > 1 && outside.len() * 2 > readings.len())
    else {
        return Ok(());
    };
    let said = format!(
        "it was asked for worklogs of the days {} to {}, and {} of the {} that came are of others: {} of {} for one",
        days.0,
        days.1,
        outside.len(),
        readings.len(),
        first.record.external_id,
        first.day.map_or_else(String::new, |day| day.to_string()),
    );
    Err(SourceError::Broken { source_kind: KIND, doing, said })
}

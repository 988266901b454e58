//! What a backfill's numbers mean: what a page adds to them, when they are a fault, and what a reader has to know.

use super::RunBackfillError;
use crate::model::backfill::{Backfill, Progress, RunKind};
use crate::ports::source::Page;
use crate::ports::store::{Saved, Store};

/// So many records show whether unreadable ones are the exception.
pub(super) const ENOUGH: u64 = 100;
/// Fewer unreadable records than this are no pattern.
const FEWEST: u64 = 3;
/// So many records in quarantine are looked at to say since when.
const MOST_LOOKED_AT: u32 = 1_000;

pub(super) fn advanced(before: &Progress, page: &Page, saved: Saved, fresh: u64) -> Progress {
    Progress {
        requests: before.requests + u64::from(page.requests),
        pages: before.pages + 1,
        seen: before.seen + (page.records.len() + page.unchanged.len()) as u64,
        distinct: before.distinct + fresh,
        new: before.new + saved.new,
        changed: before.changed + saved.changed,
        unchanged: before.unchanged + saved.unchanged + page.unchanged.len() as u64,
        quarantined: before.quarantined + saved.quarantined,
        hidden_comments: before.hidden_comments + page.hidden_comments,
        unread_comments: before.unread_comments + page.unread_comments,
        outside: before.outside + page.outside,
        waits: before.waits + u64::from(page.waits),
        ..before.clone()
    }
}

/// A page of known records only, or far more records than there are, is a vendor that repeats itself: an error, not
/// a loop and not a success. After a rewind known records are expected. `came` leaves out records that were asked for
/// by name: they may have changed as well, and then come twice.
pub(super) fn refuse_standstill(
    backfill: &Backfill,
    progress: &Progress,
    page: &Page,
    fresh: u64,
    came: usize,
) -> Result<(), RunBackfillError> {
    let source_kind = backfill.source;
    if fresh == 0 && came > 0 && !page.rewound {
        return Err(RunBackfillError::NoProgress { source_kind, page: progress.pages, records: came });
    }
    // The count is approximate and records are added while we read: only a gross excess is a fault.
    let expected = progress.expected.unwrap_or(u64::MAX / 4);
    if progress.seen > expected * 2 + 10_000 {
        return Err(RunBackfillError::Endless { source_kind, seen: progress.seen, expected });
    }
    Ok(())
}

/// Whether so few came, by the source's own count, that the stretch must not be called read. The count is approximate.
pub(super) fn is_whole(progress: &Progress) -> bool {
    progress.expected.is_none_or(|expected| progress.distinct + progress.distinct / 50 + 5 >= expected)
}

/// A record now and then is bad luck; more than one in twenty is a fault. Judged once `enough` records came.
pub(super) async fn refuse_unreadable(
    store: &dyn Store,
    backfill: &Backfill,
    enough: u64,
) -> Result<(), RunBackfillError> {
    let Progress { quarantined, seen, .. } = backfill.progress;
    // Among a handful, one or two are not yet a pattern: a lone record must not keep a sync from going on.
    let (share, fewest) = if seen < ENOUGH { (2, FEWEST) } else { (20, 0) };
    if seen < enough || quarantined < fewest || quarantined * share <= seen {
        return Ok(());
    }
    let kept = store.quarantined(backfill.source, MOST_LOOKED_AT).await?;
    let (since, reason) = kept.first().map_or_else(
        || (backfill.created_at, "no reason is kept".to_owned()),
        |newest| {
            // Since the first that is unreadable for the same reason; others may have been so for a year.
            let alike = kept.iter().filter(|one| one.reason == newest.reason);
            let since = alike.map(|one| one.first_seen_at).min().unwrap_or(newest.first_seen_at);
            (since, newest.reason.clone())
        },
    );
    Err(RunBackfillError::Unreadable {
        source_kind: backfill.source,
        quarantined,
        seen,
        since: since.format("%Y-%m-%d %H:%M UTC").to_string(),
        reason,
    })
}

/// What a reader of the report has to know although the run ended well.
pub(super) fn warnings(backfill: &Backfill) -> Vec<String> {
    let progress = &backfill.progress;
    let mut warnings = backfill.warnings.clone();
    match progress.expected {
        Some(expected) if expected != progress.distinct => warnings.push(format!(
            "{} counted {expected} records in this window before the run, and {} different ones came{}",
            backfill.source,
            progress.distinct,
            if is_whole(progress) {
                ""
            } else {
                "; so many are missing that this window is not called complete"
            }
        )),
        None if backfill.kind == RunKind::Backfill && backfill.item.is_none() => warnings.push(format!(
            "{} did not say how many records there are, so nothing could be compared",
            backfill.source
        )),
        _ => {}
    }
    if progress.quarantined > 0 {
        warnings.push(format!(
            "{} of the records could not be read and are kept in quarantine with their reasons",
            progress.quarantined
        ));
    }
    if progress.hidden_comments > 0 {
        warnings
            .push(format!("{} comments exist that this credential may not see", progress.hidden_comments));
    }
    if progress.unread_comments > 0 {
        warnings.push(format!(
            "{} comments were left out because their issues have more than Daybook keeps; their documents say so and link to them",
            progress.unread_comments
        ));
    }
    if progress.outside > 0 {
        warnings.push(format!(
            "{} records came that were not asked for (another project, or outside the window); they may have been moved or changed while Daybook read",
            progress.outside
        ));
    }
    if progress.distinct == 0 && backfill.kind == RunKind::Backfill {
        warnings.push(backfill.item.as_ref().map_or_else(
            || "the window held nothing that this credential can see".to_owned(),
            |item| format!("{} shows this credential nothing that is called {item}", backfill.source),
        ));
    }
    warnings
}

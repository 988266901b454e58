//! Follows a backfill until it is over, and the keyword index until it holds what was stored.

use std::time::{Duration, Instant};

use daybook_core::actions::search::Search;
use daybook_core::model::audience::Viewer;
use daybook_core::model::backfill::{Backfill, BackfillId, BackfillState};
use daybook_core::ports::store::Store;
use tokio_util::sync::CancellationToken;

use super::report::Searchable;
use crate::ended::Ended;
use crate::output;
use crate::progress::Progress;

const LOOK: Duration = Duration::from_millis(100);
/// An index that has not moved for so long does not follow.
const STANDSTILL: Duration = Duration::from_secs(15);

/// Shows a backfill's progress; `None`: we were told to stop before it was over.
pub(in crate::commands) async fn watch(
    store: &dyn Store,
    id: BackfillId,
    stop: &CancellationToken,
) -> Result<Option<Backfill>, Ended> {
    let mut bar = None;
    loop {
        let backfill = store.backfill(id).await.map_err(|error| Ended::from_fault(&error))?;
        let backfill =
            backfill.ok_or_else(|| Ended::Failed(format!("there is no backfill {id} any more")))?;
        let bar = bar.get_or_insert_with(|| {
            Progress::new(&format!("{} of {}", backfill.kind.word(), backfill.source))
        });
        let (done, expected) = (backfill.progress.distinct, backfill.progress.expected);
        if backfill.state.is_over() {
            bar.end(done, expected, &word(&backfill));
            return Ok(Some(backfill));
        }
        bar.report(done, expected, &word(&backfill));
        if is_stopped(stop).await {
            return Ok(None);
        }
    }
}

/// Waits until everything stored can be found by words, or the index stands still; `None`: we were told to stop before.
pub(in crate::commands) async fn caught_up(
    search: &Search,
    stop: &CancellationToken,
) -> Result<Option<Searchable>, Ended> {
    let (mut last, mut moved) = (0, Instant::now());
    loop {
        let coverage = search.coverage(&Viewer::admin()).await.map_err(|error| Ended::from_fault(&error))?;
        let (by_words, documents) = (coverage.by_words, coverage.documents);
        if by_words == documents {
            return Ok(Some((by_words, documents)));
        }
        if by_words != last {
            (last, moved) = (by_words, Instant::now());
        }
        if moved.elapsed() > STANDSTILL {
            output::remark(
                "The search index does not follow: the process that keeps it may hang. It is made up later.",
            );
            return Ok(Some((by_words, documents)));
        }
        if is_stopped(stop).await {
            return Ok(None);
        }
    }
}

async fn is_stopped(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = tokio::time::sleep(LOOK) => false,
    }
}

fn word(backfill: &Backfill) -> String {
    let progress = &backfill.progress;
    match (&backfill.error, backfill.state) {
        (Some(reason), BackfillState::Running | BackfillState::Queued) => reason.clone(),
        (_, BackfillState::Queued) => "waiting for a worker".to_owned(),
        _ => counts(progress),
    }
}

/// What has come so far, as short as a line beside a bar must be.
fn counts(progress: &daybook_core::model::backfill::Progress) -> String {
    let counts = [
        (progress.new, "new"),
        (progress.changed, "changed"),
        (progress.unchanged, "unchanged"),
        (progress.quarantined, "unreadable"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    told.join(", ")
}

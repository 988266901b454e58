//! What a backfill did, for people and for programs.

use daybook_core::model::backfill::{Backfill, BackfillState};
use serde_json::{Value, json};

use crate::output;

/// How many documents can be found by words, and how many there are.
pub(in crate::commands) type Searchable = (u64, u64);

/// The whole backfill as JSON.
pub(in crate::commands) fn to_json(backfill: &Backfill) -> Value {
    json!({
        "id": backfill.id, "source": backfill.source, "from": backfill.window.from, "to": backfill.window.to,
        "days": backfill.window.days, "project": backfill.project, "state": backfill.state,
        "progress": backfill.progress, "warnings": backfill.warnings, "error": backfill.error,
        "created_at": backfill.created_at, "started_at": backfill.started_at, "finished_at": backfill.finished_at,
        "duration_seconds": seconds(backfill),
    })
}

/// The report for people.
pub(in crate::commands) fn report(
    backfill: &Backfill,
    searchable: Option<Searchable>,
) -> std::io::Result<()> {
    let progress = &backfill.progress;
    let expected = progress.expected.map_or_else(|| "not known".to_owned(), |expected| expected.to_string());
    let mut lines = vec![
        format!("Backfill {} of {}: {}", backfill.id, backfill.source, backfill.state.word()),
        format!("  requests     {:>9}   (waits: {})", progress.requests, progress.waits),
        format!("  pages        {:>9}", progress.pages),
        format!("  seen         {:>9}", progress.seen),
        format!("  distinct     {:>9}", progress.distinct),
        format!("  expected     {expected:>9}   by the source's own count"),
        format!("  new          {:>9}", progress.new),
        format!("  changed      {:>9}", progress.changed),
        format!("  unchanged    {:>9}", progress.unchanged),
        format!("  quarantined  {:>9}", progress.quarantined),
    ];
    if let Some(seconds) = seconds(backfill) {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = progress.distinct as f64 / seconds.max(0.001);
        lines.push(format!("  duration     {seconds:>8.1}s   {rate:.0} records a second"));
    }
    if let Some((by_words, held)) = searchable {
        lines.push(format!("  searchable   {by_words:>9}   of {held} documents, by words"));
        if held > progress.distinct {
            lines.push(
                "               a comment for fewer people than its issue is a document of its own"
                    .to_owned(),
            );
        }
    }
    if backfill.state == BackfillState::Done && progress.new + progress.changed + progress.quarantined == 0 {
        lines
            .push("Nothing had changed: nothing was written, and nothing will be embedded again.".to_owned());
    }
    lines.extend(backfill.warnings.iter().map(|warning| format!("Warning: {warning}")));
    output::line(&output::plain(&lines.join("\n")))
}

fn seconds(backfill: &Backfill) -> Option<f64> {
    let spent = backfill.finished_at? - backfill.started_at?;
    #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
    Some(spent.num_milliseconds() as f64 / 1000.0)
}

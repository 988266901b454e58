//! What a backfill did, for people and for programs.

use daybook_core::model::backfill::{Backfill, BackfillState, Progress, RunKind};
use serde_json::{Value, json};

use crate::ended::Ended;
use crate::output;

/// How many documents can be found by words, and how many there are.
pub(in crate::commands) type Searchable = (u64, u64);

/// The whole backfill as JSON.
pub(in crate::commands) fn to_json(backfill: &Backfill) -> Value {
    json!({
        "id": backfill.id, "kind": backfill.kind, "source": backfill.source, "from": backfill.window.from, "to": backfill.window.to,
        "days": backfill.window.days, "project": backfill.project, "item": backfill.item,
        "state": backfill.state,
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
        format!("{} {} of {}: {}", title(backfill.kind), backfill.id, backfill.source, backfill.state.word()),
        format!("  requests     {:>9}   (waits: {}{})", progress.requests, progress.waits, planned(progress)),
        format!("  pages        {:>9}", progress.pages),
        format!("  seen         {:>9}", progress.seen),
        format!("  distinct     {:>9}", progress.distinct),
        format!("  expected     {expected:>9}   by the source's own count"),
        format!("  new          {:>9}", progress.new),
        format!("  changed      {:>9}", progress.changed),
        format!("  unchanged    {:>9}", progress.unchanged),
        format!("  quarantined  {:>9}", progress.quarantined),
    ];
    if progress.gone > 0 {
        lines.push(format!("  gone         {:>9}   documents became tombstones", progress.gone));
    }
    if progress.changes > 0 {
        lines.push(format!("  history      {:>9}   changes in the source's own time", progress.changes));
    }
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

/// Whether a backfill that is over ended well; else why not, never without a word.
pub(in crate::commands) fn ended_well(backfill: &Backfill) -> Result<(), Ended> {
    if backfill.state == BackfillState::Done {
        return Ok(());
    }
    let word = backfill.state.word();
    let unsaid = || format!("the backfill {} is {word} and left no reason", backfill.id);
    Err(Ended::Failed(backfill.error.clone().filter(|reason| !reason.is_empty()).unwrap_or_else(unsaid)))
}

fn title(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Backfill => "Backfill",
        RunKind::Sync => "Sync",
        RunKind::Census => "Census",
    }
}

fn planned(progress: &Progress) -> String {
    progress.plan.map_or_else(String::new, |plan| format!(", planned: {}", plan.requests))
}

fn seconds(backfill: &Backfill) -> Option<f64> {
    let spent = backfill.finished_at? - backfill.started_at?;
    #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
    Some(spent.num_milliseconds() as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use daybook_core::model::backfill::{BackfillId, Days, Window};
    use daybook_core::model::source::SourceKind;

    use super::*;

    #[test]
    fn an_end_that_is_not_good_never_goes_without_a_word() {
        let mut backfill = Backfill {
            id: BackfillId(uuid::Uuid::nil()),
            kind: RunKind::Backfill,
            item: None,
            accepts_losses: false,
            source: SourceKind::Jira,
            window: Window::last(Days::try_from(1).unwrap(), DateTime::UNIX_EPOCH),
            project: None,
            state: BackfillState::Failed,
            progress: Progress::default(),
            warnings: Vec::new(),
            error: None,
            requested_by: "test".to_owned(),
            created_at: DateTime::UNIX_EPOCH,
            started_at: None,
            finished_at: None,
        };
        assert!(ended_well(&backfill).unwrap_err().message().contains("failed"));
        backfill.error = Some("the token has ended".to_owned());
        assert_eq!(ended_well(&backfill).unwrap_err().message(), "the token has ended");
        backfill.state = BackfillState::Done;
        assert!(ended_well(&backfill).is_ok());
    }
}

//! What is held already, and whether a list says that it is still the same.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{HeldRecord, Known, SourceError};

use super::KIND;
use super::id::Id;
use super::read::Item;
use crate::time;

const DOING: &str = "look up what is held";
/// Ids that are looked up at once.
const AT_ONCE: usize = 100;
/// Notion cuts its times to the minute, and its clock is not ours: what was fetched so soon after a change may lack a
/// later one of the same minute.
const SETTLED: TimeDelta = TimeDelta::minutes(3);

/// Those of the items that are held just as they are listed.
pub(super) async fn same(known: &dyn Known, items: &[Item]) -> Result<BTreeSet<Id>, SourceError> {
    let mut same = BTreeSet::new();
    for chunk in items.chunks(AT_ONCE) {
        let held = held(known, chunk.iter().map(|item| item.id)).await?;
        same.extend(
            chunk
                .iter()
                .filter(|item| held.get(&item.id.to_string()).is_some_and(|held| is_same(item, held)))
                .map(|item| item.id),
        );
    }
    Ok(same)
}

fn is_same(item: &Item, held: &HeldRecord) -> bool {
    let moment = |text: &str| time::moment(&format!("\"{text}\""));
    let version = held.version.as_deref().and_then(moment);
    let listed = item.edited_ms.and_then(DateTime::<Utc>::from_timestamp_millis);
    version.is_some()
        && version == listed
        && version.is_some_and(|version| held.fetched_at - version >= SETTLED)
}

/// Those that are held, of all that are gone.
pub(super) async fn still(
    known: &dyn Known,
    gone: Vec<(Id, Tombstone)>,
) -> Result<Vec<(Id, Tombstone)>, SourceError> {
    let mut still = Vec::new();
    for chunk in gone.chunks(AT_ONCE) {
        let held = held(known, chunk.iter().map(|(id, _)| *id)).await?;
        still.extend(chunk.iter().filter(|(id, _)| held.contains_key(&id.to_string())));
    }
    Ok(still)
}

async fn held(
    known: &dyn Known,
    ids: impl Iterator<Item = Id>,
) -> Result<std::collections::HashMap<String, HeldRecord>, SourceError> {
    let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    if ids.is_empty() {
        return Ok(std::collections::HashMap::new());
    }
    known.held(&ids).await.map_err(|source| SourceError::Store { source_kind: KIND, doing: DOING, source })
}

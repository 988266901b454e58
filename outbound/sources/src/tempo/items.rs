//! Single worklogs, each by its number.

use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Page, SourceError};

use super::checkpoint::{Items, Place};
use super::record::{Reading, oversized, reading};
use super::site::One;
use super::walk::Reader;
use super::{KIND, trail};

/// Worklogs of a page.
const MOST: usize = 20;
const DOING: &str = "read a worklog";

impl Reader {
    /// The next single worklogs; the cursor is the caller's.
    pub(super) async fn items(&mut self, place: &mut Items) -> Result<Option<Page>, SourceError> {
        let asked: Vec<String> = self.items.iter().skip(place.next).take(MOST).cloned().collect();
        if asked.is_empty() {
            return if place.unknown.is_empty() { Ok(None) } else { Err(unknown(&place.unknown)) };
        }
        place.next += asked.len();
        let (mut records, mut missing) = (Vec::new(), Vec::new());
        for id in &asked {
            let Ok(number) = id.trim().parse::<u64>() else {
                place.unknown.push(id.clone());
                continue;
            };
            match self.site.one(number, &mut self.tally).await? {
                One::NotThere => missing.push(number.to_string()),
                One::TooLarge(said) => records.push(oversized(number.to_string(), said)),
                One::Came(json) => records.push(self.came(number, &json).await?.record),
            }
        }
        let gone = self.gone(missing, &mut place.unknown).await?;
        let cursor = Place::Items(place.clone()).cursor();
        Ok(Some(Page { gone, ..Page::of(records, cursor, self.tally.take()) }))
    }

    async fn came(&mut self, number: u64, json: &str) -> Result<Reading, SourceError> {
        let references = self.references().await?;
        let reading = reading(json.trim(), &references);
        if reading.id.is_some_and(|id| id != number) {
            let said = format!("it was asked for worklog {number} and gave another");
            return Err(SourceError::Broken { source_kind: KIND, doing: DOING, said });
        }
        Ok(reading)
    }

    /// Why worklogs are not there. Tempo answers alike for those that are gone, those that the token may not see, and
    /// those that never were: the latter are no news of anything.
    async fn gone(
        &mut self,
        missing: Vec<String>,
        unknown: &mut Vec<String>,
    ) -> Result<Vec<(String, Tombstone)>, SourceError> {
        if missing.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = missing.iter().map(String::as_str).collect();
        let held = self.held(&ids).await?;
        let deleted = trail::recent(&self.site, &mut self.tally).await?.unwrap_or_default();
        let mut gone = Vec::new();
        for id in missing {
            if deleted.contains(&id) {
                gone.push((id, Tombstone::Deleted));
            } else if held.contains_key(&id) {
                gone.push((id, Tombstone::NoAccess));
            } else {
                unknown.push(id);
            }
        }
        Ok(gone)
    }
}

fn unknown(ids: &[String]) -> SourceError {
    let ids = crate::http::scrubbed(&ids.join(", "));
    let said = format!(
        "it shows this token no worklog `{ids}`; a worklog is asked for by its number in Tempo, and Tempo does not tell one that is missing from one that the token's user may not view"
    );
    SourceError::Unacceptable { source_kind: KIND, doing: DOING, said }
}

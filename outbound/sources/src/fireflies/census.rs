//! A census of all meetings from a moment on: by what a change of one shows, fifty with one request.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Census, CensusPage, Cursor, Fate, Listed, SourceError, Spent};
use serde::{Deserialize, Serialize};

use super::KIND;
use super::account::Account;
use super::fetch::{self, There, Weight};
use super::met::Met;
use super::place::{MOST, Place};
use super::record;
use crate::http::Tally;
use crate::object::Object;
use crate::page_size::PageSize;

const DOING: &str = "list all meetings";
const VERSION: u32 = 1;
/// Fewer say nothing about the vendor's shape.
const ENOUGH: usize = 20;

/// A census under way.
pub(super) struct MeetingCensus {
    account: Arc<Account>,
    at: At,
    size: PageSize,
    tally: Tally,
    met: Met,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct At {
    v: u32,
    census: Place,
}

impl MeetingCensus {
    pub(super) fn begin(
        account: Arc<Account>,
        from: DateTime<Utc>,
        after: Option<Cursor>,
    ) -> Result<Self, SourceError> {
        let start = At { v: VERSION, census: Place::new(from.timestamp_millis(), None) };
        let at = match after {
            None => start,
            Some(Cursor(stored)) => serde_json::from_str(&stored)
                .ok()
                .filter(|at: &At| at.v == VERSION && at.census.from_ms == start.census.from_ms)
                .ok_or_else(|| {
                    broken("the stored checkpoint is none of this census; take it anew".to_owned())
                })?,
        };
        Ok(Self { account, at, size: PageSize::new(MOST), tally: Tally::default(), met: Met::default() })
    }
}

#[async_trait]
impl Census for MeetingCensus {
    async fn next_page(&mut self) -> Result<Option<CensusPage>, SourceError> {
        let place = &mut self.at.census;
        if place.is_done {
            return Ok(None);
        }
        let came = fetch::list(&self.account, Weight::Light, place, &mut self.size, &mut self.tally).await;
        let came = came.map_err(|no| self.account.error(DOING, no))?;
        came.outside(place)?;
        let undated = came.rows.iter().filter(|row| row.at_ms.is_none()).count();
        if came.rows.len() >= ENOUGH && undated * 2 > came.rows.len() {
            let said = format!("`date` is missing in {undated} of {} records", came.rows.len());
            return Err(self.account.differs(DOING, &said));
        }
        let from_ms = place.from_ms;
        let mut listed = Vec::new();
        let fresh = place.take(&came.rows, came.limit, DOING)?.fresh;
        self.met.note(fresh.iter().map(|number| &came.rows[*number]), place.is_again, DOING)?;
        for number in fresh {
            let row = &came.rows[number];
            // What has no name could be anything that is held.
            let id = row.id.clone().ok_or_else(|| broken("it lists a meeting without an `id`".to_owned()))?;
            if row.at_ms.is_none_or(|at_ms| at_ms >= from_ms) {
                let day = row.at_ms.and_then(DateTime::from_timestamp_millis).map(|at| at.date_naive());
                // Titles, privacy and shares change later, and no sync looks so far back.
                let version = Object::read(came.row(number)).map(|row| record::mark(&row));
                listed.push(Listed { external_id: id, project: None, day, version });
            }
        }
        let cursor = Cursor(serde_json::to_string(&self.at).unwrap_or_default());
        Ok(Some(CensusPage { listed, projects: Vec::new(), cursor, spent: self.tally.take() }))
    }

    fn spent(&self) -> Spent {
        self.tally.so_far()
    }
}

/// What has become of meetings. Deleted and hidden are one word at this vendor, so both are "no access".
pub(super) async fn fates(
    account: &Account,
    external_ids: &[&str],
    tally: &mut Tally,
) -> Result<Vec<Fate>, SourceError> {
    let mut fates = Vec::with_capacity(external_ids.len());
    for id in external_ids {
        fates.push(match fetch::there(account, id, tally).await? {
            There::Yes => Fate::There,
            There::No(_) => Fate::Left(Tombstone::NoAccess),
            There::Unclear => Fate::Unclear,
        });
    }
    Ok(fates)
}

fn broken(said: String) -> SourceError {
    SourceError::Broken { source_kind: KIND, doing: DOING, said }
}

//! What has become of worklogs that a census did not list.

use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Fate, SourceError};

use super::record::record;
use super::site::{One, Site};
use super::trail;
use crate::http::Tally;

/// So many are asked for one by one; of the rest nothing is concluded before the next census.
const MOST: usize = 1_000;

/// The trail says of most that they were deleted; the others are asked for.
pub(super) async fn fates(site: &Site, ids: &[&str], tally: &mut Tally) -> Result<Vec<Fate>, SourceError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut deleted = trail::recent(site, tally).await?.unwrap_or_default();
    let told: Vec<&str> = ids.iter().copied().filter(|id| deleted.contains(*id)).collect();
    if !trail::is_true(site, &told, tally).await? {
        deleted.clear();
    }
    let (mut fates, mut asked) = (Vec::with_capacity(ids.len()), 0);
    for id in ids {
        let number = id.parse::<u64>().ok();
        let fate = match number {
            _ if deleted.contains(*id) => Fate::Left(Tombstone::Deleted),
            Some(number) if asked < MOST => {
                asked += 1;
                match site.one(number, tally).await? {
                    One::Came(json) if record(&json).external_id == *id => Fate::There,
                    One::Came(_) => Fate::Unclear,
                    One::TooLarge(_) => Fate::There,
                    // Gone, or hidden from the token: Tempo answers both alike, and the trail says nothing.
                    One::NotThere => Fate::Left(Tombstone::NoAccess),
                }
            }
            _ => Fate::Unclear,
        };
        fates.push(fate);
    }
    Ok(fates)
}

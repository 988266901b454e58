//! What has become of records that no list names: asked for one by one, since Notion has no other way.

use daybook_core::model::document::Tombstone;
use daybook_core::ports::source::{Fate, SourceError};

use super::id::Id;
use super::read::{Reader, left};
use super::record::Head;
use super::refusal::No;
use crate::http::Tally;
use crate::object::Object;

pub(super) async fn fates(
    reader: &Reader,
    external_ids: &[&str],
    tally: &mut Tally,
) -> Result<Vec<Fate>, SourceError> {
    let mut fates = Vec::with_capacity(external_ids.len());
    for id in external_ids {
        fates.push(match Id::read(id) {
            Some(id) => fate(reader, id, tally).await?,
            None => Fate::Unclear,
        });
    }
    Ok(fates)
}

/// An id does not say whether it is a page's or a data source's. What is neither was deleted for ever or is not shared
/// any more: Notion answers both alike.
async fn fate(reader: &Reader, id: Id, tally: &mut Tally) -> Result<Fate, SourceError> {
    for is_page in [true, false] {
        match reader.object(id, is_page, tally).await {
            Ok(json) => {
                let head = Object::read(&json).and_then(|object| Head::read(&object).ok());
                return Ok(head.map_or(Fate::Unclear, |head| left(&head).map_or(Fate::There, Fate::Left)));
            }
            Err(No::Fatal(error)) => return Err(error),
            Err(No::Missing(_)) => {}
            Err(no @ No::Restricted(_)) => return Err(no.fatal("look for a record")),
            // An id that is no page's may be refused in other words.
            Err(No::DeadCursor(_) | No::Object(_)) if is_page => {}
            Err(No::DeadCursor(_) | No::Object(_)) => return Ok(Fate::Unclear),
        }
    }
    Ok(Fate::Left(Tombstone::NoAccess))
}

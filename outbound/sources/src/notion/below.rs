//! Pages and databases that stand on a page and that no list named: search lags, and they must not wait for it.

use daybook_core::ports::source::SourceError;

use super::KIND;
use super::blocks::Found;
use super::id::Id;
use super::listing::Listing;
use super::read::Item;
use super::refusal::No;
use super::rows::Rows;
use super::walk::{Stop, Walker};
use crate::object::Object;

/// Puts what was found and not listed on the stack, if it belongs to the stretch of time; the rows of a data source, too,
/// that was found so before.
pub(super) async fn unlisted(
    walker: &mut Walker,
    found: &[Found],
    source: Option<Id>,
    listing: &mut Listing,
    stack: &mut Vec<Item>,
) -> Result<(), Stop> {
    let (from, to) = walker.task.place.stretch();
    // The block of a child page is the page itself and changes with it: one that is older need not be asked for.
    for found in found {
        if !found.is_page {
            database(walker, found.id, listing, stack).await?;
        } else if let Some(edited_ms) = found.edited_ms.filter(|moment| (from..to).contains(moment))
            && !listing.ids.contains_key(&found.id)
        {
            listing.ids.insert(found.id, edited_ms);
            stack.push(Item { id: found.id, edited_ms: Some(edited_ms), is_page: true, object: None });
        }
    }
    match source.filter(|source| listing.unasked.remove(source)) {
        Some(source) => rows(walker, source, listing, stack).await,
        None => Ok(()),
    }
}

/// The data sources of a database that no search found.
async fn database(
    walker: &mut Walker,
    id: Id,
    listing: &mut Listing,
    stack: &mut Vec<Item>,
) -> Result<(), Stop> {
    if !listing.databases.insert(id) {
        return Ok(());
    }
    let site = &walker.task.reader.site;
    let json = match site.object("read a database", &format!("/v1/databases/{id}"), &mut walker.tally).await {
        Ok(json) => json,
        Err(No::Fatal(error)) => return Err(error.into()),
        // A view of a database elsewhere, or one that is not shared.
        Err(_) => return Ok(()),
    };
    let Some(found) = Object::read(&json) else {
        let said = format!("the database {id} is not an object");
        return Err(SourceError::Broken { source_kind: KIND, doing: "read a database", said }.into());
    };
    let sources = found.elements("data_sources");
    for source in sources.iter().filter_map(|source| Id::read(&Object::read(source.get())?.id("id")?)) {
        if walker.task.reader.schemas.contains_key(&source) {
            continue;
        }
        listing.unasked.insert(source);
        stack.push(Item { id: source, edited_ms: None, is_page: false, object: None });
    }
    Ok(())
}

async fn rows(
    walker: &mut Walker,
    source: Id,
    listing: &mut Listing,
    stack: &mut Vec<Item>,
) -> Result<(), Stop> {
    // Its rows need to know it.
    walker.task.reader.schema(source, &mut walker.tally).await?;
    let (from, to) = walker.task.place.stretch();
    let mut rows = Rows::of(source, Some((from, to)));
    loop {
        let list = match rows.next(&walker.task.reader.site, &mut walker.tally).await {
            Ok(Some(list)) => list,
            Ok(None) | Err(No::Missing(_) | No::Restricted(_) | No::Object(_)) => return Ok(()),
            Err(no) => return Err(Stop::Failed(no.fatal(super::rows::ROWS))),
        };
        for row in list.results().filter_map(Object::read) {
            let head = super::record::Head::read(&row);
            let Some(head) = head.ok().filter(|head| (from..to).contains(&head.edited_ms())) else {
                continue;
            };
            if listing.ids.insert(head.id, head.edited_ms()).is_none() {
                stack.push(Item {
                    id: head.id,
                    edited_ms: Some(head.edited_ms()),
                    is_page: true,
                    object: None,
                });
            }
        }
    }
}

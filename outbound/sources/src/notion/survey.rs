//! Before a walk: does the token hold, what may it see, how many records are there, and what will they take.

use std::collections::BTreeSet;

use daybook_core::model::backfill::Plan;
use daybook_core::ports::source::{Reach, Scope, SourceError, Survey};

use super::KIND;
use super::checkpoint::Checkpoint;
use super::comments::{COMMENTS, on};
use super::id::Id;
use super::list::Lister;
use super::listing::{Listing, Wanted};
use super::read::{Item, Reader};
use super::refusal::No;
use crate::http::Tally;
use crate::object::Object;

const SIGN_IN: &str = "sign in";
/// Pages that are read to learn what a page takes.
const SAMPLE: usize = 30;
const NOTHING: &str = "open the pages in Notion that Daybook should keep, and add the connection to them; what stands below them comes along";

pub(super) async fn survey(
    mut reader: Reader,
    scope: &Scope,
    tally: &mut Tally,
) -> Result<Survey, SourceError> {
    let place = Checkpoint::begin(scope, None)?;
    let bot = sign_in(&reader, tally).await?;
    let mut unseen = unseen(reader.reach.inline_comments);
    if let Some(words) = comments(&reader, bot, tally).await? {
        unseen.push(words);
    }
    let Reach::History(_) = scope.reach else {
        let expected = if let Reach::Items(items) = &scope.reach { Some(items.len() as u64) } else { None };
        // What has changed is cheaper to read than to count.
        let requests = tally.so_far().requests;
        return Ok(Survey { expected, requests, plan: None, warnings: Vec::new(), unseen });
    };
    let before = tally.so_far().requests;
    let wanted = Wanted { stretch: place.stretch(), trash: false, keep_bytes: reader.reach.keep_bytes };
    let site = std::sync::Arc::clone(&reader.site);
    let mut listing = Listing::of(&site, wanted, tally).await?;
    let listing_requests = tally.so_far().requests - before;
    if listing.is_empty {
        // Nothing to read is not "everything was read".
        let said = "it shows this connection no page and no data source at all".to_owned();
        return Err(SourceError::Refused { source_kind: KIND, doing: "look for pages", said, cure: NOTHING });
    }
    if listing.partial > 0 {
        unseen.push(format!(
            "{} pages of which Notion shows this connection nothing but the id",
            listing.partial
        ));
    }
    reader.schemas = std::mem::take(&mut listing.schemas);
    let before = tally.so_far().requests;
    reader.people.learn(&site, &BTreeSet::from([bot]), tally).await?;
    let people_requests = tally.so_far().requests - before;
    if reader.people.is_hidden {
        unseen.push(
            "the names of people: the connection lacks the capability to read user information".to_owned(),
        );
    }
    let expected = (listing.pages.len() + listing.apart.len()) as u64;
    let warnings = std::mem::take(&mut listing.warnings);
    let again = if listing.dropped > 0 { listing.search_requests } else { 0 };
    // Data sources and rows that were not kept are asked for one by one.
    let alone = listing.apart.iter().filter(|item| item.object.is_none()).count() as u64;
    let (pages, is_estimated) = pages(&mut reader, listing, tally).await?;
    let spent = tally.so_far().requests;
    let requests = u64::from(spent + listing_requests + again + people_requests) + alone + pages;
    let plan = Plan { requests, seconds: site.seconds_for(requests), estimated: is_estimated };
    Ok(Survey { expected: Some(expected), requests: spent, plan: Some(plan), warnings, unseen })
}

/// The connection's own id.
async fn sign_in(reader: &Reader, tally: &mut Tally) -> Result<Id, SourceError> {
    let json = reader.site.object(SIGN_IN, "/v1/users/me", tally).await.map_err(|no| no.fatal(SIGN_IN))?;
    let id = Object::read(&json).and_then(|me| Id::read(&me.id("id")?));
    id.ok_or_else(|| SourceError::Broken {
        source_kind: KIND,
        doing: SIGN_IN,
        said: "the answer about the connection itself has no `id`".to_owned(),
    })
}

/// Whether comments are shown; asked for something that has none, which is refused in another way.
async fn comments(reader: &Reader, bot: Id, tally: &mut Tally) -> Result<Option<String>, SourceError> {
    match Lister::new(on(bot)).next(&reader.site, tally).await {
        Err(No::Restricted(_)) => {
            Ok(Some("all comments: the connection lacks the capability to read comments".to_owned()))
        }
        Err(no @ No::Fatal(_)) => Err(no.fatal(COMMENTS)),
        _ => Ok(None),
    }
}

/// What no connection sees, or this Daybook does not ask for.
fn unseen(inline_comments: bool) -> Vec<String> {
    let mut unseen = vec![
        "comments that were resolved: Notion tells them to nobody".to_owned(),
        "comments made after the last edit of their page, until its next edit or the next backfill: they do not count as \
         a change of it"
            .to_owned(),
    ];
    if !inline_comments {
        unseen.push(
            "comments on single blocks: they take a request for each block, and are not asked for as this Daybook is set"
                .to_owned(),
        );
    }
    unseen
}

/// Requests that the pages will take, by some of them that are read now, evenly from the newest to the oldest; and
/// whether that is an estimate.
async fn pages(reader: &mut Reader, listing: Listing, tally: &mut Tally) -> Result<(u64, bool), SourceError> {
    let all: Vec<Item> = listing.pages.into_iter().chain(listing.apart).filter(|item| item.is_page).collect();
    let (count, step) = (all.len(), all.len().div_ceil(SAMPLE).max(1));
    let mut costs = Vec::new();
    for mut item in all.into_iter().step_by(step) {
        // What a page takes to be read; its object comes with a list.
        let had_object = item.object.is_some();
        item.edited_ms = None;
        let before = tally.so_far().requests;
        reader.read(item, |_| true, tally).await?;
        let cost = tally.so_far().requests - before;
        costs.push(f64::from(cost.saturating_sub(u32::from(!had_object))));
    }
    let is_estimated = costs.len() < count;
    Ok((estimate(&costs, count), is_estimated))
}

/// The sum over all by a sample of them, with room for what a sample cannot tell.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate, never negative"
)]
fn estimate(costs: &[f64], count: usize) -> u64 {
    let size = costs.len() as f64;
    let sum: f64 = costs.iter().sum();
    if costs.is_empty() || costs.len() >= count {
        return sum.ceil() as u64;
    }
    let mean = sum / size;
    let variance = costs.iter().map(|cost| (cost - mean).powi(2)).sum::<f64>() / (size - 1.0).max(1.0);
    let error = (variance / size * (1.0 - size / count as f64)).sqrt();
    ((mean + 2.0 * error) * count as f64).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_sample_is_exact_and_a_part_leaves_room() {
        assert_eq!(estimate(&[2.0, 3.0, 4.0], 3), 9);
        assert_eq!(estimate(&[], 0), 0);
        assert_eq!(estimate(&[2.0; 30], 300), 600);
        let mixed: Vec<f64> = (0..30).map(|place| if place % 10 == 0 { 30.0 } else { 2.0 }).collect();
        assert!((1440..3_000).contains(&estimate(&mixed, 300)));
    }
}

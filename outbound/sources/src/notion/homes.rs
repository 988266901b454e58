//! What pages stand on: a page, a data source, or a block, which stands on a page in its turn.

use std::collections::{BTreeSet, HashMap};

use daybook_core::ports::source::SourceError;

use super::id::Id;
use super::refusal::No;
use super::site::Site;
use crate::http::Tally;
use crate::object::Object;

/// Blocks that are asked for, one above the other, until there is the page on which another page stands.
const HIGHEST: usize = 8;
/// Blocks whose pages are remembered.
const MOST_HOMES: usize = 10_000;

/// Pages on which blocks stand.
#[derive(Debug, Default)]
pub(super) struct Homes(HashMap<Id, Option<Id>>);

impl Homes {
    /// What a page stands on.
    pub(super) async fn parent(
        &mut self,
        page: &Object<'_>,
        site: &Site,
        tally: &mut Tally,
    ) -> Result<Option<(Id, &'static str)>, SourceError> {
        let Some(parent) = page.object("parent") else { return Ok(None) };
        let id = |member: &str| parent.id(member).and_then(|id| Id::read(&id));
        if let Some(id) = id("page_id") {
            return Ok(Some((id, "parent")));
        }
        if let Some(id) = id("data_source_id") {
            return Ok(Some((id, "data source")));
        }
        if let Some(id) = id("database_id") {
            return Ok(Some((id, "database")));
        }
        match id("block_id") {
            Some(block) => Ok(self.home(block, site, tally).await?.map(|page| (page, "parent"))),
            None => Ok(None),
        }
    }

    /// The page on which a block stands, however deep.
    async fn home(&mut self, block: Id, site: &Site, tally: &mut Tally) -> Result<Option<Id>, SourceError> {
        let (mut at, mut passed) = (block, BTreeSet::new());
        let mut home = None;
        while passed.len() < HIGHEST && passed.insert(at) {
            if let Some(known) = self.0.get(&at) {
                home = *known;
                break;
            }
            let json = match site.object("read a block", &format!("/v1/blocks/{at}"), tally).await {
                Ok(json) => json,
                Err(No::Fatal(error)) => return Err(error),
                Err(_) => break,
            };
            let parent = Object::read(&json).and_then(|block| block.object("parent"));
            let above = |member: &str| parent.as_ref().and_then(|parent| Id::read(&parent.id(member)?));
            if let Some(page) = above("page_id") {
                home = Some(page);
                break;
            }
            let Some(next) = above("block_id") else { break };
            at = next;
        }
        if self.0.len() < MOST_HOMES {
            self.0.extend(passed.into_iter().map(|block| (block, home)));
        }
        Ok(home)
    }
}

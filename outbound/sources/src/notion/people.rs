//! Who is who: names of people by their ids, asked for once a run, and one by one where the list leaves somebody out.

use std::collections::{BTreeSet, HashMap};

use daybook_core::model::document::{Part, Person, without_nul};
use daybook_core::ports::source::SourceError;

use super::id::Id;
use super::list::Lister;
use super::refusal::No;
use super::site::{Call, Site};
use crate::http::Tally;
use crate::object::Object;

const PEOPLE: &str = "list the people";
/// People whose names are kept.
const MOST_PEOPLE: usize = 100_000;
/// People who are looked up one by one in a run: guests, and those who left.
const MOST_LOOKUPS: u32 = 200;

/// Names by ids. Mail addresses are not read.
#[derive(Debug, Default)]
pub(super) struct People {
    names: HashMap<Id, Option<String>>,
    is_listed: bool,
    lookups: u32,
    /// Whether the connection may not know who people are.
    pub(super) is_hidden: bool,
}

impl People {
    /// Sees to it that the names of these are known, as far as they can be.
    pub(super) async fn learn(
        &mut self,
        site: &Site,
        ids: &BTreeSet<Id>,
        tally: &mut Tally,
    ) -> Result<(), SourceError> {
        if !ids.is_empty() && !self.is_listed {
            self.list(site, tally).await?;
        }
        for id in ids {
            if self.is_hidden || self.names.contains_key(id) || self.lookups >= MOST_LOOKUPS {
                continue;
            }
            self.lookups += 1;
            match site.object("look up a person", &format!("/v1/users/{id}"), tally).await {
                Ok(json) => {
                    let name = Object::read(&json).as_ref().and_then(name);
                    self.names.insert(*id, name);
                }
                Err(No::Fatal(error)) => return Err(error),
                Err(No::Restricted(_)) => self.is_hidden = true,
                Err(_) => {
                    self.names.insert(*id, None);
                }
            }
        }
        Ok(())
    }

    async fn list(&mut self, site: &Site, tally: &mut Tally) -> Result<(), SourceError> {
        self.is_listed = true;
        let call = Call { doing: PEOPLE, path: "/v1/users".to_owned(), body: None, has_ids: true };
        let mut lister = Lister::new(call);
        loop {
            let list = match lister.next(site, tally).await {
                Ok(Some(list)) => list,
                Ok(None) => return Ok(()),
                Err(No::Restricted(_)) => {
                    self.is_hidden = true;
                    return Ok(());
                }
                Err(no) => return Err(no.fatal(PEOPLE)),
            };
            for user in list.results().filter_map(Object::read) {
                let id = user.id("id").and_then(|id| Id::read(&id));
                if let Some(id) = id.filter(|_| self.names.len() < MOST_PEOPLE) {
                    self.names.insert(id, name(&user));
                }
            }
        }
    }

    /// The name of a person, if it is known.
    pub(super) fn name(&self, id: Id) -> Option<&str> {
        self.names.get(&id)?.as_deref()
    }

    /// A person as documents name them. `shown` is the name that the object itself gives.
    pub(super) fn person(&self, part: Part, id: Id, shown: Option<&str>) -> Person {
        let account_id = id.to_string();
        let name = self.name(id).or(shown).map_or_else(|| account_id.clone(), str::to_owned);
        Person { part, account_id, name }
    }
}

/// The name that people read.
pub(super) fn name(user: &Object<'_>) -> Option<String> {
    user.text("name").filter(|name| !name.trim().is_empty()).map(|name| without_nul(name.into_owned()))
}

/// The id of whoever a member names.
pub(super) fn id_of(holder: &Object<'_>, member: &str) -> Option<Id> {
    holder.object(member)?.id("id").and_then(|id| Id::read(&id))
}

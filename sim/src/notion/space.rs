//! Everything that the simulated workspace holds: pages, databases with their data sources, and people; and which of it
//! a caller sees.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::page::{Body, Node, Page, Parent, found};
use super::seed::{self, Dress};
use super::{ask, load};
use crate::records::{Loading, Origin};
use crate::settings::SimError;

/// Bodies that were told last: whoever asks for a page's blocks asks for those below them next.
const MOST_BODIES: usize = 64;
/// Nothing stands deeper; whatever does is a circle.
const DEEPEST: usize = 64;

/// A data source.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) id: String,
    pub(super) database: String,
    pub(super) title: String,
    pub(super) edited: i64,
    pub(super) in_trash: bool,
    /// As the newest version shows it.
    pub(super) json: Value,
}

/// A database.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) parent: Parent,
    /// Without its data sources.
    pub(super) json: Value,
    pub(super) sources: Vec<String>,
}

/// All that is held.
#[derive(Debug, Default)]
pub(super) struct Space {
    pub(super) dress: Option<Dress>,
    pub(super) pages: BTreeMap<String, Page>,
    pub(super) sources: BTreeMap<String, Source>,
    pub(super) databases: BTreeMap<String, Database>,
    /// As whoever may see addresses sees them; the one that asks is last.
    pub(super) users: Vec<Value>,
    /// Pages of the made-up company by number.
    pub(super) by_number: Vec<String>,
    /// The pages of blocks that are written down.
    pub(super) homes: HashMap<String, String>,
    /// Blocks of real records that stand on no page.
    pub(super) loose: HashMap<String, Node>,
    /// What the limited caller sees, with all below.
    pub(super) open: HashSet<String>,
    /// How many ids edits have used.
    pub(super) minted: u64,
    /// Pages of the made-up company that are told, the latest last.
    told: Mutex<VecDeque<(u32, Arc<Body>)>>,
    /// What is held in numbers, until somebody changes it: counting tells every page.
    pub(super) counted: Mutex<Option<Value>>,
}

impl Space {
    pub(super) fn load(loading: &Loading<'_>) -> Result<Self, SimError> {
        let mut space = Self::default();
        match &loading.origin {
            Origin::Company(world) => seed::fill(&mut space, world, loading.settings),
            Origin::Records(folder) => load::folder(&mut space, folder)?,
        }
        Ok(space)
    }

    /// The id of the connection's own user.
    pub(super) fn integration(&self) -> &str {
        self.users.last().and_then(|user| user["id"].as_str()).unwrap_or_default()
    }

    /// A page as the newest version shows it, values uncut.
    pub(super) fn page_json(&self, page: &Page) -> Value {
        let written = page.json.clone();
        let told = || Some(self.dress.as_ref()?.page(page.number?, &page.facts));
        let mut json = written.or_else(told).unwrap_or_default();
        if !page.facts.in_trash && self.in_trash(page) {
            json["in_trash"] = json!(true);
        }
        json
    }

    /// A data source as the newest version shows it; what stands on a trashed page is in the trash with it.
    pub(super) fn source_json(&self, source: &Source) -> Value {
        let mut json = source.json.clone();
        if self.is_source_in_trash(source) {
            json["in_trash"] = json!(true);
        }
        json
    }

    /// A page's body.
    pub(super) fn body(&self, page: &Page) -> Arc<Body> {
        if let Some(body) = &page.body {
            return Arc::clone(body);
        }
        let (Some(dress), Some(number)) = (&self.dress, page.number) else { return Arc::default() };
        let told = || self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, body)) = told().iter().find(|(other, _)| *other == number) {
            return Arc::clone(body);
        }
        // Told while nobody has to wait for the others; two may tell the same.
        let body = Arc::new(dress.body(number));
        let mut told = told();
        if told.len() >= MOST_BODIES {
            told.pop_front();
        }
        told.push_back((number, Arc::clone(&body)));
        body
    }

    /// The page on which a block stands.
    pub(super) fn home(&self, block: &str) -> Option<&Page> {
        if let Some(page) = self.homes.get(block) {
            return self.pages.get(page);
        }
        let number = self.dress.as_ref()?.mint().page(block)?;
        let page = self.pages.get(self.by_number.get(number as usize)?)?;
        found(&self.body(page).nodes, block).is_some().then_some(page)
    }

    /// The page or database above.
    fn above(&self, parent: &Parent) -> Option<(&str, &Parent)> {
        let page = |page: &'_ Page| -> Option<(&str, &Parent)> {
            let page = self.pages.get(&page.id)?;
            Some((page.id.as_str(), &page.facts.parent))
        };
        let database = |id: &String| {
            let (id, database) = self.databases.get_key_value(id)?;
            Some((id.as_str(), &database.parent))
        };
        match parent {
            Parent::Workspace => None,
            Parent::Page(id) => page(self.pages.get(id)?),
            Parent::Block(id) => page(self.home(id)?),
            Parent::Database(id) => database(id),
            Parent::Source(id) => database(&self.sources.get(id)?.database),
        }
    }

    /// The ids of a thing and of all that it stands on.
    fn chain<'a>(&'a self, id: &'a str, parent: &'a Parent) -> Vec<&'a str> {
        let (mut chain, mut next) = (vec![id], self.above(parent));
        while let Some((id, parent)) = next.filter(|_| chain.len() < DEEPEST) {
            chain.push(id);
            next = self.above(parent);
        }
        chain
    }

    /// Whether a page is in the trash, or stands on one that is.
    pub(super) fn in_trash(&self, page: &Page) -> bool {
        let trashed = |id: &&str| self.pages.get(*id).is_some_and(|page| page.facts.in_trash);
        self.chain(&page.id, &page.facts.parent).iter().any(trashed)
    }

    /// Whether a data source is in the trash, or its database stands on a page that is.
    pub(super) fn is_source_in_trash(&self, source: &Source) -> bool {
        let trashed = |id: &&str| self.pages.get(*id).is_some_and(|page| page.facts.in_trash);
        let on_trash =
            |database: &Database| self.chain(&source.database, &database.parent).iter().any(trashed);
        source.in_trash || self.databases.get(&source.database).is_some_and(on_trash)
    }

    /// Whether a page is this one, or stands on it.
    pub(super) fn stands_on(&self, page: &Page, below: &str) -> bool {
        self.chain(&page.id, &page.facts.parent).contains(&below)
    }

    /// The databases that stand on a page.
    pub(super) fn databases_on(&self, page: &str) -> Vec<&str> {
        let on = |(id, database): &(&String, &Database)| self.chain(id, &database.parent).contains(&page);
        self.databases.iter().filter(on).map(|(id, _)| id.as_str()).collect()
    }

    fn shows(&self, id: &str, parent: &Parent, limited: bool) -> bool {
        let chain = self.chain(id, parent);
        let shared = |id: &&str| self.pages.get(*id).is_none_or(|page| !page.unshared);
        chain.iter().all(shared) && (!limited || chain.iter().any(|id| self.open.contains(*id)))
    }

    /// A page that the caller sees.
    pub(super) fn page(&self, id: &str, limited: bool) -> Option<&Page> {
        self.pages.get(id).filter(|page| self.shows(&page.id, &page.facts.parent, limited))
    }

    /// A database that the caller sees.
    pub(super) fn database(&self, id: &str, limited: bool) -> Option<&Database> {
        self.databases.get(id).filter(|database| self.shows(id, &database.parent, limited))
    }

    /// A data source that the caller sees.
    pub(super) fn source(&self, id: &str, limited: bool) -> Option<&Source> {
        self.sources.get(id).filter(|source| {
            self.databases
                .get(&source.database)
                .is_none_or(|database| self.shows(&source.database, &database.parent, limited))
        })
    }

    /// The limited caller is told of some rows that they are there, and nothing else.
    pub(super) fn shows_partly(page: &Page, limited: bool) -> bool {
        limited && matches!(page.facts.parent, Parent::Source(_)) && page.id.ends_with('7')
    }

    /// The page and the node of a block that the caller sees.
    pub(super) fn block(&self, id: &str, limited: bool) -> Option<Node> {
        if let Some(node) = self.loose.get(id).filter(|_| !limited) {
            return Some(node.clone());
        }
        let page = self.home(id)?;
        let page = self.page(&page.id, limited).filter(|page| !Self::shows_partly(page, limited))?;
        found(&self.body(page).nodes, id).cloned()
    }

    /// A page as the block that stands for it where it is a child.
    pub(super) fn page_block(&self, page: &Page) -> Value {
        let json = self.page_json(page);
        json!({
            "object": "block", "id": page.id, "parent": json["parent"],
            "created_time": ask::written(page.facts.created), "last_edited_time": ask::written(page.facts.edited),
            "created_by": json["created_by"], "last_edited_by": json["last_edited_by"],
            "has_children": !self.body(page).nodes.is_empty(), "in_trash": json["in_trash"],
            "type": "child_page", "child_page": {"title": page.facts.title},
        })
    }

    /// Every block of a list as the children of a page or a block show it: what is in the trash is left out, and a child
    /// page has the title that it has now.
    pub(super) fn shown(&self, nodes: &[Node]) -> Vec<Value> {
        let shown = nodes.iter().filter_map(|node| {
            let mut json = node.json.clone();
            if node.kind() == "child_page"
                && let Some(page) = self.pages.get(&node.id)
            {
                if self.in_trash(page) {
                    return None;
                }
                json["child_page"]["title"] = json!(page.facts.title);
            }
            Some(json)
        });
        shown.collect()
    }
}

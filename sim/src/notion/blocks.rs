//! `blocks/{id}` and what stands below it.

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Said};
use super::bend;
use super::id::canonical;
use super::page::{Node, Parent, found};
use super::paging::{self, List, Row, Walk};
use super::problem::Problem;
use super::space::Space;

pub(super) fn one(ask: &Ask<'_>, id: &str) -> Answer {
    let (space, id) = (ask.notion.space(), canonical(id));
    let json = match space.page(&id, ask.limited) {
        Some(page) => space.page_block(page),
        None => block(ask, &space, &id).ok_or_else(|| Problem::missing("block", &id))?.json,
    };
    Ok(Said { body: bend::record(ask, 0, json), rows: 1 })
}

/// The blocks right below a page or a block; those below a synced copy are those of its original.
pub(super) fn children(ask: &Ask<'_>, id: &str) -> Answer {
    let (space, id) = (ask.notion.space(), canonical(id));
    let missing = || Problem::missing("block", &id);
    let mut shown = if let Some(page) = space.page(&id, ask.limited) {
        if Space::shows_partly(page, ask.limited) {
            return Err(missing());
        }
        space.shown(&space.body(page).nodes)
    } else {
        if ask.quirk(bend::CHILDREN_MISSING).is_some() {
            return Err(missing());
        }
        let node = block(ask, &space, &id).ok_or_else(missing)?;
        let below = below(ask, &space, &node);
        if ask.quirk(bend::SYNCED_CYCLE).is_some() && node.kind() == "synced_block" {
            let mut again = node.json.clone();
            let original = node.original().unwrap_or_else(|| node.id.clone());
            again["synced_block"] = json!({"synced_from": {"type": "block_id", "block_id": original}});
            again["parent"] = json!({"type": "block_id", "block_id": node.id});
            below.into_iter().chain([again]).collect()
        } else {
            below
        }
    };
    let rows = shown.drain(..).map(|json| {
        let id = json["id"].as_str().unwrap_or_default().to_owned();
        Row { sort: 0, id, item: json }
    });
    paging::page(ask, rows.collect(), List::of("block", Walk::ById), |row| row.item.clone())
}

/// A block; one that stands for a database has the id of the database.
fn block(ask: &Ask<'_>, space: &Space, id: &str) -> Option<Node> {
    // A page that the caller does not see has no block in its place either.
    if space.pages.contains_key(id) {
        return None;
    }
    let on_its_page = || match &space.database(id, ask.limited)?.parent {
        Parent::Page(page) => found(&space.body(space.page(page, ask.limited)?).nodes, id).cloned(),
        _ => None,
    };
    space.block(id, ask.limited).or_else(on_its_page)
}

fn below(ask: &Ask<'_>, space: &Space, node: &Node) -> Vec<Value> {
    match node.original() {
        // An original that the caller does not see has no copies for them either.
        Some(original) => space.block(&original, ask.limited).map(|node| space.shown(&node.below)),
        None => Some(space.shown(&node.below)),
    }
    .unwrap_or_default()
}

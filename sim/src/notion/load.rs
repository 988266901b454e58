//! Files of real records: every object once, and beside them which blocks stand below which.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::ask::moment;
use super::id::canonical;
use super::page::{Body, Node, Page, Parent, words};
use super::space::{Database, Source, Space};
use super::users;
use crate::records::{Folder, each_line};
use crate::settings::SimError;

/// Blocks while they have no place yet.
#[derive(Debug, Default)]
struct Blocks {
    by_id: HashMap<String, Value>,
    below: HashMap<String, Vec<String>>,
    placed: HashSet<String>,
}

/// Fills the space from every `notion*.objects.jsonl[.gz]` and `notion*.children.jsonl[.gz]` of a folder.
pub(super) fn folder(space: &mut Space, folder: &Folder) -> Result<(), SimError> {
    let (mut blocks, mut comments) = (Blocks::default(), Vec::new());
    for path in folder.files("notion", "objects")? {
        each_line(&path, |line| {
            let mut json: Value =
                serde_json::from_str(line).map_err(|error| format!("is no JSON: {error}"))?;
            if let Some(members) = json.as_object_mut() {
                // What was added by whoever collected the records.
                members.retain(|name, _| !name.starts_with('_'));
            }
            object(space, &mut blocks, &mut comments, json)
        })?;
    }
    for path in folder.files("notion", "children")? {
        each_line(&path, |line| {
            let json: Value = serde_json::from_str(line).map_err(|error| format!("is no JSON: {error}"))?;
            let parent = json["parent_id"].as_str().map(canonical).ok_or("names no parent")?;
            let children = json["children"].as_array().ok_or("has no children")?;
            let children = children.iter().filter_map(Value::as_str).map(canonical);
            blocks.below.insert(parent, children.collect());
            Ok(())
        })?;
    }
    if space.users.last().is_none_or(|user| user["type"] != "bot") {
        space.users.push(users::bot());
    }
    place(space, &mut blocks, &comments);
    Ok(())
}

fn object(
    space: &mut Space,
    blocks: &mut Blocks,
    comments: &mut Vec<Value>,
    json: Value,
) -> Result<(), String> {
    let id = json["id"].as_str().map(canonical).ok_or("has no id")?;
    match json["object"].as_str().unwrap_or_default() {
        "page" => {
            space.pages.insert(id, Page::read(json)?);
        }
        "block" => {
            blocks.by_id.insert(id, json);
        }
        "comment" => comments.push(json),
        // The one that asks is last.
        "user" if json["type"] == "bot" => space.users.push(json),
        "user" => space.users.insert(0, json),
        "database" => {
            let sources = json["data_sources"].as_array().map(Vec::as_slice).unwrap_or_default();
            let sources = sources.iter().filter_map(|source| source["id"].as_str()).map(canonical).collect();
            space.databases.insert(id, Database { parent: Parent::read(&json["parent"]), json, sources });
        }
        "data_source" => {
            let database = json["parent"]["database_id"].as_str().map(canonical).unwrap_or_default();
            let source = Source {
                id: id.clone(),
                database,
                title: words(&json["title"]),
                edited: json["last_edited_time"].as_str().and_then(moment).unwrap_or_default(),
                in_trash: json["in_trash"].as_bool().unwrap_or(false),
                json,
            };
            space.sources.insert(id, source);
        }
        other => return Err(format!("is a `{other}`, which nobody knows")),
    }
    Ok(())
}

/// Gives every block its place on its page.
fn place(space: &mut Space, blocks: &mut Blocks, comments: &[Value]) {
    let ids: Vec<String> = space.pages.keys().cloned().collect();
    for (place, id) in ids.iter().enumerate() {
        let nodes = blocks.nodes(id, space);
        home(space, &nodes, id);
        let own: Vec<Value> = comments
            .iter()
            .filter(|comment| {
                let parent = &comment["parent"];
                let on = parent["page_id"].as_str().or_else(|| parent["block_id"].as_str()).map(canonical);
                on.is_some_and(|on| on == *id || space.homes.get(&on) == Some(id))
            })
            .cloned()
            .collect();
        if let Some(page) = space.pages.get_mut(id) {
            page.body = Some(Arc::new(Body { nodes, comments: own }));
        }
        // Every other page with its own.
        if place % 2 == 0 {
            space.open.insert(id.clone());
        }
    }
    let mut rest: Vec<String> =
        blocks.by_id.keys().filter(|id| !blocks.placed.contains(*id)).cloned().collect();
    rest.sort();
    for id in rest {
        if let Some(json) = blocks.by_id.get(&id).cloned() {
            let below = blocks.nodes(&id, space);
            space.loose.insert(id.clone(), Node { id, json, below });
        }
    }
}

impl Blocks {
    /// What stands below a page or a block; nothing has two places.
    fn nodes(&mut self, parent: &str, space: &Space) -> Vec<Node> {
        let mut nodes = Vec::new();
        for id in self.below.get(parent).cloned().unwrap_or_default() {
            let Some(json) = self.by_id.get(&id).cloned() else { continue };
            if !self.placed.insert(id.clone()) {
                continue;
            }
            // What stands on a child page is that page's own affair.
            let below = if space.pages.contains_key(&id) { Vec::new() } else { self.nodes(&id, space) };
            nodes.push(Node { id, json, below });
        }
        nodes
    }
}

fn home(space: &mut Space, nodes: &[Node], page: &str) {
    for node in nodes {
        space.homes.insert(node.id.clone(), page.to_owned());
        home(space, &node.below, page);
    }
}

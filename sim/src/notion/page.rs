//! A page: the little that lists need, and its properties and its body, which the made-up company tells when they are
//! asked for and which are written down once somebody changes them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::ask::{minute, moment, written};
use super::id::canonical;

/// Where something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parent {
    Workspace,
    Page(String),
    /// In a column, in a toggle: the page is found by walking up.
    Block(String),
    Source(String),
    Database(String),
}

impl Parent {
    pub(super) fn read(json: &Value) -> Self {
        let id = |name: &str| json[name].as_str().map(canonical);
        if let Some(id) = id("data_source_id") {
            Self::Source(id)
        } else if let Some(id) = id("database_id") {
            Self::Database(id)
        } else if let Some(id) = id("page_id") {
            Self::Page(id)
        } else {
            id("block_id").map_or(Self::Workspace, Self::Block)
        }
    }

    /// As the newest version shows it; `database` is the one of a data source.
    pub(super) fn json(&self, database: Option<&str>) -> Value {
        match self {
            Self::Workspace => json!({"type": "workspace", "workspace": true}),
            Self::Page(id) => json!({"type": "page_id", "page_id": id}),
            Self::Block(id) => json!({"type": "block_id", "block_id": id}),
            Self::Database(id) => json!({"type": "database_id", "database_id": id}),
            Self::Source(id) => {
                let mut parent = json!({"type": "data_source_id", "data_source_id": id});
                if let Some(database) = database {
                    parent["database_id"] = json!(database);
                }
                parent
            }
        }
    }
}

/// What lists need of a page.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) parent: Parent,
    pub(super) title: String,
    pub(super) created: i64,
    pub(super) edited: i64,
    pub(super) in_trash: bool,
}

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) id: String,
    pub(super) facts: Facts,
    /// The number by which the made-up company tells the page.
    pub(super) number: Option<u32>,
    /// As the newest version shows it, if it is written down.
    pub(super) json: Option<Value>,
    pub(super) body: Option<Arc<Body>>,
    /// Nobody shares it with the connection.
    pub(super) unshared: bool,
}

impl Page {
    /// One that is written down.
    pub(super) fn read(json: Value) -> Result<Self, String> {
        let id = json["id"].as_str().map(canonical).ok_or("has no id")?;
        let time = |name: &str| json[name].as_str().and_then(moment);
        let facts = Facts {
            parent: Parent::read(&json["parent"]),
            title: title(&json),
            created: time("created_time").ok_or("has no created_time")?,
            edited: time("last_edited_time").ok_or("has no last_edited_time")?,
            in_trash: json["in_trash"].as_bool().or_else(|| json["archived"].as_bool()).unwrap_or(false),
        };
        Ok(Self { id, facts, number: None, json: Some(json), body: None, unshared: false })
    }
}

impl Page {
    /// The body, to be changed: whoever reads it now keeps what they have.
    pub(super) fn body_mut(&mut self) -> &mut Body {
        Arc::make_mut(self.body.get_or_insert_default())
    }

    /// A member of what is written down.
    pub(super) fn write(&mut self, name: &str, value: Value) {
        if let Some(json) = &mut self.json {
            json[name] = value;
        }
    }

    /// Another title.
    pub(super) fn rename(&mut self, title: &str) {
        let properties = self.json.as_mut().and_then(|json| json["properties"].as_object_mut());
        let mut properties = properties.into_iter().flat_map(serde_json::Map::values_mut);
        if let Some(property) = properties.find(|property| property["type"] == "title") {
            property["title"] = plain(title);
        }
    }

    /// Takes a block off the page, with all below it.
    pub(super) fn take(&mut self, block: &str) -> Option<Node> {
        take(&mut self.body_mut().nodes, block)
    }
}

/// What stands below a page's title, and what was said about it.
#[derive(Debug, Default, Clone)]
pub(super) struct Body {
    pub(super) nodes: Vec<Node>,
    /// In the order in which they were written; those of the page and those of its blocks.
    pub(super) comments: Vec<Value>,
}

/// A block, and what stands below it.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) id: String,
    /// As the newest version shows it.
    pub(super) json: Value,
    pub(super) below: Vec<Node>,
}

impl Node {
    pub(super) fn kind(&self) -> &str {
        self.json["type"].as_str().unwrap_or_default()
    }

    /// A record of its own, not a part of the page that it stands on.
    pub(super) fn is_record(&self) -> bool {
        matches!(self.kind(), "child_page" | "child_database")
    }

    /// The block that a synced copy repeats.
    pub(super) fn original(&self) -> Option<String> {
        self.json["synced_block"]["synced_from"]["block_id"].as_str().map(canonical)
    }

    /// Moves its time, and that of nothing else.
    pub(super) fn touch(&mut self, now: i64, by: &str) {
        self.json["last_edited_time"] = json!(written(now));
        self.json["last_edited_by"] = json!({"object": "user", "id": by});
    }
}

/// The node with this id.
pub(super) fn found<'a>(nodes: &'a [Node], id: &str) -> Option<&'a Node> {
    nodes.iter().find_map(|node| if node.id == id { Some(node) } else { found(&node.below, id) })
}

/// The list in which the node with this id stands, and its place in it.
pub(super) fn around<'a>(nodes: &'a mut Vec<Node>, id: &str) -> Option<(&'a mut Vec<Node>, usize)> {
    if let Some(place) = nodes.iter().position(|node| node.id == id) {
        return Some((nodes, place));
    }
    nodes.iter_mut().find_map(|node| around(&mut node.below, id))
}

/// Takes a node out of its list; what it was below has children no more if there are none.
fn take(nodes: &mut Vec<Node>, id: &str) -> Option<Node> {
    if let Some(place) = nodes.iter().position(|node| node.id == id) {
        return Some(nodes.remove(place));
    }
    nodes.iter_mut().find_map(|node| {
        let taken = take(&mut node.below, id)?;
        if node.below.is_empty() {
            node.json["has_children"] = json!(false);
        }
        Some(taken)
    })
}

/// Each node before those below it; records of their own are named, not entered, and neither is a synced copy.
pub(super) fn walk<'a>(nodes: &'a [Node], visit: &mut dyn FnMut(&'a Node)) {
    for node in nodes {
        visit(node);
        if !node.is_record() && node.original().is_none() {
            walk(&node.below, visit);
        }
    }
}

/// The words of the property that is the title.
pub(super) fn title(page: &Value) -> String {
    let properties = page["properties"].as_object();
    let title = properties.and_then(|all| all.values().find(|property| property["type"] == "title"));
    title.map(|title| words(&title["title"])).unwrap_or_default()
}

/// Rich text without its richness.
pub(super) fn words(rich_text: &Value) -> String {
    let items = rich_text.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item["plain_text"].as_str().unwrap_or_default()).collect()
}

/// A line as rich text.
pub(super) fn plain(line: &str) -> Value {
    json!([text(line, None)])
}

/// A piece of a line.
pub(super) fn text(words: &str, link: Option<&str>) -> Value {
    json!({
        "type": "text",
        "text": {"content": words, "link": link.map(|url| json!({"url": url}))},
        "annotations": {"bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false,
            "color": "default"},
        "plain_text": words, "href": link,
    })
}

impl Facts {
    pub(super) fn edited_at(&self) -> i64 {
        minute(self.edited)
    }
}

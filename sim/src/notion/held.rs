//! What is held, for those who judge a reader by it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::PoisonError;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::comments::on;
use super::page::walk;
use super::pages::cut;
use super::space::Space;
use crate::json::Object;

impl Space {
    pub(super) fn holds(&self) -> Value {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.get_or_insert_with(|| self.counts()).clone()
    }

    fn counts(&self) -> Value {
        let (mut pages, mut blocks, mut comments, mut trashed) = (0, 0, 0, 0);
        for page in self.pages.values() {
            trashed += usize::from(self.in_trash(page));
            pages += 1;
            let body = self.body(page);
            walk(&body.nodes, &mut |_| blocks += 1);
            comments += body.comments.len();
        }
        json!({
            "pages": pages, "in_trash": trashed, "databases": self.databases.len(),
            "data_sources": self.sources.len(), "blocks": blocks, "comments": comments, "users": self.users.len(),
        })
    }

    /// One line for each page and each data source that the full token sees outside of the trash:
    /// `{"id","object","last_edited_time","in_trash","digest"}`.
    ///
    /// The digest is the SHA-256 in hexadecimal of lines that are joined by `\n`, each of them a JSON object as version
    /// 2026-03-11 serves it. For a page these are: the page; then each of its blocks as the children endpoint serves it,
    /// depth first, a block before those below it, without entering a `child_page`, a `child_database` or the copy of a
    /// `synced_block`; then the comments of the page, in the order in which they are listed for its id, and then those
    /// of each block that has some, in the order of the blocks. For a data source there is the one line.
    ///
    /// Each object is made canonical first: wherever an object within it has both a `url` and an `expiry_time`, these
    /// two members are removed, since they change with every answer; `request_id` is removed; members are sorted by
    /// name; nothing stands between them.
    pub(super) fn held(&self) -> String {
        let mut lines = String::new();
        for page in self.pages.keys().filter_map(|id| self.page(id, false)) {
            if self.in_trash(page) {
                continue;
            }
            let json = cut(self.page_json(page));
            let body = self.body(page);
            let mut told = vec![canonical(&json).to_string()];
            let mut ids = vec![page.id.as_str()];
            for node in self.blocks_of(&body.nodes) {
                told.push(canonical(&node.0).to_string());
                ids.push(node.1);
            }
            let comments = ids.iter().flat_map(|id| on(&body, id));
            told.extend(comments.map(|comment| canonical(comment).to_string()));
            line(&mut lines, &json, &told.join("\n"));
        }
        for source in self.sources.keys().filter_map(|id| self.source(id, false)) {
            if !self.is_source_in_trash(source) {
                line(&mut lines, &source.json, &canonical(&source.json).to_string());
            }
        }
        lines
    }

    /// Blocks with their ids, as they are served, depth first.
    fn blocks_of<'a>(&self, nodes: &'a [super::page::Node]) -> Vec<(Value, &'a str)> {
        let mut all = Vec::new();
        for node in nodes {
            let Some(json) = self.shown(std::slice::from_ref(node)).pop() else { continue };
            all.push((json, node.id.as_str()));
            if !node.is_record() && node.original().is_none() {
                all.extend(self.blocks_of(&node.below));
            }
        }
        all
    }
}

fn line(lines: &mut String, json: &Value, told: &str) {
    let digest = Sha256::digest(told).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let text = |name: &str| json[name].as_str().unwrap_or_default();
    let line = Object::new()
        .text("id", text("id"))
        .text("object", text("object"))
        .text("last_edited_time", text("last_edited_time"))
        .plain("in_trash", false)
        .text("digest", &digest);
    lines.push_str(&line.end());
    lines.push('\n');
}

/// Without what changes with every answer.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(canonical).collect(),
        Value::Object(members) => {
            let signed = members.contains_key("url") && members.contains_key("expiry_time");
            let kept = members.iter().filter(|(name, _)| {
                *name != "request_id" && !(signed && matches!(name.as_str(), "url" | "expiry_time"))
            });
            // A tree of its own keeps the order of names, whatever map JSON is built with.
            let sorted: BTreeMap<_, _> = kept.map(|(name, value)| (name.clone(), canonical(value))).collect();
            Value::Object(sorted.into_iter().collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

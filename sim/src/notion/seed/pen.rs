//! Writes the blocks of a page: ids, times and nesting are the same for all kinds.

use serde_json::{Value, json};

use super::super::ask::written;
use super::super::page::{Node, Parent, plain};
use super::Dress;
use super::plan::Entry;
use crate::world::Chance;
use crate::world::text::{Block, Item, Mood, Span};

/// Places below are given to blocks that others have to know.
const FIRST: u32 = 16;

/// Writes on one page.
pub(super) struct Pen<'a> {
    pub(super) dress: &'a Dress,
    pub(super) number: u32,
    pub(super) entry: &'a Entry,
    pub(super) chance: Chance,
    next: u32,
}

impl<'a> Pen<'a> {
    pub(super) fn of(dress: &'a Dress, number: u32, entry: &'a Entry) -> Self {
        let chance = Chance::of(dress.seed, &[43, u64::from(number)]);
        Self { dress, number, entry, chance, next: FIRST }
    }

    /// A block at the next place.
    pub(super) fn block(&mut self, kind: &str, content: Value, below: Vec<Node>) -> Node {
        self.next += 1;
        self.at(self.next, kind, content, below)
    }

    /// A block at a place that others know.
    pub(super) fn at(&mut self, place: u32, kind: &str, content: Value, below: Vec<Node>) -> Node {
        let (created, edited) = (self.entry.created, self.entry.edited);
        let changed = created + self.chance.between(0, (edited - created).max(0));
        let (by, editor) = (self.dress.user(self.entry.by), self.dress.user(self.entry.editor));
        let id = self.dress.mint.id(self.number, place);
        let mut json = json!({
            "object": "block", "id": id, "parent": null, "created_time": written(created),
            "last_edited_time": written(changed), "created_by": by, "last_edited_by": editor,
            "has_children": !below.is_empty(), "in_trash": false, "type": kind,
        });
        json[kind] = content;
        Node { id, json, below }
    }

    /// A block that is a line.
    pub(super) fn line(&mut self, kind: &str, line: &Value, below: Vec<Node>) -> Node {
        let mut content = json!({"rich_text": line, "color": "default"});
        match kind {
            "heading_1" | "heading_2" | "heading_3" => content["is_toggleable"] = json!(!below.is_empty()),
            "to_do" => content["checked"] = json!(false),
            _ => {}
        }
        self.block(kind, content, below)
    }

    pub(super) fn words(&mut self, kind: &str, words: &str) -> Node {
        self.line(kind, &plain(words), Vec::new())
    }

    pub(super) fn spans(&mut self, kind: &str, spans: &[Span]) -> Node {
        let line = self.dress.line(spans);
        self.line(kind, &line, Vec::new())
    }

    pub(super) fn task(&mut self, done: bool, spans: &[Span]) -> Node {
        let mut node = self.spans("to_do", spans);
        node.json["to_do"]["checked"] = json!(done);
        node
    }

    pub(super) fn callout(&mut self, emoji: &str, line: &Value, below: Vec<Node>) -> Node {
        let content =
            json!({"rich_text": line, "color": "default", "icon": {"type": "emoji", "emoji": emoji}});
        self.block("callout", content, below)
    }

    /// The first row is the head.
    pub(super) fn table(&mut self, rows: &[Vec<Vec<Span>>]) -> Node {
        let below: Vec<_> = rows
            .iter()
            .map(|row| {
                let cells: Vec<_> = row.iter().map(|cell| self.dress.line(cell)).collect();
                self.block("table_row", json!({ "cells": cells }), Vec::new())
            })
            .collect();
        let width = rows.first().map_or(0, Vec::len);
        let content = json!({"table_width": width, "has_column_header": true, "has_row_header": false});
        self.block("table", content, below)
    }

    pub(super) fn code(&mut self, language: &str, words: &str) -> Node {
        let content = json!({"rich_text": plain(words), "caption": [], "language": language});
        self.block("code", content, Vec::new())
    }

    /// Columns beside each other.
    pub(super) fn columns(&mut self, columns: Vec<Vec<Node>>) -> Node {
        let columns = columns.into_iter().map(|below| self.block("column", json!({}), below)).collect();
        self.block("column_list", json!({}), columns)
    }

    /// A synced block: the original with what is in it, or a copy of the one with this id.
    pub(super) fn copy_of(&mut self, original: &str) -> Node {
        let content = json!({"synced_from": {"type": "block_id", "block_id": original}});
        let mut node = self.block("synced_block", content, Vec::new());
        node.json["has_children"] = json!(true);
        node
    }

    /// The text of the company as blocks.
    pub(super) fn told(&mut self, blocks: &[Block]) -> Vec<Node> {
        blocks.iter().flat_map(|block| self.one(block)).collect()
    }

    fn one(&mut self, block: &Block) -> Vec<Node> {
        match block {
            Block::Heading(level, words) => {
                vec![self.words(&format!("heading_{}", (*level).clamp(1, 3)), words)]
            }
            Block::Paragraph(spans) => vec![self.spans("paragraph", spans)],
            Block::Bullets(items) => items.iter().map(|item| self.item("bulleted_list_item", item)).collect(),
            Block::Numbered(items) => {
                items.iter().map(|item| self.item("numbered_list_item", item)).collect()
            }
            Block::Tasks(tasks) => tasks.iter().map(|(done, spans)| self.task(*done, spans)).collect(),
            Block::Decisions(decisions) => decisions
                .iter()
                .map(|spans| {
                    let line = self.dress.line(spans);
                    self.callout("⚖️", &line, Vec::new())
                })
                .collect(),
            Block::Table(rows) => vec![self.table(rows)],
            Block::Code { language, text } => vec![self.code(language, text)],
            Block::Quote(spans) => vec![self.spans("quote", spans)],
            Block::Panel(mood, spans) => {
                let emoji = match mood {
                    Mood::Note => "ℹ️",
                    Mood::Warning => "⚠️",
                    Mood::Success => "✅",
                    Mood::Error => "🚨",
                };
                let line = self.dress.line(spans);
                vec![self.callout(emoji, &line, Vec::new())]
            }
            Block::Expand { title, inside } => {
                let below = self.told(inside);
                vec![self.line("toggle", &plain(title), below)]
            }
            Block::Rule => vec![self.block("divider", json!({}), Vec::new())],
        }
    }

    fn item(&mut self, kind: &str, item: &Item) -> Node {
        let below = item.below.iter().map(|spans| self.spans("bulleted_list_item", spans)).collect();
        let line = self.dress.line(&item.text);
        self.line(kind, &line, below)
    }
}

/// Tells every block what it stands on.
pub(super) fn attach(nodes: &mut [Node], parent: &Parent) {
    for node in nodes {
        node.json["parent"] = parent.json(None);
        let id = node.id.clone();
        attach(&mut node.below, &Parent::Block(id));
    }
}

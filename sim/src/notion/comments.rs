//! `comments`: the open ones of a page or of a single block. What was resolved is not told.

use std::sync::Arc;

use serde_json::Value;

use super::ask::{Answer, Ask};
use super::id::canonical;
use super::page::Body;
use super::paging::{self, List, Row, Walk};
use super::problem::Problem;

pub(super) fn page(ask: &Ask<'_>) -> Answer {
    if ask.limited {
        return Err(Problem::Restricted);
    }
    let id = ask.parameter("block_id").map(canonical).ok_or_else(|| {
        Problem::invalid(
            "query failed validation: query.block_id should be defined, instead was `undefined`.",
        )
    })?;
    let space = ask.notion.space();
    let page = match space.page(&id, false) {
        Some(page) => Some(page),
        None if space.pages.contains_key(&id) => None,
        None => space.home(&id).and_then(|page| space.page(&page.id, false)),
    };
    let body = match page {
        Some(page) => space.body(page),
        // Nobody can say anything about a database itself.
        None if space.loose.contains_key(&id) || space.database(&id, false).is_some() => Arc::default(),
        None => return Err(Problem::missing("block", &id)),
    };
    let rows = on(&body, &id).map(|comment| {
        let id = comment["id"].as_str().unwrap_or_default().to_owned();
        Row { sort: 0, id, item: comment }
    });
    paging::page(ask, rows.collect(), List::of("comment", Walk::ById), |row| row.item.clone())
}

/// The comments on this page or block.
pub(super) fn on<'a>(body: &'a Body, id: &'a str) -> impl Iterator<Item = &'a Value> {
    let parent = |comment: &Value| {
        let parent = &comment["parent"];
        parent["page_id"].as_str().or_else(|| parent["block_id"].as_str()).map(canonical)
    };
    body.comments.iter().filter(move |comment| parent(comment).as_deref() == Some(id))
}

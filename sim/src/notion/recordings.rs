//! `blocks/meeting_notes/query`: what was recorded, the newest first, without pages and without a filter of its own.

use serde_json::{Value, json};

use super::ask::{Answer, Ask, Said};
use super::bend;
use super::page::walk;
use super::problem::Problem;
use super::version::Version;

const LARGEST: usize = 100;

pub(super) fn found(ask: &Ask<'_>) -> Answer {
    if ask.version != Version::Newest {
        return Err(Problem::NoRoute);
    }
    let body = ask.json()?;
    let limit = body["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(LARGEST);
    if limit == 0 || limit > LARGEST {
        return Err(Problem::invalid("body failed validation: body.limit should be between `1` and `100`."));
    }
    let space = ask.notion.space();
    let mut blocks: Vec<Value> = Vec::new();
    for page in space.pages.keys().filter_map(|id| space.page(id, ask.limited)) {
        if !space.in_trash(page) {
            walk(&space.body(page).nodes, &mut |node| {
                if node.kind() == "meeting_notes" {
                    blocks.push(node.json.clone());
                }
            });
        }
    }
    let start = |block: &Value| block["created_time"].as_str().unwrap_or_default().to_owned();
    blocks.sort_by_key(|block| std::cmp::Reverse(start(block)));
    let has_more = blocks.len() > limit;
    blocks.truncate(limit);
    let rows = blocks.len();
    let results: Vec<_> =
        blocks.into_iter().enumerate().map(|(place, block)| bend::record(ask, place, block)).collect();
    Ok(Said { body: json!({"object": "list", "results": results, "has_more": has_more}), rows })
}

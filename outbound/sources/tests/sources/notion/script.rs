//! A Notion that answers as a test says: a few pages below the workspace, and whatever a test puts in their place.

use chrono::{DateTime, TimeDelta};
use daybook_sources::notion::NotionSource;
use serde_json::{Value, json};

use super::house::{now, quick, source};
use crate::vendor::{Asked, Reply, Vendor};

/// The id of the page, block, person or data source with this number.
pub(crate) fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A page that changed so many minutes before noon.
pub(crate) fn page(number: u32) -> Value {
    let time = written(now() - TimeDelta::minutes(10 + i64::from(number)));
    json!({
        "object": "page", "id": id(number), "created_time": time, "last_edited_time": time,
        "created_by": {"object": "user", "id": id(9_001)}, "last_edited_by": {"object": "user", "id": id(9_002)},
        "cover": null, "icon": null, "parent": {"type": "workspace", "workspace": true}, "in_trash": false,
        "is_archived": false, "is_locked": false,
        "properties": {"title": {"id": "title", "type": "title", "title": [rich(&format!("Page {number}"))]}},
        "url": format!("https://app.notion.com/p/Page-{}", id(number).replace('-', "")), "public_url": null,
    })
}

pub(crate) fn rich(text: &str) -> Value {
    json!({"type": "text", "text": {"content": text, "link": null}, "plain_text": text, "href": null})
}

pub(crate) fn block(number: u32, kind: &str, content: &Value) -> Value {
    let mut block = json!({
        "object": "block", "id": id(number), "has_children": false, "in_trash": false, "type": kind,
        "created_time": written(now()), "last_edited_time": written(now()),
    });
    block[kind] = content.clone();
    block
}

pub(crate) fn paragraph(number: u32, text: &str) -> Value {
    block(number, "paragraph", &json!({"rich_text": [rich(text)]}))
}

pub(crate) fn parent(mut block: Value) -> Value {
    block["has_children"] = true.into();
    block
}

pub(crate) fn list(results: &[Value], next: Option<&str>) -> Value {
    json!({"object": "list", "results": results, "next_cursor": next, "has_more": next.is_some()})
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({"object": "error", "status": status, "code": code, "message": message});
    Reply::text(status, &body.to_string())
}

pub(crate) fn missing() -> Reply {
    error(404, "object_not_found", "Could not find it. Make sure the relevant pages are shared.")
}

fn written(time: DateTime<chrono::Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:00.000Z").to_string()
}

/// What is asked for: the last words of the path, and the id in it.
pub(crate) fn about(asked: &Asked) -> (&str, &str) {
    let path = asked.path.split('?').next().unwrap_or_default();
    let words: Vec<&str> = path.split('/').collect();
    match words[..] {
        [_, _, "blocks", id, "children"] => ("children", id),
        [_, _, "data_sources", id, "query"] => ("query", id),
        [_, _, "pages", id, "properties", _] => ("property", id),
        [_, _, "users", "me"] => ("me", ""),
        [_, _, kind, id] => (kind, id),
        [_, _, "search"] if asked.body["filter"]["value"] == "data_source" => ("sources", ""),
        [_, _, "search"] if asked.body["filter"]["in_trash"] == true => ("trash", ""),
        [_, _, kind] => (kind, ""),
        _ => ("", ""),
    }
}

/// Answers as a workspace with these pages does, each with a paragraph.
pub(crate) fn usual(asked: &Asked, pages: &[Value]) -> Reply {
    let (kind, id) = about(asked);
    Reply::json(&match kind {
        "search" => {
            let start: usize =
                asked.body["start_cursor"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
            let size = usize::try_from(asked.body["page_size"].as_u64().unwrap()).unwrap();
            let end = (start + size).min(pages.len());
            let next = (end < pages.len()).then(|| end.to_string());
            list(&pages[start..end], next.as_deref())
        }
        "children" => list(&[paragraph(5_000, &format!("On {id}."))], None),
        "me" => json!({"object": "user", "id": self::id(9_000), "type": "bot", "name": "Daybook"}),
        "users" if id.is_empty() => {
            let user = |(number, name)| json!({"object": "user", "id": self::id(number), "name": name});
            list(&[(9_001, "Mara Lindqvist"), (9_002, "Tomas Okafor")].map(user), None)
        }
        "pages" => match pages.iter().find(|page| page["id"] == id) {
            Some(page) => page.clone(),
            None => return missing(),
        },
        "users" | "databases" | "data_sources" | "blocks" => return missing(),
        _ => list(&[], None),
    })
}

/// A vendor with so many pages that answers some questions otherwise.
pub(crate) async fn serve(
    pages: u32,
    answer: impl Fn(&Asked, (&str, &str), usize) -> Option<Reply> + Send + Sync + 'static,
) -> (Vendor, NotionSource) {
    let pages: Vec<Value> = (0..pages).map(page).collect();
    let vendor = Vendor::serve(move |asked, place| {
        answer(asked, about(asked), place).unwrap_or_else(|| usual(asked, &pages))
    })
    .await;
    let notion = source(quick(&vendor.url, "ntn_0123456789abcdef0123456789abcdef"));
    (vendor, notion)
}

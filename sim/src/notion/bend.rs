//! Faults inside an answer, and faults that only this vendor has.

use serde_json::{Value, json};

use super::ask::Ask;
use crate::faults::{BrokenShape, FaultKind};

/// Search never lists each n-th page: `{"name":"search_misses","value":5}`.
pub(super) const SEARCH_MISSES: &str = "search_misses";
/// 504 for pages of more rows than `value`.
pub(super) const TIMES_OUT_ABOVE: &str = "times_out_above";
/// The children of a synced block contain the block itself, as a copy.
pub(super) const SYNCED_CYCLE: &str = "synced_cycle";
/// A member has another name: `{"from":"last_edited_time","to":"edited_time"}`.
pub(super) const RENAMED_FIELD: &str = "renamed_field";
/// The first block of a list is of a kind that nobody knows; `value` is its name.
pub(super) const UNKNOWN_BLOCK: &str = "unknown_block";
/// 404 for the children of blocks, though not for those of pages.
pub(super) const CHILDREN_MISSING: &str = "children_missing";
/// Each n-th page of a list is there by its id alone.
pub(super) const PARTIAL_PAGES: &str = "partial_pages";
/// The published limit is kept, whatever the settings say.
pub(super) const TRUE_LIMITER: &str = "true_limiter";

pub(super) const QUIRKS: [&str; 8] = [
    SEARCH_MISSES,
    TIMES_OUT_ABOVE,
    SYNCED_CYCLE,
    RENAMED_FIELD,
    UNKNOWN_BLOCK,
    CHILDREN_MISSING,
    PARTIAL_PAGES,
    TRUE_LIMITER,
];

/// The number that a quirk was given, or a usual one.
pub(super) fn number(value: &Value, usual: usize) -> usize {
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .filter(|number| *number > 0)
        .unwrap_or(usual)
}

/// Whether so many rows are too many.
pub(super) fn times_out(ask: &Ask<'_>, size: usize) -> bool {
    ask.quirk(TIMES_OUT_ABOVE).is_some_and(|value| size > number(value, 50))
}

/// The record at this place of an answer, dressed for its version and spoiled where a fault says so.
pub(super) fn record(ask: &Ask<'_>, place: usize, record: Value) -> Value {
    let mut record = ask.version.dressed(record);
    super::sign::all(&mut record, ask.now);
    for fault in &ask.faults {
        match fault {
            FaultKind::DropField { name } => {
                if let Some(members) = record.as_object_mut() {
                    members.remove(name);
                }
            }
            FaultKind::BrokenRecord { place: hit, shape } if *hit == place => broken(&mut record, *shape),
            FaultKind::Quirk { name, value } => quirked(&mut record, name, value, place),
            _ => {}
        }
    }
    record
}

fn quirked(record: &mut Value, name: &str, value: &Value, place: usize) {
    match name {
        RENAMED_FIELD => {
            let (from, to) = (value["from"].as_str(), value["to"].as_str());
            if let (Some(members), Some(from)) = (record.as_object_mut(), from.or(Some("last_edited_time")))
                && let Some(moved) = members.remove(from)
            {
                members.insert(to.unwrap_or("edited_time").to_owned(), moved);
            }
        }
        UNKNOWN_BLOCK if place == 0 && record["object"] == "block" => {
            let kind = value.as_str().unwrap_or("hologram");
            if let Some(members) = record.as_object_mut() {
                let old = members.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
                members.remove(&old);
                members.insert("type".to_owned(), json!(kind));
                members.insert(kind.to_owned(), json!({}));
            }
        }
        PARTIAL_PAGES if record["object"] == "page" && place.is_multiple_of(number(value, 5)) => {
            *record = partial(record);
        }
        _ => {}
    }
}

/// A page of which nothing but its id is told.
pub(super) fn partial(page: &Value) -> Value {
    json!({"object": "page", "id": page["id"]})
}

fn broken(record: &mut Value, shape: BrokenShape) {
    let Some(members) = record.as_object_mut() else { return };
    match shape {
        BrokenShape::FieldsNull => {
            members.insert("properties".to_owned(), Value::Null);
        }
        BrokenShape::UpdatedMissing => {
            members.remove("last_edited_time");
        }
        BrokenShape::IdMissing => {
            members.remove("id");
        }
        BrokenShape::WrongTypes => {
            for (name, value) in [
                ("properties", json!([])),
                ("last_edited_time", json!(7)),
                ("parent", json!("workspace")),
                ("has_children", json!("no")),
                ("rich_text", json!("text")),
            ] {
                if members.contains_key(name) {
                    members.insert(name.to_owned(), value);
                }
            }
        }
    }
}

//! `pages/{id}`, and its properties one by one: a page shows 25 values of each, the rest is asked for here.

use serde_json::{Map, Value, json};

use super::ask::{Answer, Ask, Said};
use super::bend;
use super::id::canonical;
use super::page::Page;
use super::paging::{self, List, Row, Walk};
use super::problem::Problem;
use super::space::Space;

/// Values of a property that a page shows.
const MOST_VALUES: usize = 25;

/// The page that the caller may read in full.
pub(super) fn readable<'a>(ask: &Ask<'_>, space: &'a Space, id: &str) -> Result<&'a Page, Problem> {
    let page = space.page(id, ask.limited).filter(|page| !Space::shows_partly(page, ask.limited));
    page.ok_or_else(|| Problem::missing("page", id))
}

pub(super) fn one(ask: &Ask<'_>, id: &str) -> Answer {
    let (space, id) = (ask.notion.space(), canonical(id));
    let page = space.page(&id, ask.limited).ok_or_else(|| Problem::missing("page", &id))?;
    let json = space.page_json(page);
    let json =
        if Space::shows_partly(page, ask.limited) { bend::partial(&json) } else { trimmed(ask, cut(json)) };
    Ok(Said { body: bend::record(ask, 0, json), rows: 1 })
}

/// At most 25 values of what can have many.
pub(super) fn cut(mut page: Value) -> Value {
    let properties = page.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut) {
        let kind = property["type"].as_str().unwrap_or_default().to_owned();
        if !matches!(kind.as_str(), "title" | "rich_text" | "people" | "relation") {
            continue;
        }
        let Some(values) = property.get_mut(&kind).and_then(Value::as_array_mut) else { continue };
        let has_more = values.len() > MOST_VALUES;
        values.truncate(MOST_VALUES);
        if has_more && kind == "relation" {
            property["has_more"] = json!(true);
        }
    }
    page
}

/// The page with those properties only that `filter_properties` names.
pub(super) fn trimmed(ask: &Ask<'_>, mut page: Value) -> Value {
    let wanted: Vec<&str> = ask
        .query
        .iter()
        .filter(|(name, _)| name == "filter_properties" || name == "filter_properties[]")
        .map(|(_, id)| id.as_str())
        .collect();
    if !wanted.is_empty()
        && let Some(properties) = page.get_mut("properties").and_then(Value::as_object_mut)
    {
        properties.retain(|name, property| wanted.iter().any(|id| is_called(name, property, id)));
    }
    page
}

/// A property by its id, as it is given or unescaped, or by its name.
fn is_called(name: &str, property: &Value, wanted: &str) -> bool {
    let id = property["id"].as_str().unwrap_or_default();
    id == wanted || name == wanted || unescaped(id) == unescaped(wanted)
}

fn unescaped(text: &str) -> String {
    let spaced = text.replace('+', "%2B");
    form_urlencoded::parse(spaced.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// `pages/{id}/properties/{property}`.
pub(super) fn property(ask: &Ask<'_>, id: &str, wanted: &str) -> Answer {
    let (space, id) = (ask.notion.space(), canonical(id));
    let page = space.page_json(readable(ask, &space, &id)?);
    let properties = page["properties"].as_object().cloned().unwrap_or_default();
    let found = properties.iter().find(|(name, property)| is_called(name, property, wanted));
    let property = found.map(|(_, property)| property).ok_or_else(|| Problem::missing("property", wanted))?;
    let (kind, id) = (property["type"].as_str().unwrap_or_default(), &property["id"]);
    let item = |value: &Value| {
        let mut item = json!({"object": "property_item", "id": id, "type": kind});
        item[kind] = value.clone();
        item
    };
    let many = matches!(kind, "title" | "rich_text" | "people" | "relation");
    let Some(values) = property[kind].as_array().filter(|_| many) else {
        return Ok(Said { body: item(&property[kind]), rows: 1 });
    };
    let rows = values.iter().enumerate().map(|(place, value)| {
        // Values have no ids of their own: a cursor is a place.
        Row { sort: i64::try_from(place).unwrap_or(i64::MAX), id: place.to_string(), item: value }
    });
    let mut about = json!({"id": id, "next_url": null, "type": kind});
    about[kind] = json!({});
    let list = List { about, ..List::of("property_item", Walk::Sorted) };
    paging::page(ask, rows.collect(), list, |row| item(row.item))
}

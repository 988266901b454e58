//! Values that an edit brings: words become what the site knows by these words.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::rewritten::{Rewriting, Side};
use crate::jira::issue::{Issue, parts};
use crate::jira::moment;
use crate::jira::seed::{adf, nouns};
use crate::jira::site::Site;
use crate::json::{Members, quoted};

/// Fields that follow from what happens and cannot be set.
const OWN: [&str; 4] = ["created", "updated", "project", "comment"];

/// Takes every field of an edit, or says what is wrong with one.
pub(super) fn fill(
    site: &Site,
    issue: &Issue,
    fields: Map<String, Value>,
    rewriting: &mut Rewriting,
    now: DateTime<Utc>,
) -> Result<(), String> {
    let json = issue.json();
    let (_, present) = parts(&json);
    for (field, value) in fields {
        if OWN.contains(&field.as_str()) {
            return Err(format!("`{field}` cannot be set; it follows from what is done to an issue"));
        }
        known(site, &present, &field)?;
        let new = match field.as_str() {
            "status" => status(site, text(&field, &value)?)?,
            "priority" => priority(site, &value)?,
            "security" if value.is_string() => nouns::security(text(&field, &value)?, &site.url),
            "description" | "environment" if value.is_string() => document(&value),
            "assignee" | "reporter" if value.is_string() => person(site, text(&field, &value)?)?,
            _ => value.to_string(),
        };
        let (from, to) = (side(present.get(&field).unwrap_or("null")), side(&new));
        rewriting.set(&field, new.clone(), from, to);
        if field == "status" {
            follow(site, &present, &new, rewriting, now);
        }
    }
    Ok(())
}

/// Text as a document, or the document that it is.
pub(super) fn document(value: &Value) -> String {
    match value {
        Value::String(text) => adf::plain(text),
        other => other.to_string(),
    }
}

/// The status of this name.
pub(super) fn status(site: &Site, name: &str) -> Result<String, String> {
    let example = site.example_of(&name.trim().to_lowercase());
    let held = example.and_then(|issue| parts(&issue.json()).1.get("status").map(str::to_owned));
    // What no issue has now can still be one of the made-up company's.
    let own = || site.world.as_ref().and_then(|_| nouns::status_called(name, &site.url));
    held.or_else(own).ok_or_else(|| {
        let mut names: Vec<String> = site.statuses().map(str::to_owned).collect();
        if site.world.is_some() {
            names.extend(nouns::status_names().map(str::to_lowercase));
        }
        names.sort();
        names.dedup();
        format!("`{name}` is no status; there are {}", names.join(", "))
    })
}

/// Any status that some issue has.
pub(super) fn any_status(site: &Site) -> Result<String, String> {
    let name = site.statuses().next().ok_or("no issue has a status yet")?;
    status(site, name)
}

fn priority(site: &Site, value: &Value) -> Result<String, String> {
    let Value::String(name) = value else { return Ok(value.to_string()) };
    let rank = (1..=5).find(|rank| nouns::priority_name(*rank).eq_ignore_ascii_case(name.trim()));
    let rank =
        rank.ok_or_else(|| format!("`{name}` is no priority; there are Highest, High, Medium, Low, Lowest"))?;
    Ok(nouns::priority(rank, &site.url))
}

/// By name, address or account.
fn person(site: &Site, who: &str) -> Result<String, String> {
    let people = site.world.as_ref().map(|world| world.people()).unwrap_or_default();
    let found =
        people.iter().find(|person| person.name == who || person.email == who || person.account_id == who);
    let names = || people.iter().map(|person| person.name).collect::<Vec<_>>().join(", ");
    found.map(|person| nouns::person(person, &site.url)).ok_or_else(|| {
        if people.is_empty() {
            format!("`{who}` is not known here; give the whole user as an object")
        } else {
            format!("`{who}` does not work here; there are {}", names())
        }
    })
}

fn known(site: &Site, present: &Members<'_>, field: &str) -> Result<(), String> {
    let is_known = present.get(field).is_some() || site.fields.iter().any(|(id, _)| id == field);
    if is_known {
        return Ok(());
    }
    let names: Vec<_> = site.fields.iter().map(|(id, _)| id.as_str()).collect();
    Err(format!("`{field}` is no field; there are {}", names.join(", ")))
}

/// What ends has a resolution, what is opened again has none.
fn follow(site: &Site, present: &Members<'_>, status: &str, rewriting: &mut Rewriting, now: DateTime<Utc>) {
    let category = |status: &str| {
        let category = Members::read(status).ok()?.object("statusCategory")?;
        category.text("key")
    };
    let done = category(status).is_some_and(|key| key == "done");
    let was_done = present.get("status").and_then(category).is_some_and(|key| key == "done");
    let time = quoted(&moment::written(now.timestamp_millis(), site.zone));
    if done != was_done {
        let resolution = json!({"id": "10000", "name": "Done", "description": ""});
        rewriting.put("resolution", if done { resolution.to_string() } else { "null".to_owned() });
        rewriting.put("resolutiondate", if done { time.clone() } else { "null".to_owned() });
        rewriting.put("statuscategorychangedate", time);
    }
}

fn text<'a>(field: &str, value: &'a Value) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| format!("`{field}` has to be text"))
}

/// How a history tells a value.
fn side(json: &str) -> Side {
    if let Ok(members) = Members::read(json) {
        let id = members.text("accountId").or_else(|| members.text("id"));
        let name = members.text("displayName").or_else(|| members.text("name"));
        return (id, name);
    }
    match serde_json::from_str(json) {
        Ok(Value::Null) | Err(_) => (None, None),
        Ok(Value::String(text)) => (None, Some(text)),
        Ok(other) => (None, Some(other.to_string())),
    }
}

//! The properties of a row: each as words for its body, some as a state, labels, people and links.

use std::collections::{BTreeSet, HashMap};

use daybook_core::model::document::{Part, Person, StateCategory};
use serde_json::value::RawValue;

use super::id::Id;
use super::links::Links;
use super::people::{People, name};
use super::schema::Schema;
use super::text::{self, lasting};
use crate::object::Object;

/// Values of a property that a page shows; the rest is asked for apart.
const SHOWN: usize = 25;
/// Names of select and checkbox properties that say how far along a row is, where it has no status.
const STATE_NAMES: [&str; 6] = ["status", "state", "stage", "done", "complete", "completed"];

/// All values of properties that a page shows in part, by the properties' ids.
pub(super) type Further = HashMap<String, Vec<Box<RawValue>>>;

/// What properties say.
#[derive(Debug, Default)]
pub(super) struct Properties {
    pub(super) title: String,
    /// `MTG-42`.
    pub(super) key: Option<String>,
    pub(super) state: Option<String>,
    pub(super) category: Option<StateCategory>,
    pub(super) labels: Vec<String>,
    pub(super) people: BTreeSet<Person>,
    /// `- Status: In progress`, a property a line.
    pub(super) lines: Vec<String>,
    pub(super) gaps: Vec<String>,
    has_status: bool,
}

/// Properties of which the page shows the first values only: name, id, kind.
pub(super) fn cut(properties: &Object<'_>) -> Vec<(String, String, String)> {
    let cut = properties.members().filter_map(|(name, json)| {
        let property = Object::read(json)?;
        let kind = property.text("type")?.into_owned();
        let is_cut = match kind.as_str() {
            "relation" => property.json("has_more") == Some("true"),
            "title" | "rich_text" | "people" => property.elements(&kind).len() >= SHOWN,
            _ => false,
        };
        let id = property.text("id").filter(|_| is_cut)?;
        Some((name.to_owned(), id.into_owned(), kind))
    });
    cut.collect()
}

/// Everybody whom properties name.
pub(super) fn people(properties: &Object<'_>, further: &Further) -> BTreeSet<Id> {
    let mut ids = BTreeSet::new();
    for (_, json) in properties.members() {
        let Some(property) = Object::read(json) else { continue };
        let kind = property.text("type").unwrap_or_default();
        match kind.as_ref() {
            "people" => ids.extend(
                values(&property, "people", further)
                    .iter()
                    .filter_map(|user| Id::read(&Object::read(user.get())?.id("id")?)),
            ),
            "created_by" | "last_edited_by" => ids.extend(super::people::id_of(&property, &kind)),
            _ => {}
        }
    }
    ids
}

fn values<'v>(property: &Object<'v>, kind: &str, further: &'v Further) -> Vec<&'v RawValue> {
    let further = property.text("id").and_then(|id| further.get(id.as_ref()));
    further.map_or_else(|| property.elements(kind), |all| all.iter().map(AsRef::as_ref).collect())
}

/// Reads a page's properties.
pub(super) fn read(
    properties: &Object<'_>,
    further: &Further,
    schema: Option<&Schema>,
    known: &People,
    links: &mut Links,
) -> Properties {
    let mut all = Properties::default();
    for (name, json) in properties.members() {
        let Some(property) = Object::read(json) else { continue };
        let kind = property.text("type").unwrap_or_default();
        all.note(name, &kind, &property, schema);
        let mut reader = Reader { name, property: &property, further, known, links, all: &mut all };
        let words = reader.words(&kind);
        if kind == "title" {
            all.title = words.split_whitespace().collect::<Vec<_>>().join(" ");
        } else if !words.trim().is_empty() {
            let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
            all.lines.push(format!("- {}: {words}", name.trim()));
        }
    }
    let mut met = BTreeSet::new();
    all.labels.retain(|label| !label.is_empty() && met.insert(label.clone()));
    all
}

impl Properties {
    /// What a property says about the whole row.
    fn note(&mut self, name: &str, kind: &str, property: &Object<'_>, schema: Option<&Schema>) {
        let is_state = STATE_NAMES.contains(&name.trim().to_lowercase().as_str());
        let option = property.object(kind);
        let chosen = option.as_ref().and_then(|option| option.text("name")).map(std::borrow::Cow::into_owned);
        match kind {
            "status" if !self.has_status => {
                self.has_status = true;
                self.category =
                    option.as_ref().zip(schema).and_then(|(option, schema)| schema.category(option));
                self.state = chosen;
            }
            "select" => {
                if is_state && !self.has_status && self.state.is_none() {
                    self.state.clone_from(&chosen);
                }
                self.labels.extend(chosen);
            }
            "multi_select" => {
                let options = property.elements(kind);
                let options = options.iter().filter_map(|option| Object::read(option.get()));
                self.labels.extend(options.filter_map(|option| option.text("name").map(Into::into)));
            }
            "checkbox" if is_state && self.state.is_none() => {
                let is_done = property.json(kind) == Some("true");
                self.state = Some(if is_done { "done" } else { "not done" }.to_owned());
                self.category = Some(if is_done { StateCategory::Done } else { StateCategory::Todo });
            }
            "unique_id" => self.key = self.key.take().or_else(|| option.as_ref().and_then(number)),
            _ => {}
        }
    }
}

fn number(unique: &Object<'_>) -> Option<String> {
    let number = unique.number("number")?;
    let prefix = unique.text("prefix").filter(|prefix| !prefix.is_empty());
    Some(prefix.map_or_else(|| number.to_string(), |prefix| format!("{prefix}-{number}")))
}

struct Reader<'r, 'v> {
    name: &'r str,
    property: &'r Object<'v>,
    further: &'v Further,
    known: &'r People,
    links: &'r mut Links,
    all: &'r mut Properties,
}

impl Reader<'_, '_> {
    fn words(&mut self, kind: &str) -> String {
        let property = self.property;
        match kind {
            "title" | "rich_text" => text::elements(&values(property, kind, self.further), self.links),
            "people" => {
                let users = values(property, kind, self.further);
                let names: Vec<_> =
                    users.iter().filter_map(|user| self.person(&Object::read(user.get())?)).collect();
                names.join(", ")
            }
            "relation" => self.relation(),
            "rollup" => self.rollup(),
            "created_by" | "last_edited_by" => {
                property.object(kind).and_then(|user| self.person(&user)).unwrap_or_default()
            }
            _ => plain_words(property, kind),
        }
    }

    fn person(&mut self, user: &Object<'_>) -> Option<String> {
        let id = Id::read(&user.id("id")?)?;
        let person = self.known.person(Part::Named, id, name(user).as_deref());
        let name = person.name.clone();
        self.all.people.insert(person);
        Some(name)
    }

    fn relation(&mut self) -> String {
        let related = values(self.property, "relation", self.further);
        let relation = format!("relation: {}", self.name.trim());
        let mut count = 0;
        for id in related.iter().filter_map(|one| Id::read(&Object::read(one.get())?.id("id")?)) {
            self.links.add(&relation, id);
            count += 1;
        }
        match count {
            0 => String::new(),
            1 => "1 linked page".to_owned(),
            count => format!("{count} linked pages"),
        }
    }

    fn rollup(&mut self) -> String {
        let Some(rollup) = self.property.object("rollup") else { return String::new() };
        let kind = rollup.text("type").unwrap_or_default();
        if kind != "array" {
            return plain_words(&rollup, &kind);
        }
        let elements = rollup.elements("array");
        if elements.len() >= SHOWN {
            let gap =
                format!("of the rollup `{}` Notion shows the first {SHOWN} values at most", self.name.trim());
            self.all.gaps.push(gap);
        }
        let each = elements.iter().filter_map(|element| {
            let element = Object::read(element.get())?;
            let kind = element.text("type")?;
            let words = match kind.as_ref() {
                "title" | "rich_text" => text::markdown(&element, &kind, self.links),
                kind => plain_words(&element, kind),
            };
            Some(words).filter(|words| !words.trim().is_empty())
        });
        each.collect::<Vec<_>>().join(", ")
    }
}

/// The words of what needs nothing but itself.
fn plain_words(holder: &Object<'_>, kind: &str) -> String {
    let text = || holder.text(kind).unwrap_or_default().into_owned();
    let inner = holder.object(kind);
    let inner = inner.as_ref();
    match kind {
        "number" => holder.json(kind).unwrap_or_default().to_owned(),
        "checkbox" | "boolean" => match holder.json(kind) {
            Some("true") => "yes".to_owned(),
            Some("false") => "no".to_owned(),
            _ => String::new(),
        },
        "select" | "status" => inner.and_then(|option| option.text("name")).unwrap_or_default().into_owned(),
        "multi_select" => names(holder, kind),
        "files" => files(holder),
        "date" => inner.map(date).unwrap_or_default(),
        "url" => lasting(&text()).unwrap_or_default(),
        "formula" => inner
            .map(|formula| plain_words(formula, &formula.text("type").unwrap_or_default()))
            .unwrap_or_default(),
        "unique_id" => inner.and_then(number).unwrap_or_default(),
        "verification" => inner.and_then(|state| state.text("state")).unwrap_or_default().into_owned(),
        "place" => {
            let part =
                |name: &str| inner.and_then(|place| place.text(name)).map(std::borrow::Cow::into_owned);
            [part("name"), part("address")].into_iter().flatten().collect::<Vec<_>>().join(", ")
        }
        "people" | "relation" => format!("{} of them", holder.elements(kind).len()),
        "button" => String::new(),
        // Text of a known kind, or whatever text a new kind has.
        _ => text(),
    }
}

fn names(holder: &Object<'_>, kind: &str) -> String {
    let elements = holder.elements(kind);
    let names = elements.iter().filter_map(|one| Object::read(one.get())?.text("name").map(String::from));
    names.collect::<Vec<_>>().join(", ")
}

/// Files by name; the addresses of those that Notion keeps hold for an hour.
fn files(holder: &Object<'_>) -> String {
    let elements = holder.elements("files");
    let named = elements.iter().filter_map(|file| {
        let file = Object::read(file.get())?;
        let name = file.text("name").unwrap_or("file".into());
        let outside = file.object("external").and_then(|file| lasting(&file.text("url")?));
        let same = outside.as_deref() == Some(name.as_ref());
        Some(match outside {
            Some(address) if !same => format!("[{name}]({address})"),
            _ => name.into_owned(),
        })
    });
    named.collect::<Vec<_>>().join(", ")
}

fn date(date: &Object<'_>) -> String {
    let start = date.text("start").unwrap_or_default();
    let zone = date.text("time_zone").map(|zone| format!(" ({zone})")).unwrap_or_default();
    match date.text("end") {
        Some(end) => format!("{start} to {end}{zone}"),
        None => format!("{start}{zone}"),
    }
}

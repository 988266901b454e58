//! Pages and data sources as documents. Who may read a page Notion tells nobody: what was shared with the connection is
//! shown to every member of Daybook, and whoever connects it decides so.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use daybook_core::model::audience::Audience;
use daybook_core::model::document::{Document, DocumentKind, Link, Part, Person, without_nul};

use super::KIND;
use super::id::Id;
use super::links::{Links, address_like};
use super::markdown::title;
use super::people::{People, id_of, name};
use super::properties::Properties;
use super::text::markdown;
use crate::bounded::{Bounded, MOST_TEXT};
use crate::object::Object;
use crate::time;

/// Longest title.
const LONGEST_TITLE: usize = 1_000;

/// What every record has, read and checked.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) id: Id,
    pub(super) edited: DateTime<Utc>,
    pub(super) created: DateTime<Utc>,
    pub(super) url: String,
    /// The data source whose row it is.
    pub(super) source: Option<Id>,
    pub(super) in_trash: bool,
    pub(super) is_archived: bool,
}

/// A moment as Notion writes it: a text, never a number.
pub(super) fn moment(object: &Object<'_>, member: &str) -> Option<DateTime<Utc>> {
    object.json(member).filter(|json| json.starts_with('"')).and_then(time::moment)
}

impl Head {
    /// An error names the member that is not as it should be.
    pub(super) fn read(object: &Object<'_>) -> Result<Self, String> {
        let id =
            object.id("id").and_then(|id| Id::read(&id)).ok_or("`id` is missing or none of Notion's ids")?;
        let edited = moment(object, "last_edited_time");
        let edited = edited.ok_or("`last_edited_time` is missing or no moment")?;
        let url = object.text("url").filter(|url| url.starts_with("https://"));
        let source = object.object("parent").and_then(|parent| Id::read(&parent.id("data_source_id")?));
        let is = |member: &str| object.json(member) == Some("true");
        Ok(Self {
            id,
            edited,
            created: moment(object, "created_time").unwrap_or(edited),
            url: url.map_or_else(|| address_like("", id), std::borrow::Cow::into_owned),
            source,
            in_trash: is("in_trash"),
            is_archived: is("is_archived") || is("archived"),
        })
    }

    pub(super) fn edited_ms(&self) -> i64 {
        self.edited.timestamp_millis()
    }
}

/// A page with what stands on it.
pub(super) struct Told<'t> {
    pub(super) page: &'t Object<'t>,
    pub(super) head: &'t Head,
    /// The page above, and how it is above.
    pub(super) parent: Option<(Id, &'static str)>,
    pub(super) properties: Properties,
    pub(super) body: String,
    /// Bytes of the body that there was no room for.
    pub(super) beyond: usize,
    pub(super) comments: String,
    pub(super) commenters: BTreeSet<Person>,
    pub(super) links: Links,
}

/// The document of a page.
pub(super) fn page(told: Told<'_>, people: &People) -> Document {
    let Told { page, head, properties, .. } = told;
    let mut named = properties.people;
    named.extend(told.commenters);
    named.extend(makers(page, people));
    let mut body = Bounded::new(MOST_TEXT);
    body.push_str(&properties.lines.join("\n"));
    if !body.is_empty() && !told.body.is_empty() {
        body.push_str("\n\n");
    }
    body.push_str(&told.body);
    body.count_beyond(told.beyond);
    let mut links = parents(told.parent, &head.url);
    links.extend(told.links.finish(&head.url));
    Document {
        title: shortened(&properties.title),
        key: properties.key.unwrap_or_else(|| head.id.short()),
        body: without_nul(body.finish()),
        comments: without_nul(told.comments),
        state: properties.state,
        state_category: properties.category,
        labels: properties.labels,
        people: named.into_iter().collect(),
        links,
        ..document(DocumentKind::Page, head)
    }
}

/// The document of a data source: its description, and what its rows have.
pub(super) fn source(source: &Object<'_>, head: &Head, people: &People) -> Document {
    let mut links = Links::default();
    let mut body = markdown(source, "description", &mut links);
    let properties = source.object("properties");
    let all: Vec<String> = properties.iter().flat_map(Object::members).map(property).collect();
    if !all.is_empty() {
        body.push_str(if body.is_empty() { "" } else { "\n\n" });
        body.push_str(&all.join("\n"));
    }
    let mut text = Bounded::new(MOST_TEXT);
    text.push_str(&body);
    let above = source.object("database_parent").and_then(|parent| Id::read(&parent.id("page_id")?));
    let database = source.object("parent").and_then(|parent| Id::read(&parent.id("database_id")?));
    let parent = above.map(|id| (id, "parent")).or(database.map(|id| (id, "database")));
    let mut all = parents(parent, &head.url);
    all.extend(links.finish(&head.url));
    Document {
        title: shortened(&title(source, "title")),
        key: head.id.short(),
        body: without_nul(text.finish()),
        people: makers(source, people).into_iter().collect(),
        links: all,
        ..document(DocumentKind::DataSource, head)
    }
}

fn document(kind: DocumentKind, head: &Head) -> Document {
    Document {
        source: KIND,
        kind,
        external_id: head.id.to_string(),
        key: String::new(),
        title: String::new(),
        body: String::new(),
        comments: String::new(),
        url: head.url.clone(),
        project: None,
        state: None,
        state_category: None,
        labels: Vec::new(),
        people: Vec::new(),
        links: Vec::new(),
        details: None,
        audience: Audience::Members,
        created_at: head.created,
        updated_at: head.edited,
        occurred_at: None,
    }
}

/// A property of a data source: its name, its kind, and what can be chosen.
fn property((name, json): (&str, &str)) -> String {
    let Some(property) = Object::read(json) else { return format!("- {name}") };
    let kind = property.text("type").unwrap_or_default();
    let options: Vec<String> = property
        .object(&kind)
        .map(|about| about.elements("options"))
        .unwrap_or_default()
        .iter()
        .filter_map(|option| Object::read(option.get())?.text("name").map(String::from))
        .collect();
    let described = property.text("description").filter(|words| !words.trim().is_empty());
    let described = described.map(|words| format!(". {}", words.trim())).unwrap_or_default();
    let options = if options.is_empty() { String::new() } else { format!(": {}", options.join(", ")) };
    format!("- {name} ({}){options}{described}", kind.replace('_', " "))
}

/// The ids of those who made and last changed it.
pub(super) fn maker_ids(object: &Object<'_>) -> BTreeSet<Id> {
    ["created_by", "last_edited_by"].iter().filter_map(|member| id_of(object, member)).collect()
}

fn makers(object: &Object<'_>, people: &People) -> BTreeSet<Person> {
    let parts = [(Part::Creator, "created_by"), (Part::Editor, "last_edited_by")];
    let makers = parts.iter().filter_map(|(part, member)| {
        let shown = object.object(member).as_ref().and_then(name);
        Some(people.person(*part, id_of(object, member)?, shown.as_deref()))
    });
    makers.collect()
}

fn parents(parent: Option<(Id, &'static str)>, url: &str) -> Vec<Link> {
    let link = |(id, word): (Id, &str)| Link {
        relation: word.to_owned(),
        to: id.to_string(),
        url: Some(address_like(url, id)),
    };
    parent.map(link).into_iter().collect()
}

fn shortened(words: &str) -> String {
    let mut title = Bounded::new(LONGEST_TITLE);
    title.push_str(if words.is_empty() { "Untitled" } else { words });
    let (title, beyond) = title.into_parts();
    without_nul(if beyond > 0 { format!("{title} …") } else { title })
}

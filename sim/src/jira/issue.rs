//! One issue: the bytes that are served, and the little that searching needs to know of it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Deref;
use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};

use super::moment;
use super::seed::Born;
use crate::json::{self, Members, Object};

/// The vendor embeds so many comments; the rest is read from the comment endpoint.
pub(crate) const EMBEDDED_COMMENTS: usize = 100;

pub(crate) const EXPAND: &str = "\"operations,versionedRepresentations,editmeta,changelog,renderedFields\"";

/// What searching needs to know of an issue.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) id: u64,
    pub(crate) project: String,
    /// The number in its key.
    pub(crate) number: u64,
    /// Milliseconds since 1970.
    pub(crate) created: i64,
    /// Milliseconds since 1970.
    pub(crate) updated: i64,
    /// The status by name, in lower case.
    pub(crate) status: String,
    /// The key of the status category.
    pub(crate) category: String,
    /// It has a security level.
    pub(crate) restricted: bool,
    /// Some of its comments are not for everybody.
    pub(crate) guarded: bool,
}

/// An issue as it is held.
#[derive(Debug)]
pub(crate) struct Issue {
    pub(crate) facts: Facts,
    record: Record,
    /// Its past in the made-up company's history.
    pub(crate) past: Option<Born>,
    /// Histories made by edits, as JSON, oldest first.
    pub(crate) edits: Vec<String>,
    digest: OnceLock<String>,
}

/// The bytes that are served.
#[derive(Debug)]
enum Record {
    Held {
        /// The object of a search page with all fields.
        json: String,
        /// All comments, where `json` has only the first of them.
        comments: Option<Vec<String>>,
    },
    /// Written when it is asked for.
    Told(Born),
}

impl Deref for Issue {
    type Target = Facts;

    fn deref(&self) -> &Facts {
        &self.facts
    }
}

/// A key in its two parts: `HARB-17`.
pub(crate) fn key_parts(key: &str) -> Option<(&str, u64)> {
    let (project, number) = key.rsplit_once('-')?;
    let number = number.parse().ok()?;
    (!project.is_empty()).then_some((project, number))
}

impl Issue {
    /// Reads a record; what the vendor always sends and the record lacks is added, what begins with `_` is left out.
    pub(crate) fn read(record: &str, site_url: &str) -> Result<Self, String> {
        Self::read_as(None, record, site_url)
    }

    /// Reads a record of another site, whose id is taken here.
    pub(crate) fn read_as(new: Option<u64>, record: &str, site_url: &str) -> Result<Self, String> {
        let members = Members::read(record).map_err(|error| format!("is no JSON object: {error}"))?;
        let id = members.text("id").ok_or("has no id")?;
        let id: u64 = id.parse().map_err(|_| format!("has the id `{id}`, which is no number"))?;
        let id = new.unwrap_or(id);
        let key = members.text("key").ok_or("has no key")?;
        let (project, number) =
            key_parts(&key).ok_or_else(|| format!("has the key `{key}`, which is none"))?;
        let fields = members.object("fields").ok_or("has no fields")?;
        let time = |name| fields.text(name).and_then(|text| moment::read(&text)).unwrap_or(0);
        let (updated, created) = (time("updated"), time("created"));
        let status = fields.object("status");
        let category = status.as_ref().and_then(|status| status.object("statusCategory"));
        let (comment, comments) = shortened_comments(&fields);
        let own = format!("\"{site_url}/rest/api/3/issue/{id}\"");
        let json = Object::new()
            .raw("expand", members.get("expand").unwrap_or(EXPAND))
            .text("id", &id.to_string())
            .raw("self", members.get("self").filter(|_| new.is_none()).unwrap_or(&own))
            .raw("key", members.get("key").unwrap_or_default())
            .raw("fields", &whole_fields(&fields, project, comment.as_deref(), site_url))
            .end();
        let facts = Facts {
            id,
            project: project.to_owned(),
            number,
            created,
            updated,
            status: status.and_then(|status| status.text("name")).unwrap_or_default().to_lowercase(),
            category: category.and_then(|category| category.text("key")).unwrap_or_default(),
            restricted: fields.get("security").is_some_and(|security| security != "null"),
            guarded: fields.get("comment").is_some_and(is_guarded),
        };
        let record = Record::Held { json, comments };
        Ok(Self { facts, record, past: None, edits: Vec::new(), digest: OnceLock::new() })
    }

    /// A piece of the made-up company's work.
    pub(crate) fn born(facts: Facts, born: Born) -> Self {
        let record = Record::Told(born.clone());
        Self { facts, record, past: Some(born), edits: Vec::new(), digest: OnceLock::new() }
    }

    /// The object of a search page with all fields.
    pub(crate) fn json(&self) -> Cow<'_, str> {
        match &self.record {
            Record::Held { json, .. } => Cow::Borrowed(json),
            Record::Told(born) => Cow::Owned(born.dress.whole(born.place)),
        }
    }

    pub(crate) fn key(&self) -> String {
        format!("{}-{}", self.project, self.number)
    }

    /// How many comments there are according to the record, and those that are held.
    pub(crate) fn comments(&self) -> (i64, Vec<String>) {
        let json = match &self.record {
            Record::Told(born) => {
                let all = born.dress.comments(born.place);
                return (i64::try_from(all.len()).unwrap_or(i64::MAX), all);
            }
            Record::Held { json, .. } => json,
        };
        let comment = parts(json).1.object("comment").unwrap_or_default();
        let held = match &self.record {
            Record::Held { comments: Some(all), .. } => all.clone(),
            _ => comment.list("comments").unwrap_or_default().into_iter().map(str::to_owned).collect(),
        };
        let total = comment.number("total").unwrap_or_else(|| i64::try_from(held.len()).unwrap_or(i64::MAX));
        (total, held)
    }

    /// The line of the list of what is held.
    pub(crate) fn held(&self) -> String {
        let json = self.json();
        let digest = self.digest.get_or_init(|| {
            Sha256::digest(json.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            })
        });
        Object::new()
            .text("id", &self.id.to_string())
            .text("key", &self.key())
            .raw("updated", parts(&json).1.get("updated").unwrap_or("null"))
            .text("sha256", digest)
            .end()
    }
}

/// Whether some of the comments are not for everybody.
fn is_guarded(comment: &str) -> bool {
    comment.contains("\"visibility\"") || comment.contains("\"jsdPublic\":false")
}

/// The members of an issue and of its fields.
pub(crate) fn parts(json: &str) -> (Members<'_>, Members<'_>) {
    let members = Members::read(json).unwrap_or_default();
    let fields = members.object("fields").unwrap_or_default();
    (members, fields)
}

/// All fields of the record; `project` is derived from the key where it is missing.
fn whole_fields(fields: &Members<'_>, project: &str, comment: Option<&str>, site_url: &str) -> String {
    let mut whole = Object::new();
    for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with('_')) {
        let value = if name == "comment" { comment.unwrap_or(value) } else { value };
        whole = whole.raw(name, value);
    }
    if fields.get("project").is_none() {
        whole = whole.raw("project", &derived_project(project, site_url));
    }
    whole.end()
}

fn derived_project(key: &str, site_url: &str) -> String {
    let id = 20_000 + key.bytes().fold(7_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 60_000);
    Object::new()
        .text("self", &format!("{site_url}/rest/api/3/project/{id}"))
        .text("id", &id.to_string())
        .text("key", key)
        .text("name", key)
        .text("projectTypeKey", "software")
        .raw("simplified", "false")
        .raw("avatarUrls", "{}")
        .end()
}

/// The first comments as they are embedded, and all of them; nothing if all can be embedded as they are.
fn shortened_comments(fields: &Members<'_>) -> (Option<String>, Option<Vec<String>>) {
    let Some(comment) = fields.object("comment") else { return (None, None) };
    let all = comment.list("comments").unwrap_or_default();
    if all.len() <= EMBEDDED_COMMENTS {
        return (None, None);
    }
    let total = comment.number("total").unwrap_or_default().max(i64::try_from(all.len()).unwrap_or(i64::MAX));
    let shortened = Object::new()
        .raw("comments", &json::list(&all[..EMBEDDED_COMMENTS]))
        .raw("self", comment.get("self").unwrap_or("null"))
        .plain("maxResults", EMBEDDED_COMMENTS)
        .plain("total", total)
        .raw("startAt", "0")
        .end();
    (Some(shortened), Some(all.into_iter().map(str::to_owned).collect()))
}

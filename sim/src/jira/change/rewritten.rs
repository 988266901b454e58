//! An issue with some of its fields changed, and the history that says so.

use chrono::{DateTime, Utc};

use crate::jira::caller::Caller;
use crate::jira::issue::{Issue, parts};
use crate::jira::moment;
use crate::jira::site::Site;
use crate::json::{self, Object, quoted};

/// What is stored, and what people read of it.
pub(super) type Side = (Option<String>, Option<String>);

/// The changes of one issue.
#[derive(Debug)]
pub(super) struct Rewriting {
    key: String,
    /// Fields by name, as JSON.
    fields: Vec<(String, String)>,
    /// Items of the history, as JSON.
    items: Vec<String>,
    /// How many comments there are according to the site, and those that are held.
    comments: (i64, Vec<String>),
    /// `updated` stays where it is.
    silent: bool,
}

/// Who makes all edits.
pub(super) fn author(url: &str) -> String {
    let caller = Caller::full("", chrono_tz::UTC);
    Object::new()
        .text("self", &format!("{url}/rest/api/3/user?accountId={}", caller.account_id.replace(':', "%3A")))
        .text("accountId", caller.account_id)
        .raw("avatarUrls", "{}")
        .text("displayName", caller.name)
        .raw("active", "true")
        .text("timeZone", caller.zone.name())
        .text("accountType", "atlassian")
        .end()
}

impl Rewriting {
    pub(super) fn of(issue: &Issue) -> Self {
        let comments = issue.comments();
        Self { key: issue.key(), fields: Vec::new(), items: Vec::new(), comments, silent: false }
    }

    /// Changes a field, and notes it in the history.
    pub(super) fn set(&mut self, field: &str, json: String, from: Side, to: Side) {
        self.put(field, json);
        self.items.push(item(field, from, to));
    }

    /// Changes a field that follows from another.
    pub(super) fn put(&mut self, field: &str, json: String) {
        self.fields.retain(|(name, _)| name != field);
        self.fields.push((field.to_owned(), json));
    }

    pub(super) fn comments(&mut self, total: i64, all: Vec<String>) {
        self.comments = (total, all);
    }

    pub(super) fn rename(&mut self, key: String, old: String) {
        self.items.push(item("Key", (None, Some(old)), (None, Some(key.clone()))));
        self.key = key;
    }

    pub(super) fn stay_silent(&mut self) {
        self.silent = true;
    }

    pub(super) fn forget_changes(&mut self) {
        self.items.clear();
    }

    /// The issue as it is now.
    pub(super) fn done(self, old: &Issue, site: &Site, now: DateTime<Utc>) -> Result<Issue, String> {
        let json = old.json();
        let (members, fields) = parts(&json);
        let time = moment::written(now.timestamp_millis(), site.zone);
        let mut whole = Object::new();
        for (name, value) in fields.iter() {
            let new = self.fields.iter().find(|(field, _)| field == name).map(|(_, json)| json.as_str());
            whole = match (name, new) {
                ("updated", _) if !self.silent => whole.text(name, &time),
                ("comment", _) => whole.raw(name, &self.comment_list(old.id, site)),
                (_, new) => whole.raw(name, new.unwrap_or(value)),
            };
        }
        for (name, json) in self.fields.iter().filter(|(name, _)| fields.get(name).is_none()) {
            whole = whole.raw(name, json);
        }
        let record = Object::new()
            .raw("expand", members.get("expand").unwrap_or("\"\""))
            .raw("id", members.get("id").unwrap_or("\"\""))
            .raw("self", members.get("self").unwrap_or("\"\""))
            .text("key", &self.key)
            .raw("fields", &whole.end())
            .end();
        let mut issue = Issue::read(&record, &site.url)?;
        issue.past.clone_from(&old.past);
        issue.edits.clone_from(&old.edits);
        if !self.items.is_empty() {
            issue.edits.push(self.history(old, site, &time));
        }
        Ok(issue)
    }

    fn comment_list(&self, id: u64, site: &Site) -> String {
        let (total, all) = &self.comments;
        Object::new()
            .raw("comments", &json::list(all))
            .text("self", &format!("{}/rest/api/3/issue/{id}/comment", site.url))
            .plain("maxResults", all.len())
            .plain("total", total)
            .raw("startAt", "0")
            .end()
    }

    fn history(&self, old: &Issue, site: &Site, time: &str) -> String {
        let id = 7_000_000_000 + old.id * 1_000 + u64::try_from(old.edits.len()).unwrap_or(0);
        Object::new()
            .text("id", &id.to_string())
            .raw("author", &author(&site.url))
            .text("created", time)
            .raw("items", &json::list(&self.items))
            .end()
    }
}

fn item(field: &str, from: Side, to: Side) -> String {
    let json = |text: Option<String>| text.map_or_else(|| "null".to_owned(), |text| quoted(&text));
    Object::new()
        .text("field", field)
        .text("fieldtype", if field.starts_with("customfield_") { "custom" } else { "jira" })
        .text("fieldId", if field == "Key" { "issuekey" } else { field })
        .raw("from", &json(from.0))
        .raw("fromString", &json(from.1))
        .raw("to", &json(to.0))
        .raw("toString", &json(to.1))
        .end()
}

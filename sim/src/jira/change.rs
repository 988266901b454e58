//! Edits from outside: what people do on the site while others read it. Each moves `updated` where the vendor would.

mod rewritten;
mod value;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use self::rewritten::Rewriting;
use super::issue::Issue;
use super::seed::nouns;
use super::site::Site;
use crate::json::Object;

/// `{"edit":{"key":"HARB-17","fields":{"summary":"..."}}}`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Change {
    Create(Create),
    Edit(Edit),
    Comment(Comment),
    /// The vendor's `updated` stays where it is.
    DeleteComment(DeleteComment),
    /// By key or id.
    Delete(String),
    Move(Move),
    Restrict(Restrict),
    ArchiveProject(String),
    RestoreProject(String),
    /// The caller's right to see a project ends; the project lives on.
    LoseProject(String),
    RegainProject(String),
    /// The limited caller alone does not see a project any more.
    CloseProject(String),
    OpenProject(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    project: String,
    summary: String,
    #[serde(default)]
    description: Option<Value>,
    /// More fields, as in an edit.
    #[serde(default)]
    fields: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    key: String,
    fields: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Comment {
    key: String,
    /// Plain text, or a document.
    body: Value,
    /// Only people in this role may read it.
    #[serde(default)]
    role: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteComment {
    key: String,
    id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    key: String,
    to: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Restrict {
    key: String,
    /// The security level by name; null lifts it.
    level: Option<String>,
}

impl Site {
    /// Does it, and gives the key of what was changed.
    pub(crate) fn change(&mut self, change: Value, now: DateTime<Utc>) -> Result<String, String> {
        let change: Change = serde_json::from_value(change).map_err(|error| error.to_string())?;
        match change {
            Change::Create(create) => self.create(create, now),
            Change::Edit(edit) => self.edit(&edit.key, edit.fields, now),
            Change::Comment(comment) => self.comment(&comment, now),
            Change::DeleteComment(comment) => self.delete_comment(&comment, now),
            Change::Delete(key) => {
                let id = self.known(&key)?.id;
                self.remove(id, now).map(|issue| issue.key()).ok_or_else(|| no_issue(&key))
            }
            Change::Move(wish) => self.move_issue(&wish, now),
            Change::Restrict(wish) => {
                let level = wish.level.map_or(Value::Null, Value::String);
                self.edit(&wish.key, Map::from_iter([("security".to_owned(), level)]), now)
            }
            Change::ArchiveProject(key) => {
                self.project_key(&key).inspect(|key| _ = self.archived.insert(key.clone()))
            }
            Change::RestoreProject(key) => {
                self.project_key(&key).inspect(|key| _ = self.archived.remove(key))
            }
            Change::LoseProject(key) => {
                self.project_key(&key).inspect(|key| _ = self.hidden.insert(key.clone()))
            }
            Change::RegainProject(key) => self.project_key(&key).inspect(|key| _ = self.hidden.remove(key)),
            Change::CloseProject(key) => {
                self.project_key(&key).inspect(|key| _ = self.closed.insert(key.clone()))
            }
            Change::OpenProject(key) => self.project_key(&key).inspect(|key| _ = self.closed.remove(key)),
        }
    }

    /// Deletes or edits so many issues, others at each call.
    pub(crate) fn disturb(&mut self, issues: u64, deletes: bool, now: DateTime<Utc>) {
        let ids = self.ids();
        for _ in 0..issues.min(u64::try_from(ids.len()).unwrap_or(u64::MAX)) {
            self.disturbed += 1;
            // A step that is prime to most lengths, so that all of them have their turn.
            let place = self.disturbed.wrapping_mul(7_919) % u64::try_from(ids.len()).unwrap_or(1);
            let id = ids[usize::try_from(place).unwrap_or(0)];
            if deletes {
                self.remove(id, now);
            } else if let Some(issue) = self.issue_by_id(id).cloned() {
                let summary = format!("Edited for the {}th time", self.disturbed);
                let fields = Map::from_iter([("summary".to_owned(), Value::String(summary))]);
                // Whatever was deleted a moment ago cannot be edited; nothing else can go wrong.
                self.edit(&issue.id.to_string(), fields, now).ok();
            }
        }
    }

    fn known(&self, key: &str) -> Result<&Arc<Issue>, String> {
        self.any_issue(key.trim()).ok_or_else(|| no_issue(key))
    }

    fn project_key(&self, key: &str) -> Result<String, String> {
        self.project(&key.trim().to_uppercase()).map(|project| project.key.clone()).ok_or_else(|| {
            let keys: Vec<_> = self.project_keys().collect();
            format!("`{key}` is no project; there are {}", keys.join(", "))
        })
    }

    fn create(&mut self, create: Create, now: DateTime<Utc>) -> Result<String, String> {
        let key = self.project_key(&create.project)?;
        let (id, number) = (self.next_id(), self.next_number(&key));
        let (time, author) = (self.written(now), rewritten::author(&self.url));
        let project = self.project(&key).map(|project| project.json.clone()).unwrap_or_default();
        let kind = nouns::type_json("10002", "Task", 0, &self.url);
        let status = value::status(self, "To Do").or_else(|_| value::any_status(self))?;
        let document = create.description.as_ref().map_or_else(|| "null".to_owned(), value::document);
        let comments =
            Object::new().raw("comments", "[]").raw("maxResults", "0").raw("total", "0").raw("startAt", "0");
        let fields = Object::new()
            .text("summary", &create.summary)
            .raw("issuetype", &kind)
            .raw("project", &project)
            .raw("status", &status)
            .text("statuscategorychangedate", &time)
            .raw("priority", &nouns::priority(3, &self.url))
            .raw("resolution", "null")
            .raw("resolutiondate", "null")
            .raw("labels", "[]")
            .raw("components", "[]")
            .raw("fixVersions", "[]")
            .raw("versions", "[]")
            .text("created", &time)
            .text("updated", &time)
            .raw("duedate", "null")
            .raw("creator", &author)
            .raw("reporter", &author)
            .raw("assignee", "null")
            .raw("description", &document)
            .raw("environment", "null")
            .raw("issuelinks", "[]")
            .raw("subtasks", "[]")
            .raw("security", "null")
            .raw("attachment", "[]")
            .raw("comment", &comments.end())
            .end();
        let new = format!("{key}-{number}");
        let record = Object::new().text("id", &id.to_string()).text("key", &new).raw("fields", &fields).end();
        let issue = Issue::read(&record, &self.url)?;
        let mut rewriting = Rewriting::of(&issue);
        value::fill(self, &issue, create.fields, &mut rewriting, now)?;
        // What it was created with is no change.
        rewriting.forget_changes();
        let issue = rewriting.done(&issue, self, now)?;
        self.add(issue)?;
        Ok(new)
    }

    fn edit(&mut self, key: &str, fields: Map<String, Value>, now: DateTime<Utc>) -> Result<String, String> {
        let issue = Arc::clone(self.known(key)?);
        let mut rewriting = Rewriting::of(&issue);
        value::fill(self, &issue, fields, &mut rewriting, now)?;
        self.rewrite(&issue, rewriting, now)
    }

    fn comment(&mut self, comment: &Comment, now: DateTime<Utc>) -> Result<String, String> {
        let issue = Arc::clone(self.known(&comment.key)?);
        let (total, mut all) = issue.comments();
        let (time, author) = (self.written(now), rewritten::author(&self.url));
        let id = 5_000_000_000 + issue.id * 1_000 + u64::try_from(all.len()).unwrap_or(0);
        let json = Object::new()
            .text("self", &format!("{}/rest/api/3/issue/{}/comment/{id}", self.url, issue.id))
            .text("id", &id.to_string())
            .raw("author", &author)
            .raw("body", &value::document(&comment.body))
            .raw("updateAuthor", &author)
            .text("created", &time)
            .text("updated", &time);
        let json = match &comment.role {
            Some(role) => {
                let visibility =
                    Object::new().text("type", "role").text("value", role).text("identifier", role);
                json.raw("visibility", &visibility.end())
            }
            None => json,
        };
        all.push(json.raw("jsdPublic", "true").end());
        let mut rewriting = Rewriting::of(&issue);
        rewriting.comments(total + 1, all);
        self.rewrite(&issue, rewriting, now)
    }

    fn delete_comment(&mut self, comment: &DeleteComment, now: DateTime<Utc>) -> Result<String, String> {
        let issue = Arc::clone(self.known(&comment.key)?);
        let (total, mut all) = issue.comments();
        let wanted = Some(comment.id.clone());
        let id = |json: &String| crate::json::Members::read(json).ok().and_then(|members| members.text("id"));
        let before = all.len();
        all.retain(|one| id(one) != wanted);
        if all.len() == before {
            return Err(format!("{} has no comment {}", issue.key(), comment.id));
        }
        let mut rewriting = Rewriting::of(&issue);
        rewriting.comments(total - 1, all);
        rewriting.stay_silent();
        self.rewrite(&issue, rewriting, now)
    }

    fn move_issue(&mut self, wish: &Move, now: DateTime<Utc>) -> Result<String, String> {
        let to = self.project_key(&wish.to)?;
        let issue = Arc::clone(self.known(&wish.key)?);
        if issue.project == to {
            return Err(format!("{} is in {to} already", issue.key()));
        }
        let new = format!("{to}-{}", self.next_number(&to));
        let project =
            self.project(&to).map(|project| (project.id.clone(), project.name.clone(), project.json.clone()));
        let (id, name, json) = project.unwrap_or_default();
        let mut rewriting = Rewriting::of(&issue);
        let old = self.project(&issue.project).map(|project| (project.id.clone(), project.name.clone()));
        let (old_id, old_name) = old.unwrap_or_default();
        rewriting.set("project", json, (Some(old_id), Some(old_name)), (Some(id), Some(name)));
        rewriting.rename(new, issue.key());
        self.rewrite(&issue, rewriting, now)
    }

    fn rewrite(&mut self, issue: &Issue, rewriting: Rewriting, now: DateTime<Utc>) -> Result<String, String> {
        let changed = rewriting.done(issue, self, now)?;
        let key = changed.key();
        self.replace(changed);
        Ok(key)
    }

    fn written(&self, now: DateTime<Utc>) -> String {
        super::moment::written(now.timestamp_millis(), self.zone)
    }
}

fn no_issue(key: &str) -> String {
    format!("there is no issue `{key}`")
}

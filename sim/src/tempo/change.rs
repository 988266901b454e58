//! Edits from outside: hours that people write, correct, delete and move while others read them.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;
use serde_json::Value;

use super::book::Book;
use super::worklog::{Words, Worklog};
use crate::jira::lookup::Lookup;

/// By these an edit is known to be one of a worklog.
pub(super) const WORDS: [&str; 6] =
    ["create_worklog", "edit_worklog", "delete_worklog", "move_worklog", "hide_worklog", "show_worklog"];

/// `{"edit_worklog":{"id":126001,"seconds":3600}}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
enum Change {
    #[serde(rename = "create_worklog", alias = "create")]
    Create(Create),
    #[serde(rename = "edit_worklog", alias = "edit")]
    Edit(Edit),
    #[serde(rename = "delete_worklog", alias = "delete")]
    Delete(u64),
    #[serde(rename = "move_worklog", alias = "move")]
    Move(Move),
    /// Nobody may view it any more; neither its times nor the trail tell.
    #[serde(rename = "hide_worklog", alias = "hide")]
    Hide(u64),
    #[serde(rename = "show_worklog", alias = "show")]
    Show(u64),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    /// By key or id.
    issue: Value,
    /// By name or account.
    author: String,
    /// Today, if it is not said.
    #[serde(default)]
    date: Option<NaiveDate>,
    #[serde(default)]
    start: Option<NaiveTime>,
    seconds: i64,
    #[serde(default)]
    billable: Option<i64>,
    #[serde(default)]
    description: Option<String>,
    /// The key of one.
    #[serde(default)]
    account: Option<String>,
}

/// What is absent stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    id: u64,
    #[serde(default)]
    date: Option<NaiveDate>,
    #[serde(default)]
    start: Option<NaiveTime>,
    #[serde(default)]
    seconds: Option<i64>,
    #[serde(default)]
    billable: Option<i64>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    account: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    id: u64,
    /// By key or id.
    issue: Value,
}

impl Book {
    /// Does it, and gives the id of what was changed.
    pub(super) fn change(
        &mut self,
        change: Value,
        jira: &Lookup<'_>,
        now: DateTime<Utc>,
    ) -> Result<String, String> {
        let change: Change = serde_json::from_value(change).map_err(|error| error.to_string())?;
        let id = match change {
            Change::Create(create) => self.create(create, jira, now)?,
            Change::Edit(edit) => self.edit(edit, now)?,
            Change::Delete(id) => self.delete(id, now).map(|()| id).ok_or_else(|| no_worklog(id))?,
            Change::Hide(id) => self.hide(id, true).map(|()| id).ok_or_else(|| no_worklog(id))?,
            Change::Show(id) => self.hide(id, false).map(|()| id).ok_or_else(|| no_worklog(id))?,
            Change::Move(wish) => {
                let issue = issue(&wish.issue, jira)?;
                let worklog = self.to_change(wish.id)?;
                self.put(Worklog { issue, updated: whole_seconds(now), ..worklog });
                wish.id
            }
        };
        Ok(id.to_string())
    }

    fn create(&mut self, create: Create, jira: &Lookup<'_>, now: DateTime<Utc>) -> Result<u64, String> {
        let known =
            |author: &super::book::Author| author.name == create.author || author.account_id == create.author;
        let author = self.authors.iter().position(known).ok_or_else(|| {
            let names: Vec<_> = self.authors.iter().map(|author| author.name.as_str()).collect();
            format!("`{}` writes no worklogs; there are {}", create.author, names.join(", "))
        })?;
        let (id, updated) = (self.next_id(), whole_seconds(now));
        self.put(Worklog {
            id,
            issue: issue(&create.issue, jira)?,
            author,
            day: create.date.unwrap_or_else(|| now.date_naive()),
            start: create.start.or(NaiveTime::from_hms_opt(9, 0, 0)),
            seconds: create.seconds,
            billable: create.billable.or(Some(create.seconds)),
            created: updated,
            updated,
            words: Words::Written {
                description: create.description.map(Into::into),
                attributes: create.account.map(|key| ("_Account_".to_owned(), key)).into_iter().collect(),
            },
        });
        Ok(id)
    }

    fn edit(&mut self, edit: Edit, now: DateTime<Utc>) -> Result<u64, String> {
        let mut worklog = self.to_change(edit.id)?;
        worklog.day = edit.date.unwrap_or(worklog.day);
        worklog.start = edit.start.or(worklog.start);
        worklog.seconds = edit.seconds.unwrap_or(worklog.seconds);
        worklog.billable = edit.billable.or(worklog.billable);
        worklog.updated = whole_seconds(now);
        if let Words::Written { description, attributes } = &mut worklog.words {
            if let Some(words) = edit.description {
                *description = Some(words.into());
            }
            if let Some(key) = edit.account {
                attributes.retain(|(name, _)| name != "_Account_");
                attributes.insert(0, ("_Account_".to_owned(), key));
            }
        }
        self.put(worklog);
        Ok(edit.id)
    }

    fn to_change(&self, id: u64) -> Result<Worklog, String> {
        self.worklog(id).map(|worklog| worklog.to_edit(self)).ok_or_else(|| no_worklog(id))
    }
}

fn no_worklog(id: u64) -> String {
    format!("there is no worklog {id}")
}

/// An issue by key or id; one that Jira does not have can be named by its id alone.
fn issue(value: &Value, jira: &Lookup<'_>) -> Result<u64, String> {
    let found = match value {
        Value::String(key) => jira.issue_called(key),
        other => other.as_u64(),
    };
    found.ok_or_else(|| format!("there is no issue {value}"))
}

/// The vendor's times have no milliseconds.
fn whole_seconds(now: DateTime<Utc>) -> i64 {
    now.timestamp() * 1_000
}

//! Time spent on an issue: whole seconds on the worker's own day. Tempo knows ids only; what an issue is called and who
//! may see it comes from the issue as Daybook holds it.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::document::{Details, Document, Link, Part, Project};

/// Time that somebody spent on an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worklog {
    /// The issue's id in Jira. Its key may change; this does not.
    pub issue_id: String,
    /// The worker's Atlassian account.
    pub author: String,
    /// The worker's own day, as given; sums by day use it, never UTC.
    pub day: NaiveDate,
    /// When on that day, by the worker's clock.
    pub start: Option<NaiveTime>,
    /// Seconds spent.
    pub seconds: i64,
    /// Seconds to be billed; may exceed the seconds spent. `None`: not said.
    pub billable_seconds: Option<i64>,
    /// The account to which it is booked.
    pub account: Option<String>,
}

/// Whom hours are shown to, beside the worker and administrators. Hours are personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HoursShown {
    /// To nobody else.
    #[default]
    ToTheirAuthors,
    /// To every member who may see the issue.
    ToMembers,
}

/// What a worklog needs to know about its issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueOutline {
    /// Its id in Jira.
    pub id: String,
    /// What people call it now.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Where a person reads it.
    pub url: String,
    /// Its project.
    pub project: Option<Project>,
    /// Who may see it.
    pub audience: Audience,
}

/// The token of a person by their Atlassian account.
pub fn account_token(account_id: &str) -> String {
    format!("atlassian:{account_id}")
}

/// Fills in what a worklog's source does not know. Without the issue it stays under the issue's number, for its author
/// and administrators. Documents of other kinds stay as they are.
pub fn resolve(
    document: &mut Document,
    issue: Option<&IssueOutline>,
    author_name: Option<&str>,
    shown: HoursShown,
) {
    let Some(Details::Worklog(worklog)) = &document.details else { return };
    let name = author_name.unwrap_or(&worklog.author).to_owned();
    let (hours, minutes) = (worklog.seconds / 3600, worklog.seconds % 3600 / 60);
    let key = issue.map_or_else(|| format!("issue {}", worklog.issue_id), |issue| issue.key.clone());
    document.title = format!("{hours} h {minutes:02} min on {key}, {} ({name})", worklog.day);
    document.audience = audience(worklog, issue, shown);
    document.project = issue.and_then(|issue| issue.project.clone());
    if let Some(issue) = issue {
        document.url.clone_from(&issue.url);
        let link = Link { relation: "issue".to_owned(), to: issue.key.clone(), url: Some(issue.url.clone()) };
        document.links = vec![link];
    } else {
        document.links.clear();
    }
    document.key = key;
    for person in document.people.iter_mut().filter(|person| person.part == Part::Author) {
        person.name.clone_from(&name);
    }
}

/// Nobody sees more hours of an issue than the issue itself, but their own.
fn audience(worklog: &Worklog, issue: Option<&IssueOutline>, shown: HoursShown) -> Audience {
    let own = account_token(&worklog.author);
    match (shown, issue.map(|issue| &issue.audience)) {
        (HoursShown::ToMembers, Some(Audience::Members)) => Audience::Members,
        (HoursShown::ToMembers, Some(Audience::Only(tokens))) => {
            Audience::Only(tokens.iter().cloned().chain([own]).collect())
        }
        _ => Audience::Only(BTreeSet::from([own])),
    }
}

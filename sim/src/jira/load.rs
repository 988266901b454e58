//! Files of real records: one issue a line.

use super::issue::Issue;
use super::site::Site;
use crate::json::Members;
use crate::records::{Folder, each_line};
use crate::settings::SimError;

/// Files of several sites can hold an id twice; ids from here on are given to those that come second.
const FOREIGN: u64 = 9_000_000_000;

/// Fills the site from every `jira*.issues.jsonl[.gz]` and `jira*.fields.jsonl[.gz]` of a folder. The
/// largest comes first, so that it keeps its ids.
pub(crate) fn folder(site: &mut Site, folder: &Folder) -> Result<(), SimError> {
    let mut foreign = FOREIGN;
    for path in folder.files("jira", "issues")? {
        let url = site.url.clone();
        each_line(&path, |line| {
            let issue = Issue::read(line, &url)?;
            if site.issue_by_id(issue.id).is_some_and(|other| other.key() != issue.key()) {
                foreign += 1;
                return site.add(Issue::read_as(Some(foreign), line, &url)?);
            }
            site.add(issue)
        })?;
    }
    for path in folder.files("jira", "fields")? {
        each_line(&path, |line| {
            let members = Members::read(line).map_err(|error| format!("is no JSON object: {error}"))?;
            let id = members.text("id").ok_or("has no id")?;
            site.fields.push((id, line.to_owned()));
            Ok(())
        })?;
    }
    Ok(())
}

//! What happened to issues: changes of a few fields, for a thousand issues with one question.

use std::collections::HashSet;
use std::sync::atomic::Ordering::Relaxed;

use daybook_core::model::document::{Change, without_nul};
use daybook_core::ports::source::SourceError;
use serde_json::{Value, json};

use super::awaiting::Awaiting;
use super::shape::differently;
use super::site::{HISTORY, Site, whole};
use super::{KIND, refusal};
use crate::bounded::Bounded;
use crate::http::{Failed, Tally};
use crate::object::{Object, mended};
use crate::page_size::PageSize;
use crate::time;

/// Fields whose changes are kept; Jira takes ten names at most, and the sprint's is the tenth.
const FIELDS: [&str; 9] = [
    "status",
    "assignee",
    "priority",
    "resolution",
    "summary",
    "issuetype",
    "project",
    "issuekey",
    "fixVersions",
];
/// A change of the key is told under this name, whatever its field's id is called.
const KEY: &str = "Key";
/// Changes that Jira gives at once.
const MOST_AT_ONCE: u32 = 10_000;
/// Pages without histories, one after the other, that are believed.
const EMPTY_PAGES: u32 = 10;
/// Longest value, in bytes; a title may have 255 characters.
const LONGEST: usize = 4_096;
/// So many entries say something about a site.
const ENOUGH: usize = 20;
/// Tokens that die at once are not worth a fourth beginning.
const REWINDS: u32 = 3;

/// Asks for histories.
pub(super) struct Historian {
    /// The field of sprints, once the site's fields are known.
    sprint: Option<String>,
    /// Whether the site takes the names of fields; if not, all changes come, and what is not wanted is left out here.
    names_fields: bool,
    size: PageSize,
    tokens: HashSet<String>,
    empty: u32,
    rewinds: u32,
}

/// A page of histories.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) changes: Vec<Change>,
    pub(super) next: Option<String>,
}

/// What came of asking.
pub(super) enum Answered {
    Told(Told),
    /// The token is dead: from the first page again.
    Again,
    /// This site does not show histories to this credential.
    Hidden,
}

impl Historian {
    pub(super) fn new() -> Self {
        Self {
            sprint: None,
            names_fields: true,
            size: PageSize::new(MOST_AT_ONCE),
            tokens: HashSet::new(),
            empty: 0,
            rewinds: 0,
        }
    }

    pub(super) fn know_sprint(&mut self, field: Option<&String>) {
        self.sprint = field.cloned();
    }

    /// The next page of the histories of those that wait.
    pub(super) async fn ask(
        &mut self,
        site: &Site,
        awaiting: &Awaiting,
        tally: &mut Tally,
    ) -> Result<Answered, SourceError> {
        let (ids, fields) = (awaiting.first(), self.fields());
        loop {
            let names = self.names_fields.then_some(&fields);
            let body = |most: u32| question(ids, names, most, awaiting.token.as_deref());
            let failed = match site.sized(HISTORY, &mut self.size, tally, body, whole).await {
                Ok((json, _)) => {
                    site.hides_history.store(false, Relaxed);
                    let told = super::convert::blocking({
                        let (ids, fields) = (ids.to_vec(), fields.clone());
                        move || read(&json, &ids, &fields)
                    });
                    let told = told.await??;
                    self.check(&told, awaiting)?;
                    return Ok(Answered::Told(told));
                }
                Err(failed) => failed,
            };
            match &failed {
                Failed::Rejected(no) if refusal::refuses_a_part(no) => {
                    site.hides_history.store(true, Relaxed);
                    return Ok(Answered::Hidden);
                }
                Failed::Rejected(no)
                    if no.status == 400 && awaiting.token.is_some() && self.rewinds < REWINDS =>
                {
                    self.rewinds += 1;
                    self.tokens.clear();
                    return Ok(Answered::Again);
                }
                // A site on which one of the fields is no field.
                Failed::Rejected(no) if no.status == 400 && self.names_fields => self.names_fields = false,
                _ => return Err(refusal::error(HISTORY, failed)),
            }
        }
    }

    fn fields(&self) -> Vec<String> {
        FIELDS.iter().map(|field| (*field).to_owned()).chain(self.sprint.clone()).collect()
    }

    /// Refuses pages that repeat and pages that never hold anything.
    fn check(&mut self, told: &Told, awaiting: &Awaiting) -> Result<(), SourceError> {
        let broken = |said: String| SourceError::Broken { source_kind: KIND, doing: HISTORY, said };
        let Some(token) = &told.next else {
            (self.empty, self.rewinds) = (0, 0);
            self.tokens.clear();
            return Ok(());
        };
        self.empty = if told.changes.is_empty() { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            return Err(broken(format!("{} pages in a row held nothing and promised more", self.empty)));
        }
        let is_known = awaiting.token.as_ref() == Some(token) || !self.tokens.insert(token.clone());
        if is_known {
            return Err(broken("pages repeat: it gave a page token that it had given before".to_owned()));
        }
        Ok(())
    }
}

fn question(ids: &[String], fields: Option<&Vec<String>>, most: u32, token: Option<&str>) -> Value {
    let mut body = json!({ "issueIdsOrKeys": ids, "maxResults": most });
    if let Some(fields) = fields {
        body["fieldIds"] = json!(fields);
    }
    if let Some(token) = token {
        body["nextPageToken"] = token.into();
    }
    body
}

/// Reads a page. What was not asked for is left out: a site may send whole entries where one field of them was wanted.
fn read(json: &str, ids: &[String], fields: &[String]) -> Result<Told, SourceError> {
    let broken = |said: String| SourceError::Broken { source_kind: KIND, doing: HISTORY, said };
    let json = mended(json);
    let page = Object::read(&json).ok_or_else(|| broken("the answer is not an object".to_owned()))?;
    if page.json("issueChangeLogs").is_none_or(|logs| !logs.starts_with('[')) {
        return Err(broken("the page has no list of `issueChangeLogs`".to_owned()));
    }
    let asked: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let (mut changes, mut entries, mut odd, mut strange) = (Vec::new(), 0_usize, 0_usize, 0_usize);
    for log in page.elements("issueChangeLogs").into_iter().filter_map(|log| Object::read(log.get())) {
        let issue = log.id("issueId").filter(|id| asked.contains(id.as_ref()));
        for entry in log.elements("changeHistories") {
            entries += 1;
            let Some(issue) = &issue else {
                strange += 1;
                continue;
            };
            match Object::read(entry.get()).and_then(|entry| read_entry(&entry, issue, fields)) {
                Some(of_entry) => changes.extend(of_entry),
                None => odd += 1,
            }
        }
    }
    if strange * 2 > entries {
        return Err(broken(format!(
            "{strange} of {entries} histories are of issues that were not asked for"
        )));
    }
    if entries >= ENOUGH && odd * 2 > entries {
        let what = format!("`id` or `created` is missing in {odd} of {entries} histories");
        return Err(broken(differently(&what)));
    }
    if odd > 0 {
        tracing::warn!(source = %KIND, "{odd} of {entries} histories have no `id` or no `created` and were left out");
    }
    Ok(Told { changes, next: page.text("nextPageToken").filter(|token| !token.is_empty()).map(String::from) })
}

/// The wanted changes of an entry; `None`: it cannot be placed.
fn read_entry(entry: &Object<'_>, issue: &str, fields: &[String]) -> Option<Vec<Change>> {
    let id = entry.id("id")?.into_owned();
    let at = entry.json("created").and_then(time::moment)?;
    let author = entry.object("author");
    let mut changes: Vec<Change> = Vec::new();
    for item in entry.elements("items").into_iter().filter_map(|item| Object::read(item.get())) {
        let Some(field) = item.text("field").filter(|field| !field.is_empty() && field.len() <= LONGEST)
        else {
            continue;
        };
        let is_wanted = |id: &str| fields.iter().any(|wanted| wanted == id);
        if field != KEY && !item.text("fieldId").is_some_and(|id| is_wanted(&id)) {
            continue;
        }
        let (from, to) = (side(&item, "fromString", "from"), side(&item, "toString", "to"));
        // One entry may take one version away and add another; a field changes once in an entry.
        if let Some(same) = changes.iter_mut().find(|change| change.field == field) {
            join(&mut same.from, from);
            join(&mut same.to, to);
            continue;
        }
        changes.push(Change {
            record_id: issue.to_owned(),
            change_id: id.clone(),
            field: field.into_owned(),
            at,
            author: author.as_ref().and_then(|author| author.id("accountId").map(String::from)),
            author_name: author.as_ref().and_then(super::people::name),
            from,
            to,
        });
    }
    Some(changes)
}

/// What people read, or what is stored where there are no words for it.
fn side(item: &Object<'_>, words: &str, stored: &str) -> Option<String> {
    let text = item.text(words).filter(|text| !text.is_empty()).or_else(|| item.id(stored))?;
    let mut bounded = Bounded::new(LONGEST);
    bounded.push_str(&text);
    Some(without_nul(bounded.finish()))
}

fn join(all: &mut Option<String>, more: Option<String>) {
    let Some(more) = more else { return };
    match all {
        Some(all) if all.len() < LONGEST => *all = format!("{all}, {more}"),
        Some(_) => {}
        None => *all = Some(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(entries: &str) -> Result<Told, SourceError> {
        let json = format!(
            r#"{{"issueChangeLogs":[{{"issueId":"7","changeHistories":[{entries}]}}],"nextPageToken":"t"}}"#
        );
        read(&json, &["7".to_owned()], &["status".to_owned(), "fixVersions".to_owned()])
    }

    #[test]
    fn moments_come_as_text_as_seconds_and_as_milliseconds() {
        for created in [r#""2015-02-02T19:32:28.000+0100""#, "1422901948", "1422901948000"] {
            let entry = format!(
                r#"{{"id":"1","created":{created},"author":{{"accountId":"a","displayName":"Mara"}},
                "items":[{{"field":"status","fieldId":"status","from":"3","fromString":"In Progress","to":"4","toString":"Done"}}]}}"#
            );
            let told = told(&entry).unwrap();
            let change = &told.changes[0];
            assert_eq!(change.at.to_rfc3339(), "2015-02-02T18:32:28+00:00", "{created}");
            assert_eq!((change.from.as_deref(), change.to.as_deref()), (Some("In Progress"), Some("Done")));
            assert_eq!((change.author.as_deref(), change.author_name.as_deref()), (Some("a"), Some("Mara")));
            assert_eq!((change.record_id.as_str(), change.change_id.as_str()), ("7", "1"));
            assert_eq!(told.next.as_deref(), Some("t"));
        }
    }

    #[test]
    fn a_field_changes_once_in_an_entry_and_unwanted_fields_do_not() {
        let entry = r#"{"id":9,"created":1422901948,"items":[
            {"field":"Fix Version","fieldId":"fixVersions","from":"1","fromString":"2.3","to":null,"toString":null},
            {"field":"Fix Version","fieldId":"fixVersions","from":null,"fromString":null,"to":"2","toString":"2.4"},
            {"field":"Fix Version","fieldId":"fixVersions","to":"3","toString":"2.5"},
            {"field":"description","fieldId":"description","toString":"long"},
            {"field":"Key","fromString":"A-1","toString":"B-1"}, {"field":7}, 7]}"#;
        let changes = told(entry).unwrap().changes;
        let told: Vec<_> =
            changes.iter().map(|c| (c.field.as_str(), c.from.as_deref(), c.to.as_deref())).collect();
        assert_eq!(told, [("Fix Version", Some("2.3"), Some("2.4, 2.5")), ("Key", Some("A-1"), Some("B-1"))]);
    }

    #[test]
    fn histories_of_other_issues_and_entries_without_a_time_are_found_out() {
        let entry = r#"{"id":"1","created":1422901948,"items":[]}"#;
        let strange = format!(r#"{{"issueChangeLogs":[{{"issueId":"8","changeHistories":[{entry}]}}]}}"#);
        let said = read(&strange, &["7".to_owned()], &[]).unwrap_err().to_string();
        assert!(said.contains("1 of 1 histories are of issues that were not asked for"), "{said}");
        let timeless = vec![r#"{"id":"1"}"#; 20].join(",");
        let said = told(&timeless).unwrap_err().to_string();
        assert!(said.contains("`created` is missing in 20 of 20"), "{said}");
        assert!(told(r#"{"id":"1"}"#).unwrap().changes.is_empty());
        assert!(read("{}", &[], &[]).unwrap_err().to_string().contains("`issueChangeLogs`"));
    }
}

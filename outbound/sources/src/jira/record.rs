//! An issue as it came, to documents. Tolerant of whatever is absent, null or of another type; only what names an issue
//! and dates it must be there.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use daybook_core::model::document::{
    Document, DocumentKind, Part, Person, Project, Record, StateCategory, Unreadable, without_nul,
};
use serde_json::value::RawValue;

use super::comments::{Comment, CommentList};
use super::custom_fields::CustomFields;
use super::further::{Further, Rest};
use super::gaps::Gaps;
use super::reach::Reach;
use super::shape::Lacks;
use super::{KIND, adf, people, reach, relations};
use crate::bounded::{Bounded, MOST_COMMENTS};
use crate::object::{Object, mended};
use crate::time;

/// Longest title, in bytes; Jira itself allows 255 characters.
const LONGEST_TITLE: usize = 4096;

/// A record, and what its page has to know about it.
#[derive(Debug)]
pub struct Reading {
    /// The record.
    pub record: Record,
    /// Comments that Jira counts and does not show.
    pub hidden_comments: u64,
    /// Comments that Daybook left out.
    pub unread_comments: u64,
    /// When it last changed, if that can be told at all.
    pub(super) updated_at: Option<DateTime<Utc>>,
    /// Where its list of comments was cut, if it was.
    pub(super) cut: Option<Cut>,
    /// What it lacks of what every issue has.
    pub(super) lacks: Lacks,
}

/// A list of comments that did not fit into its page.
#[derive(Debug)]
pub(super) struct Cut {
    /// The issue's id.
    pub(super) issue: String,
    /// Where the list goes on.
    pub(super) start: u64,
}

/// Reads one issue. `further` are comments that did not fit into its page; links begin with `site_url`.
pub fn record(raw: &str, further: &[Box<RawValue>], site_url: &str, custom: &CustomFields) -> Reading {
    read(raw, further, Rest::Hidden, site_url, custom)
}

/// Reads an issue again whose list of comments was cut, with the further ones. There is nothing more to fetch.
pub(super) fn completed(raw: &str, further: &Further, site_url: &str, custom: &CustomFields) -> Reading {
    Reading { cut: None, ..read(raw, &further.comments, further.rest, site_url, custom) }
}

fn read(raw: &str, further: &[Box<RawValue>], rest: Rest, site_url: &str, custom: &CustomFields) -> Reading {
    let json = mended(raw);
    let issue = Object::read(&json);
    let id = issue.as_ref().and_then(|issue| issue.id("id"));
    let fields = issue.as_ref().and_then(|issue| issue.object("fields"));
    let list = fields.as_ref().and_then(CommentList::of);
    let missing = list.as_ref().map_or(0, |list| list.missing(further.len()));
    let (hidden_comments, unread_comments) = match rest {
        Rest::Hidden => (missing, 0),
        Rest::LeftOut => (0, missing),
    };
    let mut gaps = Gaps::of_comments(hidden_comments, unread_comments);
    let reading = match (&issue, &id, &fields) {
        (None, ..) => Err("it is not a JSON object".to_owned()),
        (_, None, _) => Err("`id` is missing".to_owned()),
        (.., None) => Err("`fields` is missing or no object".to_owned()),
        (Some(issue), Some(id), Some(fields)) => {
            let issue = Issue { whole: issue, id, fields, site_url, custom };
            issue.documents(list.as_ref(), further, unread_comments, &mut gaps)
        }
    };
    let mut record = Record::new(
        id.as_deref().unwrap_or_default().to_owned(),
        raw.as_bytes().to_vec(),
        reading.map_err(|reason| Unreadable { reason }),
    );
    if id.is_none() {
        record.external_id = format!("sha256:{}", &record.digest()[..16]);
    }
    let updated_at = fields.as_ref().and_then(updated);
    record.version = version(fields.as_ref(), updated_at, &record.digest());
    record.gaps = gaps.in_words();
    let cut = list.as_ref().filter(|list| further.is_empty() && list.is_cut()).zip(id);
    Reading {
        hidden_comments,
        unread_comments,
        updated_at,
        cut: cut.map(|(list, id)| Cut { issue: id.into_owned(), start: list.end() }),
        lacks: Lacks::of(fields.as_ref()),
        record,
    }
}

/// When an issue with these fields last changed.
pub(super) fn updated(fields: &Object<'_>) -> Option<DateTime<Utc>> {
    fields.json("updated").and_then(time::moment)
}

/// The mark of an issue's state: when it last changed, in which project it was then (so that an issue that is seen no
/// more can be told from a project that is seen no more), and a digest, because a comment can vanish without a change.
pub(super) fn version(
    fields: Option<&Object<'_>>,
    updated_at: Option<DateTime<Utc>>,
    digest: &str,
) -> Option<String> {
    let project = fields?.object("project").and_then(|project| project.text("key").map(String::from));
    let updated = updated_at?.to_rfc3339_opts(SecondsFormat::Millis, true);
    Some(format!("{updated} {} {}", project.as_deref().unwrap_or("-"), &digest[..16]))
}

/// The project in such a mark.
pub(super) fn project_of(version: &str) -> Option<&str> {
    version.split(' ').nth(1).filter(|project| *project != "-")
}

struct Issue<'i, 'a> {
    whole: &'i Object<'a>,
    id: &'i str,
    fields: &'i Object<'a>,
    site_url: &'i str,
    custom: &'i CustomFields,
}

impl Issue<'_, '_> {
    /// The issue, then each comment that fewer people may see.
    fn documents(
        &self,
        list: Option<&CommentList<'_>>,
        further: &[Box<RawValue>],
        unread: u64,
        gaps: &mut Gaps,
    ) -> Result<Vec<Document>, String> {
        let mut issue = self.document(gaps)?;
        let mut people: BTreeSet<Person> = std::mem::take(&mut issue.people).into_iter().collect();
        let mut open = Bounded::new(MOST_COMMENTS);
        let mut restricted = Vec::new();
        let embedded = list.map(|list| list.comments.as_slice()).unwrap_or_default();
        let all = embedded.iter().copied().chain(further.iter().map(AsRef::as_ref));
        for (place, json) in all.enumerate() {
            let json = mended(json.get());
            let comment = Comment::read(&json)
                .map_err(|error| format!("`fields.comment.comments[{place}].body` {error}"))?;
            let Some(comment) = comment else { continue };
            gaps.note("comment", &comment.rendered);
            if comment.reach != Reach::Everybody {
                restricted.push(apart(&issue, comment));
                continue;
            }
            people::add(&mut people, Part::Commenter, comment.author.as_ref());
            let text = comment.markdown();
            if !text.is_empty() {
                open.push_str(if open.is_empty() { "" } else { "\n\n" });
                open.push_str(&text);
            }
        }
        gaps.cut("comments", open.beyond());
        issue.comments = without_nul(open.finish());
        if unread > 0 {
            let gap = if issue.comments.is_empty() { "" } else { "\n\n" };
            let (key, url) = (&issue.key, &issue.url);
            let note = format!("{gap}… (left out: {unread} further comments; [{key}]({url}) has them all)");
            issue.comments.push_str(&note);
        }
        issue.people = people.into_iter().collect();
        restricted.insert(0, issue);
        Ok(restricted)
    }

    fn document(&self, gaps: &mut Gaps) -> Result<Document, String> {
        let fields = self.fields;
        let key =
            self.whole.text("key").filter(|key| !key.is_empty()).ok_or("`key` is missing or no text")?;
        let updated_at = updated(fields).ok_or("`fields.updated` is missing or no moment")?;
        let status = fields.object("status");
        Ok(Document {
            source: KIND,
            kind: DocumentKind::Issue,
            external_id: self.id.to_owned(),
            url: format!("{}/browse/{key}", self.site_url),
            key: key.into_owned(),
            title: self.title(gaps),
            body: self.body(gaps)?,
            comments: String::new(),
            project: self.project(),
            state: status.as_ref().and_then(|status| status.text("name")).map(Into::into),
            state_category: status.as_ref().and_then(state_category),
            labels: self.labels(),
            links: relations::links(fields, self.custom, self.site_url),
            details: Some(relations::details(fields)),
            occurred_at: None,
            people: self.people().into_iter().collect(),
            audience: reach::of_issue(fields),
            created_at: fields.json("created").and_then(time::moment).unwrap_or(updated_at),
            updated_at,
        })
    }

    fn title(&self, gaps: &mut Gaps) -> String {
        let summary = self.fields.text("summary").unwrap_or_default();
        let mut title = Bounded::new(LONGEST_TITLE);
        for (place, word) in summary.split_whitespace().enumerate() {
            title.push_str(if place == 0 { "" } else { " " });
            title.push_str(word);
        }
        let (title, beyond) = title.into_parts();
        gaps.cut("summary", beyond);
        match (title.is_empty(), beyond) {
            (true, _) => "(no summary)".to_owned(),
            (_, 0) => title,
            _ => format!("{title} …"),
        }
    }

    fn body(&self, gaps: &mut Gaps) -> Result<String, String> {
        let mut text = |name: &'static str| {
            let json = self.fields.json(name).unwrap_or("\"\"");
            let rendered = adf::rendered(json).map_err(|error| format!("`fields.{name}` {error}"))?;
            gaps.note(name, &rendered);
            Ok::<_, String>(rendered.text.finish())
        };
        let (mut body, environment) = (text("description")?, text("environment")?);
        let attachments = self.names("attachment", "filename");
        for (heading, text) in
            [("**Environment**\n\n", environment), ("**Attachments**: ", attachments.join(", "))]
        {
            if !text.is_empty() {
                body.push_str(if body.is_empty() { "" } else { "\n\n" });
                body.push_str(heading);
                body.push_str(&text);
            }
        }
        Ok(without_nul(body))
    }

    fn project(&self) -> Option<Project> {
        let project = self.fields.object("project")?;
        let key = project.text("key")?.into_owned();
        Some(Project { name: project.text("name").map_or_else(|| key.clone(), Into::into), key })
    }

    fn labels(&self) -> Vec<String> {
        let labels =
            self.fields.elements("labels").into_iter().filter_map(|label| crate::object::text(label.get()));
        let mut all: Vec<String> = labels.map(Into::into).collect();
        all.extend(self.names("components", "name"));
        all.extend(self.names("fixVersions", "name").iter().map(|name| format!("version:{name}")));
        for (field, word) in [("issuetype", "type"), ("priority", "priority")] {
            let name =
                self.fields.object(field).and_then(|named| named.text("name").map(Into::<String>::into));
            all.extend(name.map(|name| format!("{word}:{name}")));
        }
        all.extend(relations::points(self.fields, self.custom));
        let mut met = BTreeSet::new();
        all.retain(|label| !label.is_empty() && met.insert(label.clone()));
        all
    }

    fn names(&self, list: &str, member: &str) -> Vec<String> {
        let elements = self.fields.elements(list);
        let objects = elements.into_iter().filter_map(|element| Object::read(element.get()));
        objects.filter_map(|object| object.text(member).map(Into::into)).collect()
    }

    fn people(&self) -> BTreeSet<Person> {
        let mut people = BTreeSet::new();
        for (part, field) in
            [(Part::Assignee, "assignee"), (Part::Reporter, "reporter"), (Part::Creator, "creator")]
        {
            people::add(&mut people, part, self.fields.object(field).as_ref());
        }
        people
    }
}

/// A comment that fewer people may see than its issue.
fn apart(issue: &Document, comment: Comment<'_>) -> Document {
    let mut people = BTreeSet::new();
    people::add(&mut people, Part::Commenter, comment.author.as_ref());
    let created_at = comment.created.unwrap_or(issue.created_at);
    let by_key = issue.key.rsplit_once('-').map(|(project, _)| project);
    let project = issue.project.as_ref().map(|project| project.key.as_str()).or(by_key);
    Document {
        source: KIND,
        kind: DocumentKind::Comment,
        external_id: format!("comment:{}", comment.id),
        key: issue.key.clone(),
        title: format!("Restricted comment on {}: {}", issue.key, issue.title),
        comments: String::new(),
        url: format!("{}?focusedCommentId={}", issue.url, comment.id),
        project: issue.project.clone(),
        state: None,
        state_category: None,
        labels: Vec::new(),
        links: Vec::new(),
        details: None,
        occurred_at: None,
        people: people.into_iter().collect(),
        audience: comment.reach.audience(&issue.audience, project),
        created_at,
        updated_at: comment.updated.unwrap_or(created_at),
        body: without_nul(comment.markdown()),
    }
}

fn state_category(status: &Object<'_>) -> Option<StateCategory> {
    let category = status.object("statusCategory")?;
    match category.text("key").as_deref() {
        Some("new") => return Some(StateCategory::Todo),
        Some("indeterminate") => return Some(StateCategory::InProgress),
        Some("done") => return Some(StateCategory::Done),
        _ => {}
    }
    match category.id("id").as_deref() {
        Some("2") => Some(StateCategory::Todo),
        Some("4") => Some(StateCategory::InProgress),
        Some("3") => Some(StateCategory::Done),
        _ => None,
    }
}

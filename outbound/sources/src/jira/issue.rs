//! A Jira issue as a record: tolerant of what is absent, null or of another type; only what names an issue must be there.

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use daybook_core::model::audience::Audience;
use daybook_core::model::document::{
    Document, DocumentKind, Part, Person, Project, Record, StateCategory, Unreadable, without_nul,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{KIND, adf};

/// Markdown of one field that is kept; the raw record has the rest.
const MOST_TEXT: usize = 2 << 20;

/// A record, and what stayed hidden.
#[derive(Debug)]
pub struct Reading {
    /// The record.
    pub record: Record,
    /// Comments that Jira counts and does not show.
    pub hidden_comments: u64,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    key: Option<&'a RawValue>,
    #[serde(borrow)]
    fields: Option<&'a RawValue>,
}

/// The fields we read, each still unread: one of a wrong type must not spoil the others.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    summary: Option<&'a RawValue>,
    #[serde(borrow)]
    description: Option<&'a RawValue>,
    #[serde(borrow)]
    environment: Option<&'a RawValue>,
    #[serde(borrow)]
    comment: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
    #[serde(borrow)]
    project: Option<&'a RawValue>,
    #[serde(borrow)]
    created: Option<&'a RawValue>,
    #[serde(borrow)]
    updated: Option<&'a RawValue>,
    #[serde(borrow)]
    labels: Option<&'a RawValue>,
    #[serde(borrow)]
    components: Option<&'a RawValue>,
    #[serde(borrow)]
    issuetype: Option<&'a RawValue>,
    #[serde(borrow)]
    priority: Option<&'a RawValue>,
    #[serde(borrow)]
    assignee: Option<&'a RawValue>,
    #[serde(borrow)]
    reporter: Option<&'a RawValue>,
    #[serde(borrow)]
    creator: Option<&'a RawValue>,
    #[serde(borrow)]
    security: Option<&'a RawValue>,
    #[serde(borrow)]
    attachment: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
    key: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    name: Option<String>,
    #[serde(rename = "statusCategory")]
    category: Option<Category>,
}

#[derive(Deserialize)]
struct Category {
    id: Option<u64>,
    key: Option<String>,
}

#[derive(Deserialize)]
struct User {
    #[serde(rename = "accountId")]
    account_id: Option<String>,
    #[serde(rename = "displayName")]
    name: Option<String>,
}

#[derive(Deserialize)]
struct File {
    filename: Option<String>,
}

#[derive(Deserialize)]
struct Comments<'a> {
    #[serde(borrow)]
    comments: Vec<&'a RawValue>,
    #[serde(rename = "maxResults")]
    most: Option<u64>,
    total: Option<u64>,
}

#[derive(Deserialize)]
struct Comment<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    author: Option<&'a RawValue>,
    #[serde(borrow)]
    body: Option<&'a RawValue>,
    #[serde(borrow)]
    created: Option<&'a RawValue>,
    #[serde(borrow)]
    updated: Option<&'a RawValue>,
    #[serde(borrow)]
    visibility: Option<&'a RawValue>,
    #[serde(rename = "jsdPublic", borrow)]
    public: Option<&'a RawValue>,
}

/// A comment list that did not fit into the page.
pub(super) struct Cut {
    /// The issue's id.
    pub(super) issue: String,
    /// Comments that came.
    pub(super) have: u64,
}

fn lenient<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

fn fields_of(raw: &[u8]) -> Option<(Wire<'_>, Fields<'_>)> {
    let wire: Wire<'_> = serde_json::from_slice(raw).ok()?;
    let fields = serde_json::from_str(wire.fields?.get()).ok()?;
    Some((wire, fields))
}

/// Whether the list of comments was cut by the page's size. A list that is shorter than its total although the page
/// had room is complete as far as this credential sees: asking again brings nothing.
pub(super) fn cut_comments(raw: &[u8]) -> Option<Cut> {
    let (wire, fields) = fields_of(raw)?;
    let list: Comments<'_> = serde_json::from_str(fields.comment?.get()).ok()?;
    let have = list.comments.len() as u64;
    (list.total? > have && have >= list.most?).then_some(())?;
    Some(Cut { issue: identifier(wire.id)?, have })
}

/// When an issue last changed, in milliseconds.
pub(super) fn updated_ms(raw: &[u8]) -> Option<i64> {
    let (_, fields) = fields_of(raw)?;
    time(fields.updated).map(|time| time.timestamp_millis())
}

/// Reads one issue. `further` are comments that did not fit into its page. Links to it are made from `site_url`.
pub fn record(raw: &[u8], further: &[Box<RawValue>], site_url: &str) -> Reading {
    let mut hidden_comments = 0;
    let reading = documents(raw, further, site_url, &mut hidden_comments);
    let mut record = Record {
        external_id: String::new(),
        raw: raw.to_vec(),
        reading: reading.map_err(|reason| Unreadable { reason }),
    };
    record.external_id = match &record.reading {
        Ok(documents) => documents[0].external_id.clone(),
        Err(_) => {
            let id = serde_json::from_slice::<Wire<'_>>(raw).ok().and_then(|wire| identifier(wire.id));
            id.unwrap_or_else(|| format!("sha256:{}", &record.digest()[..16]))
        }
    };
    Reading { record, hidden_comments }
}

fn documents(
    raw: &[u8],
    further: &[Box<RawValue>],
    site_url: &str,
    hidden: &mut u64,
) -> Result<Vec<Document>, String> {
    let wire: Wire<'_> = serde_json::from_slice(raw).map_err(|error| format!("it is no issue: {error}"))?;
    let external_id = identifier(wire.id).ok_or("`id` is missing")?;
    let key: String = lenient(wire.key).ok_or("`key` is missing")?;
    let fields = wire.fields.ok_or("`fields` is missing")?;
    let fields: Fields<'_> =
        serde_json::from_str(fields.get()).map_err(|error| format!("`fields` is no object: {error}"))?;
    let updated_at = time(fields.updated).ok_or("`fields.updated` is missing or no time")?;
    let status: Option<Status> = lenient(fields.status);
    let project = lenient::<Named>(fields.project).and_then(|project| {
        let key = project.key?;
        Some(Project { name: project.name.unwrap_or_else(|| key.clone()), key })
    });
    let mut document = Document {
        source: KIND,
        kind: DocumentKind::Issue,
        url: format!("{site_url}/browse/{key}"),
        title: title(fields.summary),
        body: body(&fields)?,
        comments: String::new(),
        project,
        state_category: status.as_ref().and_then(category),
        state: status.and_then(|status| status.name),
        labels: labels(&fields),
        people: named_people(&fields),
        audience: if fields.security.is_some_and(|raw| raw.get() != "null") {
            Audience::Unknown
        } else {
            Audience::Members
        },
        created_at: time(fields.created).unwrap_or(updated_at),
        updated_at,
        external_id,
        key,
    };
    let mut restricted = Vec::new();
    if let Some(list) = fields.comment.and_then(|raw| serde_json::from_str::<Comments<'_>>(raw.get()).ok()) {
        let all = list.comments.iter().copied().chain(further.iter().map(AsRef::as_ref));
        let came = (list.comments.len() + further.len()) as u64;
        *hidden = list.total.unwrap_or(came).saturating_sub(came);
        for raw in all {
            take_comment(raw, &mut document, &mut restricted)?;
        }
    }
    document.people.sort();
    document.people.dedup();
    document.comments.truncate(document.comments.trim_end().len());
    cut(&mut document.comments);
    restricted.insert(0, document);
    Ok(restricted)
}

/// Adds a comment to its issue's text; one that fewer people may see becomes a document of its own.
fn take_comment(raw: &RawValue, issue: &mut Document, restricted: &mut Vec<Document>) -> Result<(), String> {
    let Ok(comment) = serde_json::from_str::<Comment<'_>>(raw.get()) else { return Ok(()) };
    let author: Option<User> = lenient(comment.author);
    let name =
        author.as_ref().and_then(|user| user.name.clone()).unwrap_or_else(|| "Unknown author".to_owned());
    let at = time(comment.created);
    let text = comment.body.map_or(Ok(String::new()), |body| rich_text(body, "comment"))?;
    let when =
        at.map_or_else(|| "at an unknown time".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string());
    let said = without_nul(format!("**{name}** · {when}\n\n{text}\n\n"));
    let is_open = comment.visibility.is_none_or(|raw| raw.get() == "null")
        && comment.public.is_none_or(|raw| raw.get() != "false");
    let person = author.and_then(|user| person(Part::Commenter, user));
    if is_open {
        issue.comments.push_str(&said);
        issue.people.extend(person);
        return Ok(());
    }
    let id = identifier(comment.id).unwrap_or_else(|| format!("{}-{}", issue.external_id, restricted.len()));
    let created_at = at.unwrap_or(issue.updated_at);
    restricted.push(Document {
        kind: DocumentKind::Comment,
        external_id: format!("comment:{id}"),
        title: format!("Restricted comment on {}: {}", issue.key, issue.title),
        body: said.trim_end().to_owned(),
        comments: String::new(),
        url: format!("{}?focusedCommentId={id}", issue.url),
        people: person.into_iter().collect(),
        // Whom its group or role names is not known here, so it is for admins only.
        audience: Audience::Unknown,
        created_at,
        updated_at: time(comment.updated).unwrap_or(created_at),
        ..issue.clone()
    });
    Ok(())
}

fn title(summary: Option<&RawValue>) -> String {
    let title: Option<String> = lenient(summary);
    without_nul(title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| "(no summary)".to_owned()))
}

fn body(fields: &Fields<'_>) -> Result<String, String> {
    let mut body = fields.description.map_or(Ok(String::new()), |raw| rich_text(raw, "description"))?;
    let environment = fields.environment.map_or(Ok(String::new()), |raw| rich_text(raw, "environment"))?;
    if !environment.is_empty() {
        let _ = write!(body, "\n\n**Environment**\n\n{environment}");
    }
    let files: Vec<File> = lenient(fields.attachment).unwrap_or_else(Vec::new);
    let names: Vec<String> = files.into_iter().filter_map(|file| file.filename).collect();
    if !names.is_empty() {
        let _ = write!(body, "\n\n**Attachments**: {}", names.join(", "));
    }
    let mut body = without_nul(body);
    cut(&mut body);
    Ok(body.trim().to_owned())
}

fn rich_text(raw: &RawValue, field: &str) -> Result<String, String> {
    adf::markdown(raw.get()).map_err(|error| format!("`{field}` cannot be read: {error}"))
}

/// Cuts a text that is too long for a row, visibly.
fn cut(text: &mut String) {
    if text.len() <= MOST_TEXT {
        return;
    }
    let mut end = MOST_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let rest = text.len() - end;
    text.truncate(end);
    let _ = write!(text, "\n\n… (cut here: the original has {rest} bytes more)");
}

fn labels(fields: &Fields<'_>) -> Vec<String> {
    let mut labels: Vec<String> = lenient(fields.labels).unwrap_or_else(Vec::new);
    let components: Vec<Named> = lenient(fields.components).unwrap_or_else(Vec::new);
    labels.extend(components.into_iter().filter_map(|component| component.name));
    for (what, raw) in [("type", fields.issuetype), ("priority", fields.priority)] {
        labels
            .extend(lenient::<Named>(raw).and_then(|named| named.name).map(|name| format!("{what}:{name}")));
    }
    labels.into_iter().map(without_nul).collect()
}

fn named_people(fields: &Fields<'_>) -> Vec<Person> {
    [(Part::Assignee, fields.assignee), (Part::Reporter, fields.reporter), (Part::Creator, fields.creator)]
        .into_iter()
        .filter_map(|(part, raw)| person(part, lenient(raw)?))
        .collect()
}

fn person(part: Part, user: User) -> Option<Person> {
    let name = user.name.clone().or_else(|| user.account_id.clone())?;
    Some(Person {
        part,
        account_id: without_nul(user.account_id.unwrap_or_else(|| name.clone())),
        name: without_nul(name),
    })
}

fn category(status: &Status) -> Option<StateCategory> {
    let category = status.category.as_ref()?;
    match (category.key.as_deref(), category.id) {
        (Some("new"), _) | (None, Some(2)) => Some(StateCategory::Todo),
        (Some("indeterminate"), _) | (None, Some(4)) => Some(StateCategory::InProgress),
        (Some("done"), _) | (None, Some(3)) => Some(StateCategory::Done),
        _ => None,
    }
}

/// An id, given as text or as a number.
fn identifier(raw: Option<&RawValue>) -> Option<String> {
    let text = raw?.get();
    let id = serde_json::from_str::<Cow<'_, str>>(text).map(Cow::into_owned).ok();
    id.or_else(|| serde_json::from_str::<u64>(text).ok().map(|id| id.to_string())).filter(|id| !id.is_empty())
}

/// Jira's times have an offset without a colon (`+0100`); others write `Z` or `+01:00`.
fn time(raw: Option<&RawValue>) -> Option<DateTime<Utc>> {
    let text: String = lenient(raw)?;
    ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f%#z"]
        .iter()
        .find_map(|format| DateTime::parse_from_str(&text, format).ok())
        .or_else(|| DateTime::parse_from_rfc3339(&text).ok())
        .map(|time| time.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reading {
        record(text.as_bytes(), &[], "https://site.example")
    }

    fn one(text: &str) -> Document {
        read(text).record.reading.unwrap().remove(0)
    }

    #[test]
    fn an_issue_with_the_barest_fields_is_read() {
        let issue = one(r#"{"id":"7","key":"A-1","fields":{"updated":"2026-11-20T09:15:32.123+0100"}}"#);
        assert_eq!(
            (issue.title.as_str(), issue.url.as_str()),
            ("(no summary)", "https://site.example/browse/A-1")
        );
        assert_eq!(issue.updated_at.to_rfc3339(), "2026-11-20T08:15:32.123+00:00");
        assert_eq!(issue.audience, Audience::Members);
    }

    #[test]
    fn fields_of_wrong_types_do_not_spoil_the_rest() {
        let issue = one(
            r#"{"id":7,"key":"A-1","fields":{"updated":"2026-11-20T09:15:32Z","summary":5,"status":[],"labels":"x",
                "assignee":"me","comment":{"comments":"none"},"description":"plain text","project":{"key":"A"}}}"#,
        );
        assert_eq!((issue.title.as_str(), issue.body.as_str()), ("(no summary)", "plain text"));
        assert_eq!(issue.project.unwrap().name, "A");
    }

    #[test]
    fn what_names_no_issue_is_unreadable_and_keeps_its_bytes() {
        for (text, field) in [
            (r#"{"key":"A-1","fields":{}}"#, "`id`"),
            (r#"{"id":"7","fields":{}}"#, "`key`"),
            (r#"{"id":"7","key":"A-1","fields":null}"#, "`fields`"),
            (r#"{"id":"7","key":"A-1","fields":{"updated":"yesterday"}}"#, "`fields.updated`"),
            ("[]", "no issue"),
        ] {
            let reading = read(text);
            let reason = reading.record.reading.unwrap_err().reason;
            assert!(reason.contains(field), "{text}: {reason}");
            assert_eq!(reading.record.raw, text.as_bytes());
            assert!(!reading.record.external_id.is_empty());
        }
    }

    #[test]
    fn a_comment_for_fewer_people_is_a_document_for_admins() {
        let reading = read(
            r#"{"id":"7","key":"A-1","fields":{"updated":"2026-11-20T09:15:32Z","summary":"s","comment":{"total":4,"maxResults":4,"comments":[
                {"id":"1","body":"open words","created":"2026-11-20T09:15:32Z","author":{"displayName":"Mara"}},
                {"id":"2","body":"secret words","visibility":{"type":"role","value":"Admins"}},
                {"id":"3","body":"internal words","jsdPublic":false}]}}}"#,
        );
        let documents = reading.record.reading.unwrap();
        assert_eq!(documents.len(), 3);
        assert_eq!(documents[0].comments, "**Mara** · 2026-11-20 09:15 UTC\n\nopen words");
        assert!(
            documents[1..].iter().all(|d| d.audience == Audience::Unknown && d.kind == DocumentKind::Comment)
        );
        assert_eq!(reading.hidden_comments, 1);
    }

    #[test]
    fn a_full_list_of_comments_is_continued_and_a_short_one_is_not() {
        let list = |most: u64, total: u64| {
            format!(
                r#"{{"id":"7","fields":{{"comment":{{"comments":[1,2],"maxResults":{most},"total":{total}}}}}}}"#
            )
        };
        assert!(cut_comments(list(2, 5).as_bytes()).is_some());
        assert!(cut_comments(list(5, 5).as_bytes()).is_none(), "hidden, not cut");
        assert!(cut_comments(list(2, 2).as_bytes()).is_none());
    }

    #[test]
    fn odd_times_are_read_or_refused_but_never_panic() {
        for (text, good) in [
            ("2015-02-02T18:32:28.000+0000", true),
            ("2015-02-02T18:32:28+01:00", true),
            ("2015-02-02T18:32:28.1Z", true),
            ("0001-01-01T00:00:00.000+0000", true),
            ("9999-12-31T23:59:59.999+0000", true),
            ("99999-12-31T23:59:59.999+0000", false),
            ("2015-02-30T18:32:28.000+0000", false),
            ("", false),
        ] {
            let raw = RawValue::from_string(format!("{text:?}")).unwrap();
            assert_eq!(time(Some(&raw)).is_some(), good, "{text}");
        }
    }
}

//! A worklog as it came, to a document. Tolerant of whatever is absent, null or of another type; only what says who
//! worked how long on what and when must be there.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use daybook_core::model::audience::Audience;
use daybook_core::model::document::{
    Details, Document, DocumentKind, Part, Person, Record, Unreadable, without_nul,
};
use daybook_core::model::worklog::{HoursShown, Worklog, resolve};

use super::KIND;
use super::references::References;
use crate::bounded::{Bounded, MOST_TEXT};
use crate::object::{Object, mended};
use crate::time;

/// A record, and what its page has to know about it.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) record: Record,
    /// Its number; `None`: it has none.
    pub(super) id: Option<u64>,
    /// The worker's day.
    pub(super) day: Option<NaiveDate>,
    /// When it last changed.
    pub(super) updated: Option<DateTime<Utc>>,
    /// Which of [`EVERY`] are not there as they should be.
    pub(super) lacks: Vec<&'static str>,
}

/// Whether a field's JSON looks as it should.
type Look = fn(&str) -> bool;

/// What every worklog has, and how it looks.
pub(super) const EVERY: [(&str, Look); 7] = [
    ("tempoWorklogId", is_number),
    ("issue", is_object),
    ("timeSpentSeconds", is_number),
    ("startDate", is_text),
    ("author", is_object),
    ("createdAt", is_text),
    ("updatedAt", is_text),
];

fn is_number(json: &str) -> bool {
    let digits = json.strip_prefix('-').unwrap_or(json);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_text(json: &str) -> bool {
    json.starts_with('"')
}

fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

/// Reads one worklog without any list of what its ids stand for.
pub fn record(raw: &str) -> Record {
    reading(raw, &References::default()).record
}

/// Reads one worklog.
pub(super) fn reading(raw: &str, references: &References) -> Reading {
    let json = mended(raw);
    let worklog = Object::read(&json);
    let id = worklog.as_ref().and_then(|worklog| worklog.number("tempoWorklogId"));
    let mut gaps = Vec::new();
    let read = match (&worklog, id) {
        (None, _) => Err("it is not a JSON object".to_owned()),
        (_, None) => Err("`tempoWorklogId` is missing or no number".to_owned()),
        (Some(worklog), Some(id)) => Fields { worklog, references, gaps: &mut gaps }.document(id),
    };
    let reading = read.map(|document| vec![document]).map_err(|reason| Unreadable { reason });
    let mut record =
        Record::new(id.map(|id| id.to_string()).unwrap_or_default(), raw.as_bytes().to_vec(), reading);
    if id.is_none() {
        record.external_id = format!("sha256:{}", &record.digest()[..16]);
    }
    record.gaps = gaps;
    let moment = |name: &str| worklog.as_ref()?.json(name).and_then(time::moment);
    let text = |name: &str| worklog.as_ref()?.text(name).map(String::from);
    record.version = moment("updatedAt").and_then(|_| text("updatedAt"));
    let looks = |(name, is_right): &(&'static str, Look)| {
        let json = worklog.as_ref().and_then(|worklog| worklog.json(name));
        (!json.is_some_and(is_right)).then_some(*name)
    };
    Reading {
        id,
        day: text("startDate").and_then(|text| day(&text)),
        updated: moment("updatedAt"),
        lacks: EVERY.iter().filter_map(looks).collect(),
        record,
    }
}

/// A worklog that is larger than what is read.
pub(super) fn oversized(external_id: String, said: String) -> Record {
    Record::new(external_id, Vec::new(), Err(Unreadable { reason: said }))
}

struct Fields<'f, 'a> {
    worklog: &'f Object<'a>,
    references: &'f References,
    gaps: &'f mut Vec<String>,
}

impl Fields<'_, '_> {
    fn document(mut self, id: u64) -> Result<Document, String> {
        let worklog = self.spent()?;
        let day_began = worklog.day.and_time(NaiveTime::MIN).and_utc();
        let (created, updated) = (self.moment("createdAt"), self.moment("updatedAt"));
        let created_at = created.or(updated).unwrap_or(day_began);
        let mut document = Document {
            source: KIND,
            kind: DocumentKind::Worklog,
            external_id: id.to_string(),
            key: String::new(),
            title: String::new(),
            body: self.body(),
            comments: String::new(),
            // Tempo has no page for a worklog; its issue's is filled in where the issue is held.
            url: String::new(),
            project: None,
            state: None,
            state_category: None,
            labels: self.labels(&worklog),
            people: vec![Person {
                part: Part::Author,
                account_id: worklog.author.clone(),
                name: worklog.author.clone(),
            }],
            links: Vec::new(),
            audience: Audience::Unknown,
            created_at,
            updated_at: updated.unwrap_or(created_at),
            occurred_at: Some(day_began),
            details: Some(Details::Worklog(worklog)),
        };
        resolve(&mut document, None, None, HoursShown::default());
        Ok(document)
    }

    /// Who worked how long on what and when.
    fn spent(&mut self) -> Result<Worklog, String> {
        let issue = self.worklog.object("issue").ok_or("`issue` is missing or no object")?;
        let author = self.worklog.object("author").ok_or("`author` is missing or no object")?;
        let author = author.text("accountId").filter(|author| !author.is_empty());
        let date = self.worklog.text("startDate").ok_or("`startDate` is missing or no text")?;
        let seconds = self.worklog.json("timeSpentSeconds").ok_or("`timeSpentSeconds` is missing")?;
        Ok(Worklog {
            issue_id: issue.id("id").ok_or("`issue.id` is missing or no number")?.into_owned(),
            author: author.ok_or("`author.accountId` is missing or empty")?.into_owned(),
            day: day(&date).ok_or("`startDate` is no day")?,
            seconds: seconds.parse().map_err(|_| "`timeSpentSeconds` is no whole number of seconds")?,
            start: self.optional("startTime", |json| {
                NaiveTime::parse_from_str(&crate::object::text(json)?, "%H:%M:%S").ok()
            }),
            billable_seconds: self.optional("billableSeconds", |json| json.parse().ok()),
            account: self.attributes().into_iter().find_map(|(key, value)| {
                (self.references.is_account(&key) && !value.is_empty()).then_some(value)
            }),
        })
    }

    /// What may be missing; if it is there and cannot be read, that is a gap.
    fn optional<T>(&mut self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let json = self.worklog.json(name)?;
        let value = read(json);
        if value.is_none() {
            self.gaps.push(format!("its `{name}` is not what it should be"));
        }
        value
    }

    /// A moment that every worklog has.
    fn moment(&mut self, name: &str) -> Option<DateTime<Utc>> {
        let moment = self.worklog.json(name).and_then(time::moment);
        if moment.is_none() {
            self.gaps.push(format!("its `{name}` is missing or no moment"));
        }
        moment
    }

    fn body(&mut self) -> String {
        let description = self.optional("description", |json| crate::object::text(json).map(String::from));
        let mut body = Bounded::new(MOST_TEXT);
        let description = description.unwrap_or_default();
        body.push_str(&description);
        if description.len() > MOST_TEXT {
            let beyond = description.len() - MOST_TEXT;
            self.gaps.push(format!("its description is cut: about {beyond} bytes of it are not held"));
        }
        without_nul(body.finish())
    }

    /// Keys and values, as they came.
    fn attributes(&self) -> Vec<(String, String)> {
        let attributes = self.worklog.object("attributes");
        let values = attributes.map(|attributes| attributes.elements("values")).unwrap_or_default();
        let pair = |value: &&serde_json::value::RawValue| {
            let value = Object::read(value.get())?;
            Some((value.text("key")?.into_owned(), value.id("value")?.into_owned()))
        };
        values.iter().filter_map(pair).collect()
    }

    /// The account, the attributes and the teams of the worker on that day, by their names.
    fn labels(&self, worklog: &Worklog) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for (key, value) in self.attributes() {
            if self.references.is_account(&key) {
                labels.push(format!("account:{}", self.references.account(&value)));
            } else {
                let (name, value) = self.references.named(&key, &value);
                labels.push(format!("{name}:{value}"));
            }
        }
        let teams = self.references.teams(&worklog.author, worklog.day);
        labels.extend(teams.map(|team| format!("team:{team}")));
        let mut met = BTreeSet::new();
        labels.retain(|label| met.insert(label.clone()));
        labels.into_iter().map(without_nul).collect()
    }
}

/// A day as Tempo writes it, of a year with four digits.
fn day(text: &str) -> Option<NaiveDate> {
    let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_plain && !text.starts_with("0000"))
}

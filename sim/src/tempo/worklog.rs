//! One worklog: what selecting needs to know of it, and the JSON that is served.

use chrono::{NaiveDate, NaiveTime, Timelike as _};

use super::ask::{PUBLIC, written};
use super::book::Book;
use super::nouns;
use crate::json::{Members, Object, list};
use crate::world::Purpose;
use crate::world::hours::moment;

/// A worklog as it is held.
#[derive(Debug, Clone)]
pub(crate) struct Worklog {
    pub(crate) id: u64,
    pub(crate) issue: u64,
    /// The place of the author in the book.
    pub(crate) author: usize,
    /// By the author's own calendar.
    pub(crate) day: NaiveDate,
    pub(crate) start: Option<NaiveTime>,
    pub(crate) seconds: i64,
    pub(crate) billable: Option<i64>,
    /// Milliseconds since 1970.
    pub(crate) created: i64,
    /// Milliseconds since 1970.
    pub(crate) updated: i64,
    pub(crate) words: Words,
}

/// Where the words come from.
#[derive(Debug, Clone)]
pub(crate) enum Words {
    /// The object that is served, from a file.
    Record(Box<str>),
    /// The made-up company tells them when they are asked for.
    Told {
        place: u32,
        purpose: Purpose,
    },
    Written {
        description: Option<Box<str>>,
        attributes: Vec<(String, String)>,
    },
}

impl Worklog {
    /// Reads a record; what begins with `_` is left out.
    pub(crate) fn read(record: &str, book: &mut Book) -> Result<Self, String> {
        let members = Members::read(record).map_err(|error| format!("is no JSON object: {error}"))?;
        let number = |name: &str| members.number(name).ok_or_else(|| format!("has no {name}"));
        let day = members.text("startDate").ok_or("has no startDate")?;
        let issue = members.object("issue").and_then(|issue| issue.number("id")).ok_or("has no issue id")?;
        let author = members.object("author").and_then(|author| author.text("accountId"));
        let time = |name: &str| {
            let text = members.text(name)?;
            super::ask::moment(&text).ok()
        };
        let created = time("createdAt").unwrap_or_default();
        let kept = members.iter().filter(|(name, _)| !name.starts_with('_'));
        let whole = kept.fold(Object::new(), |whole, (name, value)| whole.raw(name, value)).end();
        let id =
            |number: i64| u64::try_from(number).map_err(|_| format!("has the id {number}, which is none"));
        Ok(Self {
            id: id(number("tempoWorklogId")?)?,
            issue: id(issue)?,
            author: book.author(&author.ok_or("has no author")?),
            day: day.parse().map_err(|_| format!("has the day `{day}`, which is none"))?,
            start: members.text("startTime").and_then(|text| text.parse().ok()),
            seconds: number("timeSpentSeconds")?,
            billable: members.number("billableSeconds"),
            created,
            updated: time("updatedAt").unwrap_or(created),
            words: Words::Record(whole.into()),
        })
    }

    pub(crate) fn description(&self, book: &Book) -> Option<String> {
        match &self.words {
            Words::Record(json) => Members::read(json).ok()?.text("description"),
            Words::Told { place, purpose } => book.world.as_ref()?.spent(*place, *purpose, self.id),
            Words::Written { description, .. } => description.as_deref().map(str::to_owned),
        }
    }

    /// Keys and values of its attributes, the account being one of them.
    pub(crate) fn attributes(&self, book: &Book) -> Vec<(String, String)> {
        match &self.words {
            Words::Record(json) => {
                let values = Members::read(json).ok().and_then(|members| members.object("attributes"));
                let values = values.and_then(|attributes| attributes.list("values")).unwrap_or_default();
                let pair = |value: &str| {
                    let members = Members::read(value).ok()?;
                    Some((members.text("key")?, members.text("value")?))
                };
                values.into_iter().filter_map(pair).collect()
            }
            Words::Told { place, purpose } => {
                let Some(world) = &book.world else { return Vec::new() };
                nouns::attributes(usize::from(world.piece(*place).project), *purpose, self.id)
            }
            Words::Written { attributes, .. } => attributes.clone(),
        }
    }

    /// The moment at which it began, as far as the author's zone is known.
    fn start_utc(&self, book: &Book) -> Option<String> {
        let zone = book.authors.get(self.author)?.zone?;
        Some(written(moment(self.day, self.start?.num_seconds_from_midnight(), zone)))
    }

    /// The object of a page.
    pub(crate) fn json(&self, book: &Book) -> String {
        if let Words::Record(json) = &self.words {
            return json.to_string();
        }
        let issue = Object::new()
            .text("self", &format!("{}/rest/api/2/issue/{}", book.site_url, self.issue))
            .plain("id", self.issue)
            .end();
        let mut json = Object::new()
            .text("self", &format!("{PUBLIC}/4/worklogs/{}", self.id))
            .plain("tempoWorklogId", self.id)
            .raw("issue", &issue)
            .plain("timeSpentSeconds", self.seconds);
        if let Some(billable) = self.billable {
            json = json.plain("billableSeconds", billable);
        }
        json = json.text("startDate", &self.day.to_string());
        if let Some(start) = self.start {
            json = json.text("startTime", &start.format("%H:%M:%S").to_string());
        }
        // Computed where a browser or a profile gave the zone; some entries were made without.
        if let Some(moment) = self.start_utc(book).filter(|_| self.id % 20 != 7) {
            json = json.text("startDateTimeUtc", &moment);
        }
        if let Some(description) = self.description(book) {
            json = json.text("description", &description);
        }
        json = json
            .text("createdAt", &written(self.created))
            .text("updatedAt", &written(self.updated))
            .raw("author", &book.author_json(self.author));
        match self.attributes(book) {
            // Absent and empty are both seen.
            attributes if attributes.is_empty() && self.id.is_multiple_of(3) => json.end(),
            attributes => json.raw("attributes", &self.attributes_json(&attributes)).end(),
        }
    }

    fn attributes_json(&self, attributes: &[(String, String)]) -> String {
        let value =
            |(key, value): &(String, String)| Object::new().text("key", key).text("value", value).end();
        Object::new()
            .text("self", &format!("{PUBLIC}/4/worklogs/{}/work-attribute-values", self.id))
            .raw("values", &list(attributes.iter().map(value)))
            .end()
    }

    /// The same as something that can be edited: words in place of a record or of what is told.
    pub(crate) fn to_edit(&self, book: &Book) -> Self {
        let words = Words::Written {
            description: self.description(book).map(Into::into),
            attributes: self.attributes(book),
        };
        Self { words, ..self.clone() }
    }
}

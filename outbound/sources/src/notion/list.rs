//! Lists, a page at a time: where each result begins and ends, what comes next, and when a list goes in circles.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use daybook_core::ports::source::SourceError;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::KIND;
use super::id::Id;
use super::refusal::No;
use super::site::{Call, Site};
use crate::http::{Misread, Tally};
use crate::object::{Object, mended};
use crate::page_size::PageSize;

/// Pages without results, one after the other, that are believed before they count as a fault.
const EMPTY_PAGES: u32 = 10;
/// Results that Notion gives at once.
const MOST_RESULTS: u32 = 100;
/// Times that a list is begun anew without bringing anything new.
const RESTARTS: u32 = 3;

/// A page of a list whose results have not been read yet.
#[derive(Debug)]
pub(super) struct List {
    json: String,
    results: Vec<Range<usize>>,
    /// The place behind it; `None` at the end.
    next: Option<String>,
    /// Whether the vendor stopped at a bound of its own before the end.
    pub(super) is_incomplete: bool,
}

#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
    has_more: Option<bool>,
    next_cursor: Option<String>,
    #[serde(borrow)]
    request_status: Option<&'a RawValue>,
}

impl List {
    /// Reads an answer's bytes.
    pub(super) fn read(bytes: Vec<u8>) -> Result<Self, Misread> {
        let json = json_text(bytes)?;
        let wire: Wire<'_> = serde_json::from_str(&json).map_err(|error| diagnosis(&json, error))?;
        let next = wire.next_cursor.filter(|next| !next.is_empty());
        let next = match (wire.has_more, next) {
            (Some(false), _) => None,
            (Some(true), None) => {
                return Err(Misread::Shape("`has_more` is true and there is no `next_cursor`".to_owned()));
            }
            (_, next) => next,
        };
        let status = wire.request_status.and_then(|status| Object::read(status.get()));
        let is_incomplete =
            status.and_then(|status| status.text("type")).is_some_and(|kind| kind == "incomplete");
        let start = json.as_ptr().addr();
        let range = |result: &&RawValue| {
            let begin = result.get().as_ptr().addr() - start;
            begin..begin + result.get().len()
        };
        let results = wire.results.iter().map(range).collect();
        Ok(Self { json, results, next, is_incomplete })
    }

    /// Bytes of the whole answer.
    pub(super) fn bytes(&self) -> usize {
        self.json.len()
    }

    /// Each result's JSON.
    pub(super) fn results(&self) -> impl Iterator<Item = &str> {
        self.results.iter().map(|range| &self.json[range.clone()])
    }
}

/// An answer's text, checked to be whole JSON.
pub(super) fn whole(bytes: Vec<u8>) -> Result<String, Misread> {
    let json = json_text(bytes)?;
    serde_json::from_str::<IgnoredAny>(&json)?;
    Ok(json)
}

/// A byte order mark in front of it means nothing, and half a surrogate pair is no reason to lose the rest.
fn json_text(bytes: Vec<u8>) -> Result<String, Misread> {
    let text = String::from_utf8(bytes).map_err(|error| Misread::NotJson(error.utf8_error().to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(mended(text).into_owned())
}

/// serde names the place, we name the field.
fn diagnosis(json: &str, error: serde_json::Error) -> Misread {
    if !error.is_data() {
        return error.into();
    }
    if let Err(error) = serde_json::from_str::<IgnoredAny>(json) {
        return error.into();
    }
    let Some(object) = Object::read(json) else {
        return Misread::Shape("the answer is not an object".to_owned());
    };
    let field = match object.json("results") {
        None => "has no `results`".to_owned(),
        Some(results) if !results.starts_with('[') => "holds `results` that are no list".to_owned(),
        Some(_) => format!("has a `has_more` or `next_cursor` of an unknown type ({error})"),
    };
    Misread::Shape(format!("the list {field}"))
}

/// A list from its beginning to its end. A place that the vendor has forgotten takes it back to the beginning; what it
/// gave before, it does not give again.
pub(super) struct Lister {
    call: Call,
    next: Option<String>,
    is_over: bool,
    tokens: HashSet<u64>,
    given: HashSet<Id>,
    empty: u32,
    fits: PageSize,
    restarts: u32,
    /// Set from a restart until something new comes.
    goes_over: bool,
}

impl Lister {
    pub(super) fn new(call: Call) -> Self {
        Self {
            call,
            next: None,
            is_over: false,
            tokens: HashSet::new(),
            given: HashSet::new(),
            empty: 0,
            fits: PageSize::new(MOST_RESULTS),
            restarts: 0,
            goes_over: false,
        }
    }

    /// Goes on behind a stored place. `None`: from the beginning.
    pub(super) fn behind(call: Call, place: Option<String>) -> Self {
        Self { next: place, ..Self::new(call) }
    }

    /// The place behind what has come; `None` at the beginning and at the end.
    pub(super) fn place(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Whether everything has come.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Leaves the rest of it.
    pub(super) fn end(&mut self) {
        self.is_over = true;
    }

    /// The next page; `None` after the last.
    pub(super) async fn next(&mut self, site: &Site, tally: &mut Tally) -> Result<Option<List>, No> {
        while !self.is_over {
            let said = match site.list(&self.call, self.next.as_deref(), &mut self.fits, tally).await {
                Ok(mut list) => {
                    self.take(&mut list)?;
                    return Ok(Some(list));
                }
                Err(No::DeadCursor(said)) if self.next.is_some() => said,
                Err(no) => return Err(no),
            };
            if self.restarts >= RESTARTS {
                return Err(No::DeadCursor(said));
            }
            tracing::info!(source = %KIND, call.doing = self.call.doing, "a place in a list was refused; listing anew");
            self.restarts += 1;
            (self.next, self.goes_over, self.empty) = (None, true, 0);
            self.tokens.clear();
        }
        Ok(None)
    }

    /// Refuses pages that repeat and pages that never hold anything; leaves what is new.
    fn take(&mut self, list: &mut List) -> Result<(), SourceError> {
        let came = list.results.len();
        let json = std::mem::take(&mut list.json);
        list.results.retain(|range| {
            let id = Object::read(&json[range.clone()]).and_then(|object| Id::read(&object.id("id")?));
            // What has no id cannot be told from others; of the values of a property each has that property's.
            id.is_none_or(|id| !self.call.has_ids || self.given.insert(id))
        });
        list.json = json;
        let is_new = !list.results.is_empty();
        if came > 0 && !is_new && !self.goes_over {
            return Err(self.broken("pages repeat: a page held only what had come before".to_owned()));
        }
        if is_new {
            (self.goes_over, self.restarts) = (false, 0);
        }
        self.empty = if came == 0 { self.empty + 1 } else { 0 };
        self.next = list.next.take();
        let Some(next) = &self.next else {
            self.is_over = true;
            return Ok(());
        };
        if self.empty > EMPTY_PAGES {
            return Err(self.broken(format!("{} pages in a row held nothing and promised more", self.empty)));
        }
        let token = hash(next);
        if !self.tokens.insert(token) {
            return Err(self.broken("pages repeat: it gave a place that it had given before".to_owned()));
        }
        Ok(())
    }

    fn broken(&self, said: String) -> SourceError {
        SourceError::Broken { source_kind: KIND, doing: self.call.doing, said }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

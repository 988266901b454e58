//! Lists of records: what search finds, and the rows of a data source, of which a query never gives more than ten thousand
//! at once.

use chrono::DateTime;
use daybook_core::ports::source::SourceError;
use serde_json::{Value, json};

use super::KIND;
use super::id::Id;
use super::list::{List, Lister};
use super::record::Head;
use super::refusal::No;
use super::shape;
use super::site::{Call, Site};
use crate::http::Tally;
use crate::object::Object;

pub(super) const SEARCH: &str = "search for pages";
pub(super) const SOURCES: &str = "search for data sources";
pub(super) const ROWS: &str = "list the rows of a data source";

/// What search looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sought {
    Pages,
    Sources,
}

impl Sought {
    pub(super) fn doing(self) -> &'static str {
        if self == Self::Pages { SEARCH } else { SOURCES }
    }

    fn word(self) -> &'static str {
        if self == Self::Pages { "page" } else { "data_source" }
    }
}

/// The search for all of a kind, newest change first.
pub(super) fn search(sought: Sought, in_trash: bool) -> Call {
    let mut filter = json!({"property": "object", "value": sought.word()});
    if in_trash {
        filter["in_trash"] = true.into();
    }
    let body = json!({
        "filter": filter,
        "sort": {"timestamp": "last_edited_time", "direction": "descending"},
    });
    Call { doing: sought.doing(), path: "/v1/search".to_owned(), body: Some(body), has_ids: true }
}

/// Checks a page of search results: their members, their kind, and that the newest come first.
pub(super) fn check_search(sought: Sought, list: &List) -> Result<(), SourceError> {
    let doing = sought.doing();
    shape::check(
        doing,
        if sought == Sought::Pages { "pages" } else { "data sources" },
        &shape::RECORD,
        list.results(),
    )?;
    let objects: Vec<_> = list.results().filter_map(Object::read).collect();
    let others =
        objects.iter().filter(|object| object.text("object").is_some_and(|kind| kind != sought.word()));
    let others = others.count();
    if others > 1 && others * 2 > objects.len() {
        let said = format!(
            "it was asked for each {}, and {others} of the {} that came are none",
            sought.word(),
            objects.len()
        );
        return Err(SourceError::Broken { source_kind: KIND, doing, said });
    }
    let times: Vec<_> =
        objects.iter().filter_map(|object| Some(Head::read(object).ok()?.edited_ms())).collect();
    let rising = times.windows(2).filter(|pair| pair[1] > pair[0]).count();
    if times.len() > 4 && rising * 2 > times.len() {
        let said = "it was asked for the newest change first, and older ones came before newer ones; what is older than \
                    a moment cannot be left out then"
            .to_owned();
        return Err(SourceError::Broken { source_kind: KIND, doing, said });
    }
    Ok(())
}

/// A stretch of time, in milliseconds: from the first up to, not including, the second.
pub(super) type Stretch = (i64, i64);

/// The rows of a data source, perhaps those alone that changed in a stretch of time. A query that ends at the vendor's
/// bound is followed by one for what was created from its last row on.
pub(super) struct Rows {
    source: Id,
    changed: Option<Stretch>,
    lister: Lister,
    /// The query's lower bound, and the newest row that came.
    from_ms: Option<i64>,
    newest_ms: Option<i64>,
    /// Whether rows exist that cannot be listed.
    pub(super) is_cut: bool,
    is_over: bool,
}

impl Rows {
    pub(super) fn of(source: Id, changed: Option<Stretch>) -> Self {
        Self::behind(source, changed, None, None)
    }

    /// Goes on behind a stored place.
    pub(super) fn behind(
        source: Id,
        changed: Option<Stretch>,
        from_ms: Option<i64>,
        place: Option<String>,
    ) -> Self {
        let lister = Lister::behind(query(source, changed, from_ms), place);
        Self { source, changed, lister, from_ms, newest_ms: from_ms, is_cut: false, is_over: false }
    }

    /// The place behind what has come: what was created from then on, and the place in that list.
    pub(super) fn place(&self) -> (Option<i64>, Option<String>) {
        (self.from_ms, self.lister.place().map(str::to_owned))
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The next page of rows; rows at the seam of two queries may come twice.
    pub(super) async fn next(&mut self, site: &Site, tally: &mut Tally) -> Result<Option<List>, No> {
        if self.is_over {
            return Ok(None);
        }
        let Some(list) = self.lister.next(site, tally).await? else {
            self.is_over = true;
            return Ok(None);
        };
        self.check(&list)?;
        let heads = list.results().filter_map(|json| Head::read(&Object::read(json)?).ok());
        let newest = heads.map(|head| head.created.timestamp_millis()).max();
        self.newest_ms = self.newest_ms.max(newest);
        if list.is_incomplete && self.lister.is_over() {
            if self.newest_ms <= self.from_ms {
                // All that fit were created in one minute: there is no smaller stretch to ask for.
                (self.is_cut, self.is_over) = (true, true);
                return Ok(Some(list));
            }
            self.from_ms = self.newest_ms;
            self.lister = Lister::new(query(self.source, self.changed, self.from_ms));
        } else if self.lister.is_over() {
            self.is_over = true;
        }
        Ok(Some(list))
    }

    /// Rows of another data source, or of another stretch of time, say that the question was not heard.
    fn check(&self, list: &List) -> Result<(), SourceError> {
        shape::check(ROWS, "rows", &shape::RECORD, list.results())?;
        let heads: Vec<_> = list.results().filter_map(|json| Head::read(&Object::read(json)?).ok()).collect();
        let is_other = |head: &&Head| {
            head.source.is_some_and(|source| source != self.source)
                || self.changed.is_some_and(|(from, to)| !(from..to).contains(&head.edited_ms()))
        };
        let others = heads.iter().filter(is_other).count();
        if others > 1 && others * 2 > heads.len() {
            let said = format!(
                "it was asked for the rows of one data source that changed in one stretch of time, and {others} of the \
                 {} that came are none",
                heads.len()
            );
            return Err(SourceError::Broken { source_kind: KIND, doing: ROWS, said });
        }
        Ok(())
    }
}

fn query(source: Id, changed: Option<Stretch>, created_from: Option<i64>) -> Call {
    let mut all: Vec<Value> = Vec::new();
    if let Some((from, to)) = changed {
        let timed = |bound: &str, ms| json!({"timestamp": "last_edited_time", "last_edited_time": {bound: written(ms)}});
        all.push(timed("on_or_after", from));
        all.push(timed("before", to));
    }
    if let Some(ms) = created_from {
        all.push(json!({"timestamp": "created_time", "created_time": {"on_or_after": written(ms)}}));
    }
    let mut body = json!({"sorts": [{"timestamp": "created_time", "direction": "ascending"}]});
    if !all.is_empty() {
        body["filter"] = json!({ "and": all });
    }
    let path = format!("/v1/data_sources/{source}/query");
    Call { doing: ROWS, path, body: Some(body), has_ids: true }
}

/// A moment as Notion reads it in a question.
fn written(ms: i64) -> String {
    let moment = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

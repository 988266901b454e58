//! A census: the ids of all data sources, all pages that search finds, and all rows of every data source, by lists without
//! a filter of time, so that a filter that is not kept is noticed.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::ports::source::{Census, CensusPage, Cursor, Listed, SourceError, Spent};
use serde::{Deserialize, Serialize};

use super::KIND;
use super::id::Id;
use super::list::{List, Lister};
use super::listing::next;
use super::read::left;
use super::record::Head;
use super::refusal::No;
use super::rows::{ROWS, Rows, Sought, search};
use super::site::Site;
use crate::http::Tally;
use crate::object::Object;

const VERSION: u32 = 1;

/// Where a census stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    v: u32,
    at: At,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum At {
    /// All data sources, which come in one go: everything else needs them.
    Sources,
    /// What search finds, behind this place.
    Pages {
        place: Option<String>,
    },
    /// The rows of this data source and of those after it, behind this place.
    Rows {
        source: String,
        created_ms: Option<i64>,
        place: Option<String>,
    },
    Done,
}

/// A census of a workspace.
pub(super) struct NotionCensus {
    site: Arc<Site>,
    from_ms: i64,
    place: Place,
    tally: Tally,
    /// Every data source that is seen; its own list names its rows.
    sources: Option<Vec<Id>>,
    listed: HashSet<Id>,
    pages: Option<Lister>,
    rows: Option<Rows>,
}

impl NotionCensus {
    pub(super) fn begin(
        site: Arc<Site>,
        from: DateTime<Utc>,
        after: Option<Cursor>,
    ) -> Result<Self, SourceError> {
        let from_ms = from.timestamp_millis();
        let place = match after {
            None => Place { v: VERSION, at: At::Sources },
            Some(Cursor(stored)) => {
                let place: Place =
                    serde_json::from_str(&stored).map_err(|error| unknown(&error.to_string()))?;
                if place.v != VERSION {
                    return Err(unknown(&format!("version {}", place.v)));
                }
                place
            }
        };
        Ok(Self {
            site,
            from_ms: from_ms - from_ms.rem_euclid(60_000),
            place,
            tally: Tally::default(),
            sources: None,
            listed: HashSet::new(),
            pages: None,
            rows: None,
        })
    }

    /// Lists all data sources; gives those that count.
    async fn all_sources(&mut self) -> Result<Vec<Listed>, SourceError> {
        let mut lister = Lister::new(search(Sought::Sources, false));
        let (mut all, mut counted) = (Vec::new(), Vec::new());
        while let Some(list) = next(&mut lister, Sought::Sources, &self.site, &mut self.tally).await? {
            all.extend(heads(&list).map(|head| head.id));
            counted.extend(self.of(&list, |_| true));
        }
        all.sort_unstable();
        self.sources = Some(all);
        Ok(counted)
    }

    /// What of a page of a list counts, and was not listed before.
    fn of(&mut self, list: &List, is_here: impl Fn(&Head) -> bool) -> Vec<Listed> {
        let recent = heads(list).filter(|head| head.edited_ms() >= self.from_ms && is_here(head));
        let new: Vec<Head> = recent.filter(|head| self.listed.insert(head.id)).collect();
        let listed = new.into_iter().map(|head| Listed {
            external_id: head.id.to_string(),
            project: None,
            day: Some(head.edited.date_naive()),
            version: None,
        });
        listed.collect()
    }

    /// Pages that are no rows of a data source that is seen: those its own list names.
    async fn pages(&mut self, place: Option<String>) -> Result<Vec<Listed>, SourceError> {
        let mut lister =
            self.pages.take().unwrap_or_else(|| Lister::behind(search(Sought::Pages, false), place));
        let list = next(&mut lister, Sought::Pages, &self.site, &mut self.tally).await?;
        let Some(list) = list else {
            self.begin_rows(None);
            return Ok(Vec::new());
        };
        let sources: HashSet<Id> = self.sources.iter().flatten().copied().collect();
        let counted = self.of(&list, |head| head.source.is_none_or(|source| !sources.contains(&source)));
        let is_older = list
            .results()
            .last()
            .and_then(|json| Head::read(&Object::read(json)?).ok())
            .is_some_and(|head| head.edited_ms() < self.from_ms);
        if is_older || lister.is_over() {
            self.begin_rows(None);
        } else {
            self.place.at = At::Pages { place: lister.place().map(str::to_owned) };
            self.pages = Some(lister);
        }
        Ok(counted)
    }

    /// Goes on to the rows of the data source behind this one.
    fn begin_rows(&mut self, behind: Option<Id>) {
        let next = self.sources.iter().flatten().find(|id| behind.is_none_or(|behind| **id > behind));
        self.rows = None;
        self.place.at = match next {
            Some(source) => At::Rows { source: source.to_string(), created_ms: None, place: None },
            None => At::Done,
        };
    }

    async fn rows(
        &mut self,
        source: &str,
        created_ms: Option<i64>,
        place: Option<String>,
    ) -> Result<Vec<Listed>, SourceError> {
        let source = Id::read(source).ok_or_else(|| unknown("its data source is none"))?;
        let mut rows = self.rows.take().unwrap_or_else(|| Rows::behind(source, None, created_ms, place));
        let list = match rows.next(&self.site, &mut self.tally).await {
            Ok(list) => list,
            // What it does not list is asked for one by one afterwards.
            Err(No::Missing(_) | No::Object(_)) => None,
            Err(no) => return Err(no.fatal(ROWS)),
        };
        let Some(list) = list else {
            self.begin_rows(Some(source));
            return Ok(Vec::new());
        };
        let listed = self.of(&list, |_| true);
        if rows.is_over() {
            self.begin_rows(Some(source));
        } else {
            let (created_ms, place) = rows.place();
            self.place.at = At::Rows { source: source.to_string(), created_ms, place };
            self.rows = Some(rows);
        }
        Ok(listed)
    }
}

#[async_trait]
impl Census for NotionCensus {
    async fn next_page(&mut self) -> Result<Option<CensusPage>, SourceError> {
        let at = self.place.at.clone();
        if at == At::Done {
            return Ok(None);
        }
        let sources = if self.sources.is_none() { self.all_sources().await? } else { Vec::new() };
        let listed = match at {
            At::Sources => {
                self.place.at = At::Pages { place: None };
                sources
            }
            At::Pages { place } => self.pages(place).await?,
            At::Rows { source, created_ms, place } => self.rows(&source, created_ms, place).await?,
            At::Done => Vec::new(),
        };
        // Numbers, texts and options of them always have a JSON form.
        let cursor = Cursor(serde_json::to_string(&self.place).unwrap_or_default());
        Ok(Some(CensusPage { listed, projects: Vec::new(), cursor, spent: self.tally.take() }))
    }

    fn spent(&self) -> Spent {
        self.tally.so_far()
    }
}

/// What a page of a list names, without what is in the trash.
fn heads(list: &List) -> impl Iterator<Item = Head> {
    let all = list.results().filter_map(|json| Head::read(&Object::read(json)?).ok());
    all.filter(|head| left(head).is_none())
}

fn unknown(why: &str) -> SourceError {
    SourceError::Broken {
        source_kind: KIND,
        doing: "go on with a census",
        said: format!("the stored place is none of this version ({why}); begin the census anew"),
    }
}

//! Every issue from a moment on, by its id alone: five thousand a request, project by project, because a list of ids
//! does not say of which project they are.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::ports::source::{Census, CensusPage, Cursor, Listed, SourceError, Spent};
use serde::{Deserialize, Serialize};

use super::search_page::SearchPage;
use super::site::{SEARCH, Site};
use super::{KIND, checkpoint, projects, refusal};
use crate::http::{Failed, Tally};
use crate::object::Object;
use crate::page_size::PageSize;

const VERSION: u32 = 1;
/// Ids that Jira lists at once when nothing else is asked for.
const AT_ONCE: u32 = 5_000;
const ID: &str = "id";
/// Pages without ids, one after the other, that are believed.
const EMPTY_PAGES: u32 = 10;
/// New beginnings of one project's list.
const REWINDS: u32 = 3;
/// Ids that are remembered, to find out a vendor that forgets for which project it was asked.
const MOST_MET: usize = 500_000;

/// Where a census stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    v: u32,
    from_ms: i64,
    /// Projects that were not listed to their end; the first is at hand. `None`: they have not been asked for.
    projects: Option<VecDeque<String>>,
    /// The page that comes next in the first project; `None`: its first.
    token: Option<String>,
}

/// A census of one site.
pub(super) struct JiraCensus {
    site: Arc<Site>,
    place: Place,
    size: PageSize,
    tally: Tally,
    /// Ids that came, of all projects and of the one at hand.
    met: HashSet<u64>,
    here: HashSet<u64>,
    tokens: HashSet<String>,
    empty: u32,
    rewinds: u32,
}

impl JiraCensus {
    pub(super) fn begin(
        site: Arc<Site>,
        from: DateTime<Utc>,
        after: Option<&Cursor>,
    ) -> Result<Self, SourceError> {
        let place = match after {
            None => Place { v: VERSION, from_ms: from.timestamp_millis(), projects: None, token: None },
            Some(Cursor(stored)) => {
                let place: Place =
                    serde_json::from_str(stored).map_err(|error| checkpoint::unknown(&error.to_string()))?;
                if place.v != VERSION || place.projects.is_none() {
                    return Err(checkpoint::unknown(&format!("version {}", place.v)));
                }
                place
            }
        };
        Ok(Self {
            site,
            tokens: place.token.iter().cloned().collect(),
            place,
            size: PageSize::new(AT_ONCE),
            tally: Tally::default(),
            met: HashSet::new(),
            here: HashSet::new(),
            empty: 0,
            rewinds: 0,
        })
    }

    /// A page of the project at hand; `None`: the project is not there any more.
    async fn ask(&mut self, project: &str) -> Result<Option<SearchPage>, SourceError> {
        let jql = format!("project = \"{project}\" AND updated >= {} ORDER BY key ASC", self.place.from_ms);
        loop {
            let token = self.place.token.clone();
            let answer = self.site.search(&jql, token.as_deref(), ID, &mut self.size, &mut self.tally).await;
            match answer {
                Ok(page) => return Ok(Some(page)),
                Err(Failed::Rejected(no))
                    if token.is_some()
                        && matches!(no.status, 400 | 404 | 410 | 422)
                        && self.rewinds < REWINDS =>
                {
                    // What came of this project comes again.
                    self.rewinds += 1;
                    self.place.token = None;
                    self.begin_project();
                }
                Err(Failed::Rejected(no)) if no.status == 400 && token.is_none() => {
                    // The list of projects is a moment older. Any other refusal is meant for the question itself.
                    let still = projects::browsable(&self.site, &mut self.tally).await?;
                    if still.iter().any(|key| key == project) {
                        return Err(refusal::error(SEARCH, Failed::Rejected(no)));
                    }
                    return Ok(None);
                }
                Err(failed) => return Err(refusal::error(SEARCH, failed)),
            }
        }
    }

    fn begin_project(&mut self) {
        self.met.extend(self.here.drain());
        self.tokens.clear();
        self.empty = 0;
    }

    /// The ids of a page; an error if it repeats what came.
    fn ids(&mut self, project: &str, page: &SearchPage) -> Result<Vec<Listed>, SourceError> {
        let broken = |said: String| SourceError::Broken { source_kind: KIND, doing: SEARCH, said };
        let mut listed = Vec::new();
        for issue in page.issues() {
            let id = Object::read(issue).and_then(|issue| issue.id("id").map(String::from));
            let external_id = id.ok_or_else(|| broken("an issue in a list of ids has no `id`".to_owned()))?;
            listed.push(Listed { external_id, project: Some(project.to_owned()), day: None, version: None });
        }
        let hashes: Vec<u64> = listed.iter().map(|listed| hash(&listed.external_id)).collect();
        // After a new beginning of the list its ids are known ones.
        let again = hashes.iter().filter(|id| self.here.contains(id)).count();
        let elsewhere =
            if self.rewinds > 0 { 0 } else { hashes.iter().filter(|id| self.met.contains(id)).count() };
        if elsewhere > 1 && elsewhere * 2 > hashes.len() {
            return Err(broken(format!(
                "it was asked for the ids of project {project}, and {elsewhere} of the {} that came were listed \
                 for another project before",
                hashes.len()
            )));
        }
        if !hashes.is_empty() && again == hashes.len() {
            return Err(broken("pages repeat: a page of ids holds only ids that came before".to_owned()));
        }
        if self.met.len() + self.here.len() + hashes.len() <= MOST_MET {
            self.here.extend(hashes);
        }
        self.check(page)?;
        Ok(listed)
    }

    fn check(&mut self, page: &SearchPage) -> Result<(), SourceError> {
        let broken = |said: String| SourceError::Broken { source_kind: KIND, doing: SEARCH, said };
        let Some(token) = &page.next else { return Ok(()) };
        self.empty = if page.is_empty() { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_PAGES {
            return Err(broken(format!("{} pages in a row held nothing and promised more", self.empty)));
        }
        if !self.tokens.insert(token.clone()) {
            return Err(broken("pages repeat: it gave a page token that it had given before".to_owned()));
        }
        Ok(())
    }
}

#[async_trait]
impl Census for JiraCensus {
    async fn next_page(&mut self) -> Result<Option<CensusPage>, SourceError> {
        if self.place.projects.is_none() {
            let all = projects::browsable(&self.site, &mut self.tally).await?;
            if all.is_empty() {
                return Err(SourceError::Refused {
                    source_kind: KIND,
                    doing: "take a census",
                    said: "it shows this credential no project at all".to_owned(),
                    cure: refusal::PERMISSION,
                });
            }
            self.place.projects = Some(all.into());
        }
        let Some(project) = self.place.projects.iter().flatten().next().cloned() else { return Ok(None) };
        let page = self.ask(&project).await?;
        let (listed, next) = match &page {
            Some(page) => (self.ids(&project, page)?, page.next.clone()),
            None => (Vec::new(), None),
        };
        let is_over = next.is_none();
        self.place.token = next;
        if is_over {
            self.place.projects.iter_mut().for_each(|projects| _ = projects.pop_front());
            self.begin_project();
            self.rewinds = 0;
        }
        // A project counts as listed when all of it came, and not when it vanished meanwhile.
        let projects = if is_over && page.is_some() { vec![project] } else { Vec::new() };
        // Texts, numbers and lists of them always have a JSON form.
        let cursor = Cursor(serde_json::to_string(&self.place).unwrap_or_default());
        Ok(Some(CensusPage { listed, projects, cursor, spent: self.tally.take() }))
    }

    fn spent(&self) -> Spent {
        self.tally.so_far()
    }
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

//! A stand-in for a vendor: a script of pages and failures, walked from a cursor like a real one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::model::document::{Record, Tombstone};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::{
    Census, CensusPage, Cursor, Fate, Known, Listed, Manners, Page, Reach, Scope, Source, SourceError, Spent,
    Survey, Walk,
};

/// What happens when a page is asked for.
#[derive(Debug, Clone)]
pub enum Turn {
    /// These records come.
    Page(Vec<Record>),
    /// These come after the walk went back a little.
    Rewound(Vec<Record>),
    /// Not now; once.
    Away,
    /// Never.
    Refused,
    /// These records come, late.
    Late(Duration, Vec<Record>),
    /// The adapter has a bug.
    Panic,
}

/// A source that plays a script. A page that was stored is not played again; a failure happens once.
#[derive(Debug, Clone)]
pub struct ScriptedSource {
    script: Arc<Mutex<VecDeque<(usize, Turn)>>>,
    expected: Option<u64>,
    /// What it lists when it is asked for everything, and gives when it is asked for single records.
    held: Arc<Mutex<Vec<Record>>>,
    projects: Vec<String>,
    census_fails: bool,
}

impl ScriptedSource {
    /// A source that says that it holds so many records, and then plays its script.
    pub fn new(expected: Option<u64>, script: Vec<Turn>) -> Self {
        Self {
            script: Arc::new(Mutex::new(script.into_iter().enumerate().collect())),
            expected,
            held: Arc::default(),
            projects: Vec::new(),
            census_fails: false,
        }
    }

    /// The same source, which lists these records when it is asked for everything.
    #[must_use]
    pub fn holding(self, records: Vec<Record>) -> Self {
        Self { held: Arc::new(Mutex::new(records)), ..self }
    }

    /// The same source, whose census lists these projects only.
    #[must_use]
    pub fn listing(self, projects: &[&str]) -> Self {
        Self { projects: projects.iter().map(|&project| project.to_owned()).collect(), ..self }
    }

    /// The same source, whose census ends with an error after its first page.
    #[must_use]
    pub fn failing_census(self) -> Self {
        Self { census_fails: true, ..self }
    }
}

#[async_trait]
impl Source for ScriptedSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Jira
    }

    fn manners(&self) -> Manners {
        Manners { overlap: Duration::from_mins(5), settle: Duration::from_mins(1) }
    }

    async fn surveyed(&self, _: &Scope, spent: &mut Spent) -> Result<Survey, SourceError> {
        spent.requests += 1;
        Ok(Survey {
            expected: self.expected,
            requests: 1,
            plan: None,
            warnings: Vec::new(),
            unseen: Vec::new(),
        })
    }

    /// Single records are looked for among those that the source holds at its end.
    async fn walk(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        _: Arc<dyn Known>,
    ) -> Result<Box<dyn Walk>, SourceError> {
        if let Reach::Items(ids) = &scope.reach {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let records = held.iter().filter(|record| ids.contains(&record.external_id)).cloned().collect();
            let script = Arc::new(Mutex::new(VecDeque::from([(0, Turn::Page(records))])));
            return Ok(Box::new(ScriptedWalk { script, next: 0 }));
        }
        let next = after.and_then(|Cursor(place)| place.parse::<usize>().ok()).map_or(0, |place| place + 1);
        Ok(Box::new(ScriptedWalk { script: Arc::clone(&self.script), next }))
    }

    async fn census(&self, _: DateTime<Utc>, after: Option<Cursor>) -> Result<Box<dyn Census>, SourceError> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let listed = held.iter().map(|record| Listed {
            external_id: record.external_id.clone(),
            project: None,
            day: None,
        });
        let page = CensusPage {
            listed: listed.collect(),
            projects: self.projects.clone(),
            cursor: Cursor("all".to_owned()),
            spent: Spent { requests: 1, waits: 0 },
        };
        Ok(Box::new(ScriptedCensus {
            page: Some(page).filter(|_| after.is_none()),
            fails: self.census_fails,
        }))
    }

    /// Whoever is not held was deleted.
    async fn fates(&self, external_ids: &[&str], spent: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        spent.requests += 1;
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let is_held = |id: &str| held.iter().any(|record| record.external_id == id);
        let fate = |id: &&str| if is_held(id) { Fate::There } else { Fate::Left(Tombstone::Deleted) };
        Ok(external_ids.iter().map(fate).collect())
    }
}

struct ScriptedWalk {
    script: Arc<Mutex<VecDeque<(usize, Turn)>>>,
    next: usize,
}

impl ScriptedWalk {
    fn turn(&self) -> Option<(usize, Turn)> {
        let script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.iter().find(|(place, _)| *place >= self.next).cloned()
    }

    fn forget(&self, place: usize) {
        let mut script = self.script.lock().unwrap_or_else(PoisonError::into_inner);
        script.retain(|(other, _)| *other != place);
    }
}

#[async_trait]
impl Walk for ScriptedWalk {
    /// # Panics
    /// At [`Turn::Panic`].
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        let doing = "read a page";
        let Some((place, turn)) = self.turn() else { return Ok(None) };
        let (records, rewound) = match turn {
            Turn::Page(records) => (records, false),
            Turn::Rewound(records) => (records, true),
            Turn::Late(wait, records) => {
                tokio::time::sleep(wait).await;
                (records, false)
            }
            Turn::Panic => panic!("the adapter has a bug"),
            Turn::Away => {
                self.forget(place);
                return Err(SourceError::Unavailable {
                    source_kind: SourceKind::Jira,
                    doing,
                    said: "it answered 503".to_owned(),
                    retry_after: Some(Duration::from_secs(7)),
                });
            }
            Turn::Refused => {
                return Err(SourceError::Refused {
                    source_kind: SourceKind::Jira,
                    doing,
                    said: "it answered 401".to_owned(),
                    cure: "get a fresh token",
                });
            }
        };
        self.next = place + 1;
        let cursor = Cursor(place.to_string());
        Ok(Some(Page { rewound, ..Page::of(records, cursor, Spent { requests: 1, waits: 0 }) }))
    }
}

struct ScriptedCensus {
    page: Option<CensusPage>,
    fails: bool,
}

#[async_trait]
impl Census for ScriptedCensus {
    async fn next_page(&mut self) -> Result<Option<CensusPage>, SourceError> {
        if self.page.is_none() && self.fails {
            return Err(SourceError::Unavailable {
                source_kind: SourceKind::Jira,
                doing: "list everything",
                said: "it answered 503".to_owned(),
                retry_after: None,
            });
        }
        Ok(self.page.take())
    }
}

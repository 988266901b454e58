//! A stand-in for a vendor: a script of pages and failures, walked from a cursor like a real one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// Not now, as it says late; once.
    AwayLate(Duration),
    /// Never.
    Refused,
    /// These records come, late.
    Late(Duration, Vec<Record>),
    /// These records are gone.
    Gone(Vec<(String, Tombstone)>),
    /// The adapter has a bug.
    Panic,
}

/// A source that plays a script. A page that was stored is not played again; a failure happens once.
#[derive(Debug, Clone)]
pub struct ScriptedSource {
    kind: SourceKind,
    script: Arc<Mutex<VecDeque<(usize, Turn)>>>,
    expected: Option<u64>,
    /// What it lists when it is asked for everything, and gives when it is asked for single records.
    held: Arc<Mutex<Vec<Record>>>,
    /// What its list leaves out, though it is there.
    unlisted: Vec<String>,
    /// Records on a page of its list.
    per_page: usize,
    projects: Vec<String>,
    fails: Fails,
    asked: Arc<Mutex<Vec<Scope>>>,
}

/// How a source fails, beside its script.
#[derive(Debug, Clone, Default)]
struct Fails {
    /// Every census, after its first page.
    census: bool,
    /// It forgets the last answer when it is asked what has become of records.
    fates: bool,
    /// Calls until one answers 503, once.
    trip: Arc<Mutex<Option<u32>>>,
}

impl ScriptedSource {
    /// A source that says that it holds so many records, and then plays its script.
    pub fn new(expected: Option<u64>, script: Vec<Turn>) -> Self {
        Self {
            kind: SourceKind::Jira,
            script: Arc::new(Mutex::new(script.into_iter().enumerate().collect())),
            expected,
            held: Arc::default(),
            unlisted: Vec::new(),
            per_page: usize::MAX,
            projects: Vec::new(),
            fails: Fails::default(),
            asked: Arc::default(),
        }
    }

    /// The same source under another name.
    #[must_use]
    pub fn of(self, kind: SourceKind) -> Self {
        Self { kind, ..self }
    }

    /// The same source, which lists these records when it is asked for everything.
    #[must_use]
    pub fn holding(self, records: Vec<Record>) -> Self {
        Self { held: Arc::new(Mutex::new(records)), ..self }
    }

    /// The same source, whose list has so many records on a page.
    #[must_use]
    pub fn by(self, per_page: usize) -> Self {
        Self { per_page, ..self }
    }

    /// The same source, whose list leaves these out.
    #[must_use]
    pub fn without_listing(self, ids: &[&str]) -> Self {
        Self { unlisted: ids.iter().map(|&id| id.to_owned()).collect(), ..self }
    }

    /// The same source, whose census lists these projects only.
    #[must_use]
    pub fn listing(self, projects: &[&str]) -> Self {
        Self { projects: projects.iter().map(|&project| project.to_owned()).collect(), ..self }
    }

    /// The same source, whose census ends with an error after its first page.
    #[must_use]
    pub fn failing_census(self) -> Self {
        Self { fails: Fails { census: true, ..self.fails }, ..self }
    }

    /// The same source, which does not answer for all records that it is asked about.
    #[must_use]
    pub fn forgetting_fates(self) -> Self {
        Self { fails: Fails { fates: true, ..self.fails }, ..self }
    }

    /// The same source, which answers 503 to its call of this number (from 0), once.
    #[must_use]
    pub fn tripping_at(self, call: u32) -> Self {
        Self { fails: Fails { trip: Arc::new(Mutex::new(Some(call))), ..self.fails }, ..self }
    }

    /// Whether the call that was to fail has come.
    pub fn has_tripped(&self) -> bool {
        locked(&self.fails.trip).is_none()
    }

    /// The scopes that were walked, oldest first.
    pub fn asked(&self) -> Vec<Scope> {
        locked(&self.asked).clone()
    }

    fn away(&self, doing: &'static str) -> SourceError {
        SourceError::Unavailable {
            source_kind: self.kind,
            doing,
            said: "it answered 503".to_owned(),
            retry_after: Some(Duration::from_secs(7)),
        }
    }

    /// Counts a call, and fails it if it is the one.
    fn call(&self, doing: &'static str) -> Result<(), SourceError> {
        let mut trip = locked(&self.fails.trip);
        *trip = match *trip {
            Some(0) => {
                *trip = None;
                return Err(self.away(doing));
            }
            Some(left) => Some(left - 1),
            None => None,
        };
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl Source for ScriptedSource {
    fn kind(&self) -> SourceKind {
        self.kind
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
        locked(&self.asked).push(scope.clone());
        let source = self.clone();
        if let Reach::Items(ids) = &scope.reach {
            let held = locked(&self.held);
            let records = held.iter().filter(|record| ids.contains(&record.external_id)).cloned().collect();
            let script = Arc::new(Mutex::new(VecDeque::from([(0, Turn::Page(records))])));
            return Ok(Box::new(ScriptedWalk { source, script, next: 0 }));
        }
        let next = after.and_then(|Cursor(place)| place.parse::<usize>().ok()).map_or(0, |place| place + 1);
        Ok(Box::new(ScriptedWalk { source, script: Arc::clone(&self.script), next }))
    }

    async fn census(&self, _: DateTime<Utc>, after: Option<Cursor>) -> Result<Box<dyn Census>, SourceError> {
        let next = after.and_then(|Cursor(page)| page.parse::<usize>().ok()).map_or(0, |page| page + 1);
        Ok(Box::new(ScriptedCensus { source: self.clone(), next }))
    }

    /// Whoever is not held was deleted.
    async fn fates(&self, external_ids: &[&str], spent: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        spent.requests += 1;
        self.call("ask what has become of records")?;
        let held = locked(&self.held);
        let is_held = |id: &str| held.iter().any(|record| record.external_id == id);
        let fate = |id: &&str| if is_held(id) { Fate::There } else { Fate::Left(Tombstone::Deleted) };
        let answered = external_ids.len() - usize::from(self.fails.fates);
        Ok(external_ids.iter().take(answered).map(fate).collect())
    }
}

struct ScriptedWalk {
    source: ScriptedSource,
    script: Arc<Mutex<VecDeque<(usize, Turn)>>>,
    next: usize,
}

impl ScriptedWalk {
    fn turn(&self) -> Option<(usize, Turn)> {
        let script = locked(&self.script);
        script.iter().find(|(place, _)| *place >= self.next).cloned()
    }

    fn forget(&self, place: usize) {
        locked(&self.script).retain(|(other, _)| *other != place);
    }
}

#[async_trait]
impl Walk for ScriptedWalk {
    /// # Panics
    /// At [`Turn::Panic`].
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError> {
        let doing = "read a page";
        let Some((place, turn)) = self.turn() else { return Ok(None) };
        self.source.call(doing)?;
        let mut gone = Vec::new();
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
                return Err(self.source.away(doing));
            }
            Turn::AwayLate(wait) => {
                tokio::time::sleep(wait).await;
                self.forget(place);
                return Err(self.source.away(doing));
            }
            Turn::Gone(ids) => {
                gone = ids;
                (Vec::new(), false)
            }
            Turn::Refused => {
                return Err(SourceError::Refused {
                    source_kind: self.source.kind,
                    doing,
                    said: "it answered 401".to_owned(),
                    cure: "get a fresh token",
                });
            }
        };
        self.next = place + 1;
        let cursor = Cursor(place.to_string());
        Ok(Some(Page { rewound, gone, ..Page::of(records, cursor, Spent { requests: 1, waits: 0 }) }))
    }
}

struct ScriptedCensus {
    source: ScriptedSource,
    next: usize,
}

#[async_trait]
impl Census for ScriptedCensus {
    async fn next_page(&mut self) -> Result<Option<CensusPage>, SourceError> {
        let doing = "list everything";
        if self.next > 0 && self.source.fails.census {
            // It does not say when to come back: whoever does is waited for, and the run would never be given up.
            return Err(SourceError::Unavailable {
                source_kind: self.source.kind,
                doing,
                said: "it answered 503".to_owned(),
                retry_after: None,
            });
        }
        let held = locked(&self.source.held);
        let is_listed = |record: &&Record| !self.source.unlisted.contains(&record.external_id);
        let from = self.next.saturating_mul(self.source.per_page);
        let listed: Vec<Listed> = held
            .iter()
            .filter(is_listed)
            .skip(from)
            .take(self.source.per_page)
            .map(|record| Listed {
                external_id: record.external_id.clone(),
                project: None,
                day: None,
                version: None,
            })
            .collect();
        if listed.is_empty() && self.next > 0 {
            return Ok(None);
        }
        self.source.call(doing)?;
        let cursor = Cursor(self.next.to_string());
        self.next += 1;
        let spent = Spent { requests: 1, waits: 0 };
        Ok(Some(CensusPage { listed, projects: self.source.projects.clone(), cursor, spent }))
    }
}

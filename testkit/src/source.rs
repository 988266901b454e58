//! A stand-in for a vendor: a script of pages and failures, walked from a cursor like a real one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use daybook_core::model::document::Record;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::{Cursor, Page, Scope, Source, SourceError, Survey, Walk};

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
}

impl ScriptedSource {
    /// A source that says that it holds so many records, and then plays its script.
    pub fn new(expected: Option<u64>, script: Vec<Turn>) -> Self {
        Self { script: Arc::new(Mutex::new(script.into_iter().enumerate().collect())), expected }
    }
}

#[async_trait]
impl Source for ScriptedSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Jira
    }

    async fn survey(&self, _: &Scope) -> Result<Survey, SourceError> {
        Ok(Survey { expected: self.expected, requests: 1, warnings: Vec::new() })
    }

    async fn walk(&self, _: &Scope, after: Option<Cursor>) -> Result<Box<dyn Walk>, SourceError> {
        let next = after.and_then(|Cursor(place)| place.parse::<usize>().ok()).map_or(0, |place| place + 1);
        Ok(Box::new(ScriptedWalk { script: Arc::clone(&self.script), next }))
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
        Ok(Some(Page {
            records,
            cursor,
            requests: 1,
            waits: 0,
            rewound,
            hidden_comments: 0,
            unread_comments: 0,
            outside: 0,
        }))
    }
}

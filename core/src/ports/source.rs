//! A page of history, from a cursor on. The adapter knows the vendor; the core knows only records.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::store::StoreError;
use crate::model::backfill::{Plan, Window};
use crate::model::document::{Change, Record, Tombstone};
use crate::model::fault::{Fault, FaultKind};
use crate::model::source::SourceKind;

/// Which part of a source's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// By what it is chosen.
    pub reach: Reach,
    /// Only this project.
    pub project: Option<String>,
    /// Records that are looked at in any case, because the source had not finished them.
    pub also: Vec<String>,
}

/// By what records are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Everything of a window of history, read anew: by the day of work for worklogs, by the start for meetings, by the
    /// last change for the rest. Newest first.
    History(Window),
    /// Everything that was changed, added or (where the source tells) deleted in a window, whenever it happened. What is
    /// held as it is listed need not be fetched again.
    Changes(Window),
    /// These records alone, by their ids at the source or by what people call them.
    Items(Vec<String>),
}

impl Scope {
    /// A window of history.
    pub fn history(window: Window) -> Self {
        Self { reach: Reach::History(window), project: None, also: Vec::new() }
    }

    /// The window, if one chooses.
    pub fn window(&self) -> Option<&Window> {
        match &self.reach {
            Reach::History(window) | Reach::Changes(window) => Some(window),
            Reach::Items(_) => None,
        }
    }
}

/// Where to go on after a page. Opaque to the core, stored with the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// A page of history.
#[derive(Debug)]
pub struct Page {
    /// What came, in the source's order.
    pub records: Vec<Record>,
    /// Records that were listed just as they are held, and so not fetched.
    pub unchanged: Vec<String>,
    /// Records that the source says are gone.
    pub gone: Vec<(String, Tombstone)>,
    /// Changes of records that came with this page or before, in the source's own time.
    pub changes: Vec<Change>,
    /// Where to go on after this page.
    pub cursor: Cursor,
    /// Requests made for this page, since the page before.
    pub requests: u32,
    /// Waits for a rate limit or an outage among them.
    pub waits: u32,
    /// Whether the walk had to go back a little (a page token had died), so that known records may come again.
    pub rewound: bool,
    /// Comments that the source counts but does not show to this credential.
    pub hidden_comments: u64,
    /// Comments that exist and were left out, because Daybook stopped at a bound of its own.
    pub unread_comments: u64,
    /// Records that were not asked for and came all the same: of another project, or of a time outside the window.
    pub outside: u64,
}

impl Page {
    /// These records, and nothing to say about them.
    pub fn of(records: Vec<Record>, cursor: Cursor, spent: Spent) -> Self {
        Self {
            records,
            unchanged: Vec::new(),
            gone: Vec::new(),
            changes: Vec::new(),
            cursor,
            requests: spent.requests,
            waits: spent.waits,
            rewound: false,
            hidden_comments: 0,
            unread_comments: 0,
            outside: 0,
        }
    }
}

/// What was asked of a source.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// Requests.
    pub requests: u32,
    /// Waits for a rate limit or an outage.
    pub waits: u32,
}

/// What a source says about a scope before it is walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// How many records there are; `None`: it would not say.
    pub expected: Option<u64>,
    /// Requests it took to ask.
    pub requests: u32,
    /// What the walk will take, these requests included; `None`: it cannot be told.
    pub plan: Option<Plan>,
    /// What the reader of the report should know.
    pub warnings: Vec<String>,
    /// What this credential is not shown, in words: projects it cannot browse, comments it has no right to.
    pub unseen: Vec<String>,
}

/// What is held of a record, for a source that can tell from a list whether it has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// [`Record::version`] as it was saved.
    pub version: Option<String>,
    /// When it was last fetched, by our clock.
    pub fetched_at: DateTime<Utc>,
}

/// What a walk may ask about what is held.
#[async_trait]
pub trait Known: Send + Sync {
    /// By id; those that are not held, or that left their source, are left out.
    async fn held(&self, external_ids: &[&str]) -> Result<HashMap<String, HeldRecord>, StoreError>;
}

/// How often and how cautiously a source is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manners {
    /// A sync begins so long before the end of what was confirmed: the source may be late, or its clock coarse.
    pub overlap: Duration,
    /// A sync ends so long before now, for the same reason.
    pub settle: Duration,
}

impl Manners {
    /// How long before the confirmed moment a sync begins.
    pub fn overlap(&self) -> TimeDelta {
        cautious(self.overlap)
    }

    /// How long before now the source is believed.
    pub fn settle(&self) -> TimeDelta {
        cautious(self.settle)
    }
}

/// A time too long for the calendar is a long time, and not none: too much is read then, and nothing is left out.
fn cautious(time: Duration) -> TimeDelta {
    TimeDelta::from_std(time).unwrap_or(TimeDelta::days(3_650))
}

/// A system whose history can be walked.
#[async_trait]
pub trait Source: Send + Sync {
    /// Which.
    fn kind(&self) -> SourceKind;
    /// How it wants to be read again.
    fn manners(&self) -> Manners;
    /// Checks the credential and asks how much there is.
    async fn survey(&self, scope: &Scope) -> Result<Survey, SourceError> {
        self.surveyed(scope, &mut Spent::default()).await
    }
    /// The same; what it took is in `spent`, also when it failed.
    async fn surveyed(&self, scope: &Scope, spent: &mut Spent) -> Result<Survey, SourceError>;
    /// Begins a walk, or goes on after a stored page. It may fetch a bounded number of pages ahead;
    /// dropping the walk stops that.
    async fn walk(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        known: Arc<dyn Known>,
    ) -> Result<Box<dyn Walk>, SourceError>;
    /// Lists the ids of everything from a moment on (by the same clock as [`Reach::History`]), by another path than a
    /// walk where the source has one; or goes on with it.
    async fn census(
        &self,
        from: DateTime<Utc>,
        after: Option<Cursor>,
    ) -> Result<Box<dyn Census>, SourceError>;
    /// What has become of records that a census did not list, in the order of the ids; also what it took.
    async fn fates(&self, external_ids: &[&str], spent: &mut Spent) -> Result<Vec<Fate>, SourceError>;
    /// The same for records of which it is known in which project they were, for a source that can tell more by it.
    async fn fates_of(&self, records: &[Listed], spent: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        let ids: Vec<&str> = records.iter().map(|record| record.external_id.as_str()).collect();
        self.fates(&ids, spent).await
    }
}

/// A walk through a scope.
#[async_trait]
pub trait Walk: Send {
    /// The next page; `None` after the last.
    async fn next_page(&mut self) -> Result<Option<Page>, SourceError>;
    /// What was spent so far and was not reported with a page that was taken: after an error what it took to fail,
    /// and in between what was fetched ahead.
    fn spent(&self) -> Spent {
        Spent::default()
    }
}

/// A list of everything there is, a page at a time.
#[async_trait]
pub trait Census: Send {
    /// The next page; `None` after the last. An error means that nothing may be concluded from what is missing.
    async fn next_page(&mut self) -> Result<Option<CensusPage>, SourceError>;
    /// What was spent so far and not reported with a page.
    fn spent(&self) -> Spent {
        Spent::default()
    }
}

/// A page of a census.
#[derive(Debug)]
pub struct CensusPage {
    /// What there is.
    pub listed: Vec<Listed>,
    /// Projects (by key) that this census lists, as far as they became known with this page. A source that has no
    /// projects, or lists everything in one go, leaves it empty throughout: then everything held is compared.
    pub projects: Vec<String>,
    /// Where to go on.
    pub cursor: Cursor,
    /// What it took.
    pub spent: Spent,
}

/// A record in a census.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id at the source.
    pub external_id: String,
    /// Its project's key, where the list says.
    pub project: Option<String>,
    /// The day it belongs to, where the list says.
    pub day: Option<NaiveDate>,
    /// The source's own mark of the state it is in, where the list says: of the same make as [`Record::version`].
    pub version: Option<String>,
}

/// What has become of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is there.
    There,
    /// It has left, for this reason.
    Left(Tombstone),
    /// The source does not say; nothing is done.
    Unclear,
}

/// Why a source gave no page.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The credential is refused. Trying again does not help.
    #[error("{source_kind} refused the credential while Daybook tried to {doing}: {said}; {cure}")]
    Refused {
        /// Which source.
        source_kind: SourceKind,
        /// What we were doing.
        doing: &'static str,
        /// What it answered, in a few words.
        said: String,
        /// What a person can do about it.
        cure: &'static str,
    },
    /// It does not understand what we ask: a project that is not there, say. Trying again does not help.
    #[error("{source_kind} does not accept what Daybook asked while it tried to {doing}: {said}")]
    Unacceptable {
        /// Which source.
        source_kind: SourceKind,
        /// What we were doing.
        doing: &'static str,
        /// What it answered.
        said: String,
    },
    /// It cannot answer now: limits, outages, time-outs, cut answers.
    #[error("{source_kind} is not available while Daybook tried to {doing}: {said}")]
    Unavailable {
        /// Which source.
        source_kind: SourceKind,
        /// What we were doing.
        doing: &'static str,
        /// What happened, how often.
        said: String,
        /// How long it asked us to wait, if it did.
        retry_after: Option<Duration>,
    },
    /// What is held could not be looked up.
    #[error(
        "{source_kind} was not asked on, because what is held could not be looked up while Daybook tried to {doing}"
    )]
    Store {
        /// Which source.
        source_kind: SourceKind,
        /// What we were doing.
        doing: &'static str,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// It answered something that its contract does not allow: a page again and again, a shape we do not know.
    #[error("{source_kind} answered what it should not while Daybook tried to {doing}: {said}")]
    Broken {
        /// Which source.
        source_kind: SourceKind,
        /// What we were doing.
        doing: &'static str,
        /// What is wrong with it.
        said: String,
    },
}

impl Fault for SourceError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Refused { .. } => FaultKind::Forbidden,
            Self::Unacceptable { .. } => FaultKind::Invalid,
            Self::Unavailable { .. } => FaultKind::Unavailable,
            Self::Store { source, .. } => source.kind(),
            Self::Broken { .. } => FaultKind::Broken,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

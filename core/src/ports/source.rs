//! A page of history, from a cursor on. The adapter knows the vendor; the core knows only records.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::model::backfill::Window;
use crate::model::document::Record;
use crate::model::fault::{Fault, FaultKind};
use crate::model::source::SourceKind;

/// Which part of a source's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// When.
    pub window: Window,
    /// Only this project.
    pub project: Option<String>,
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
    /// What the reader of the report should know: projects that cannot be seen, say.
    pub warnings: Vec<String>,
}

/// A system whose history can be walked.
#[async_trait]
pub trait Source: Send + Sync {
    /// Which.
    fn kind(&self) -> SourceKind;
    /// Checks the credential and asks how much there is.
    async fn survey(&self, scope: &Scope) -> Result<Survey, SourceError>;
    /// The same; what it took is in `spent`, also when it failed.
    async fn surveyed(&self, scope: &Scope, spent: &mut Spent) -> Result<Survey, SourceError> {
        let survey = self.survey(scope).await?;
        spent.requests += survey.requests;
        Ok(survey)
    }
    /// Begins a walk, or goes on after a stored page. It may fetch a bounded number of pages ahead;
    /// dropping the walk stops that.
    async fn walk(&self, scope: &Scope, after: Option<Cursor>) -> Result<Box<dyn Walk>, SourceError>;
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

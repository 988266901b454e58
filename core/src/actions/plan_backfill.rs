//! Says what a backfill would take, and starts nothing: asks the source how much there is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::start_backfill::{Request, RequestError};
use crate::model::account::Admin;
use crate::model::backfill::Window;
use crate::model::fault::{Fault, FaultKind};
use crate::model::source::SourceKind;
use crate::ports::clock::Clock;
use crate::ports::source::{Reach, Scope, Source, SourceError, Survey};

/// Plans backfills.
pub struct PlanBackfill {
    clock: Arc<dyn Clock>,
    sources: BTreeMap<SourceKind, Arc<dyn Source>>,
}

/// What a backfill would take.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The window that it would read.
    pub window: Window,
    /// What the source says about it.
    pub survey: Survey,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanBackfillError {
    /// What was asked for makes no sense.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl Fault for PlanBackfillError {
    fn kind(&self) -> FaultKind {
        match self {
            Self::Request(error) => error.kind(),
            Self::Source(error) => error.kind(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Self::Request(error) => error.field(),
            Self::Source(_) => None,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Request(_) => None,
            Self::Source(error) => error.retry_after(),
        }
    }
}

impl PlanBackfill {
    /// Plans backfills of these sources.
    pub fn new(clock: Arc<dyn Clock>, sources: BTreeMap<SourceKind, Arc<dyn Source>>) -> Self {
        Self { clock, sources }
    }

    /// What that backfill would take, if it began now. What makes no sense is refused as it would be at the start.
    pub async fn run(&self, _proof: &Admin, request: &Request) -> Result<Planned, PlanBackfillError> {
        let source = self.sources.get(&request.source);
        let window = request.checked(source.is_some(), self.clock.now())?;
        let source = source.ok_or(RequestError::Off { source_kind: request.source })?;
        let reach = match &request.item {
            Some(item) => Reach::Items(vec![item.clone()]),
            None => Reach::History(window),
        };
        let scope = Scope { reach, project: request.project.clone(), also: Vec::new() };
        Ok(Planned { window, survey: source.survey(&scope).await? })
    }
}

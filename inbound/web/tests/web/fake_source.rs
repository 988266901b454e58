//! A vendor that says how much it holds, or why it does not.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::model::backfill::Plan;
use daybook_core::model::source::SourceKind;
use daybook_core::ports::source::{
    Census, Cursor, Fate, Known, Manners, Scope, Source, SourceError, Spent, Survey, Walk,
};

/// Jira, as far as plans ask it. What it is asked for decides what it says.
pub(crate) struct FakeSource;

#[async_trait]
impl Source for FakeSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Jira
    }

    fn manners(&self) -> Manners {
        Manners { overlap: Duration::from_mins(5), settle: Duration::from_mins(1) }
    }

    async fn surveyed(&self, scope: &Scope, _: &mut Spent) -> Result<Survey, SourceError> {
        let (source_kind, doing) = (SourceKind::Jira, "count the issues");
        match scope.project.as_deref() {
            Some("REFUSED") => Err(SourceError::Refused {
                source_kind,
                doing,
                said: "it answered 401".to_owned(),
                cure: "make a new token",
            }),
            Some("NOWHERE") => Err(SourceError::Unacceptable {
                source_kind,
                doing,
                said: "there is no project NOWHERE".to_owned(),
            }),
            Some("AWAY") => Err(SourceError::Unavailable {
                source_kind,
                doing,
                said: "it answered 503".to_owned(),
                retry_after: Some(Duration::from_secs(7)),
            }),
            _ => Ok(Survey {
                expected: Some(1_240),
                requests: 2,
                plan: Some(Plan { requests: 15, seconds: 90, estimated: true }),
                warnings: vec!["12 issues have more comments than one answer holds".to_owned()],
                unseen: vec!["project SECRET: it may not be browsed".to_owned()],
            }),
        }
    }

    async fn walk(
        &self,
        _: &Scope,
        _: Option<Cursor>,
        _: Arc<dyn Known>,
    ) -> Result<Box<dyn Walk>, SourceError> {
        unreachable!("no route walks")
    }

    async fn census(&self, _: DateTime<Utc>, _: Option<Cursor>) -> Result<Box<dyn Census>, SourceError> {
        unreachable!("no route takes a census")
    }

    async fn fates(&self, _: &[&str], _: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        unreachable!("no route asks what became of records")
    }
}

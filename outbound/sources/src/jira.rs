//! Jira Cloud: issues and their comments, newest change first, a page ahead of whoever stores them.

pub mod adf;
mod checkpoint;
mod comments;
mod convert;
mod further;
mod oversized;
mod people;
mod promise;
mod record;
mod refusal;
mod search_page;
mod site;
mod survey;
mod walk;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::budget::Budget;
use daybook_core::ports::source::{
    Census, Cursor, Fate, Known, Manners, Scope, Source, SourceError, Spent, Survey, Walk,
};
use secrecy::SecretString;

use crate::http::{self, Tally};
pub use record::{Reading, record};
use site::Site;

const KIND: SourceKind = SourceKind::Jira;

/// Who asks Jira.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A person's API token. Classic ones go to the site, scoped ones to the gateway.
    Basic {
        /// The token owner's mail address (`JIRA_USERNAME`).
        email: String,
        /// The token (`JIRA_API_TOKEN`).
        token: SecretString,
    },
    /// A service account's or an application's token (`JIRA_API_TOKEN` without `JIRA_USERNAME`); gateway only.
    Bearer(SecretString),
}

/// How to reach a Jira site.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The site as people see it, `https://SITE.atlassian.net` (`JIRA_URL`). Links to issues are made from it.
    pub site_url: String,
    /// Where requests go (`JIRA_API_URL`): the site, or for scoped tokens the gateway (its id is `JIRA_CLOUD_ID`).
    pub api_url: String,
    /// Who asks.
    pub credential: Credential,
    /// Issues a page; Jira gives at most 100 with all their fields.
    pub page_size: u32,
    /// Pages that may be ready before anybody asks for them. Of large ones only one is, so that memory stays bounded.
    pub ahead: usize,
    /// How patient the client is.
    pub http: http::Settings,
}

impl Settings {
    /// The usual settings of a site: requests go to the site itself.
    pub fn new(site_url: &str, credential: Credential) -> Self {
        let site_url = site_url.trim().trim_end_matches('/').to_owned();
        Self {
            api_url: site_url.clone(),
            site_url,
            credential,
            page_size: 100,
            ahead: 2,
            http: http::Settings::default(),
        }
    }

    /// The gateway's address of a site, for scoped tokens and service accounts.
    pub fn gateway(cloud_id: &str) -> String {
        format!("https://api.atlassian.com/ex/jira/{cloud_id}")
    }
}

/// One Jira site, seen through one credential.
#[derive(Clone)]
pub struct JiraSource {
    site: Arc<Site>,
    page_size: u32,
    ahead: usize,
}

impl fmt::Debug for JiraSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JiraSource({})", self.site.human_url)
    }
}

impl JiraSource {
    /// A source over one site. Nothing is asked yet.
    pub fn new(settings: Settings, budget: Arc<dyn Budget>) -> Result<Self, SourceError> {
        let (page_size, ahead) = (settings.page_size.clamp(1, 100), settings.ahead.max(1));
        Ok(Self { site: Arc::new(Site::new(settings, budget)?), page_size, ahead })
    }
}

#[async_trait]
impl Source for JiraSource {
    fn kind(&self) -> SourceKind {
        KIND
    }

    fn manners(&self) -> Manners {
        Manners { overlap: Duration::from_mins(5), settle: Duration::from_mins(1) }
    }

    async fn surveyed(&self, scope: &Scope, spent: &mut Spent) -> Result<Survey, SourceError> {
        let mut tally = Tally::default();
        let survey = survey::survey(&self.site, scope, &mut tally).await;
        let took = tally.take();
        spent.requests += took.requests;
        spent.waits += took.waits;
        survey
    }

    async fn walk(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        _: Arc<dyn Known>,
    ) -> Result<Box<dyn Walk>, SourceError> {
        let place = checkpoint::Checkpoint::begin(scope, after.as_ref())?;
        Ok(Box::new(walk::JiraWalk::begin(Arc::clone(&self.site), place, self.page_size, self.ahead)))
    }

    async fn census(&self, _: DateTime<Utc>, _: Option<Cursor>) -> Result<Box<dyn Census>, SourceError> {
        let said = "this release cannot take a census of it yet".to_owned();
        Err(SourceError::Unacceptable { source_kind: KIND, doing: "take a census", said })
    }

    async fn fates(&self, external_ids: &[&str], _: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        Ok(vec![Fate::Unclear; external_ids.len()])
    }
}

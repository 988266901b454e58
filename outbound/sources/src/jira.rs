//! Jira Cloud: issues and their comments, newest change first, a page ahead of whoever stores them.

pub mod adf;
mod awaiting;
mod census;
mod checkpoint;
mod comments;
mod convert;
mod custom_fields;
mod fates;
mod further;
mod gaps;
mod history;
mod items;
mod oversized;
mod people;
mod projects;
mod promise;
mod reach;
mod record;
mod refusal;
mod relations;
mod search_page;
mod shape;
mod site;
mod survey;
mod walk;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use daybook_core::model::pace::{Pace, Rate};
use daybook_core::model::source::SourceKind;
use daybook_core::ports::budget::Budget;
use daybook_core::ports::source::{
    Census, Cursor, Fate, Known, Listed, Manners, Reach, Scope, Source, SourceError, Spent, Survey, Walk,
};
use secrecy::SecretString;

use crate::http::{self, Tally};
use census::JiraCensus;
use checkpoint::Checkpoint;
pub use custom_fields::CustomFields;
use items::ItemsPlace;
pub use record::{Reading, record};
use site::Site;
use walk::{JiraWalk, Path};

const KIND: SourceKind = SourceKind::Jira;
/// A change may be missing from a search for seconds, and from the search of a busy site for longer.
const OVERLAP: Duration = Duration::from_mins(5);

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
    /// Whether the changes of issues are read too (`JIRA_HISTORY`): about a request for a thousand issues.
    pub history: bool,
    /// How patient the client is, and how fast the credential may ask (`JIRA_PACE`).
    pub http: http::Settings,
}

impl Settings {
    /// The usual settings of a site: requests go to the site itself, at `20/second`. Jira publishes a hundred a second
    /// for each address, shared by everybody who asks the site; a fifth of it leaves room for the others.
    pub fn new(site_url: &str, credential: Credential) -> Self {
        let site_url = site_url.trim().trim_end_matches('/').to_owned();
        Self {
            api_url: site_url.clone(),
            site_url,
            credential,
            page_size: 100,
            ahead: 2,
            history: true,
            http: http::Settings { pace: usual_pace(), ..http::Settings::default() },
        }
    }

    /// The gateway's address of a site, for scoped tokens and service accounts.
    pub fn gateway(cloud_id: &str) -> String {
        format!("https://api.atlassian.com/ex/jira/{cloud_id}")
    }
}

fn usual_pace() -> Pace {
    Pace(vec![Rate { requests: 20, per: Duration::from_secs(1), burst: 20 }])
}

/// How a site is walked.
#[derive(Debug, Clone, Copy)]
struct Habits {
    page_size: u32,
    ahead: usize,
    history: bool,
}

/// One Jira site, seen through one credential.
#[derive(Clone)]
pub struct JiraSource {
    site: Arc<Site>,
    habits: Habits,
}

impl fmt::Debug for JiraSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JiraSource({})", self.site.human_url)
    }
}

impl JiraSource {
    /// A source over one site. Nothing is asked yet.
    pub fn new(settings: Settings, budget: Arc<dyn Budget>) -> Result<Self, SourceError> {
        let habits = Habits {
            page_size: settings.page_size.clamp(1, 100),
            ahead: settings.ahead.max(1),
            history: settings.history,
        };
        Ok(Self { site: Arc::new(Site::new(settings, budget)?), habits })
    }
}

#[async_trait]
impl Source for JiraSource {
    fn kind(&self) -> SourceKind {
        KIND
    }

    fn manners(&self) -> Manners {
        Manners { overlap: OVERLAP, settle: Duration::from_mins(1) }
    }

    async fn surveyed(&self, scope: &Scope, spent: &mut Spent) -> Result<Survey, SourceError> {
        let mut tally = Tally::default();
        let survey = survey::survey(&self.site, scope, self.habits, &mut tally).await;
        add(spent, &mut tally);
        survey
    }

    /// Jira never says that it has not finished an issue, so nothing is fetched for `scope.also`.
    async fn walk(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        known: Arc<dyn Known>,
    ) -> Result<Box<dyn Walk>, SourceError> {
        let path = match &scope.reach {
            Reach::Items(asked) => {
                Path::Items { names: items::names(asked)?, place: ItemsPlace::begin(after.as_ref())? }
            }
            Reach::History(_) | Reach::Changes(_) => Path::Search {
                place: Checkpoint::begin(scope, after.as_ref())?,
                skips_what_is_held: matches!(scope.reach, Reach::Changes(_)),
            },
        };
        Ok(Box::new(JiraWalk::begin(Arc::clone(&self.site), path, known, self.habits)))
    }

    async fn census(
        &self,
        from: DateTime<Utc>,
        after: Option<Cursor>,
    ) -> Result<Box<dyn Census>, SourceError> {
        Ok(Box::new(JiraCensus::begin(Arc::clone(&self.site), from, after.as_ref())?))
    }

    async fn fates(&self, external_ids: &[&str], spent: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        let unplaced =
            |id: &&str| Listed { external_id: (*id).to_owned(), project: None, day: None, version: None };
        self.fates_of(&external_ids.iter().map(unplaced).collect::<Vec<_>>(), spent).await
    }

    async fn fates_of(&self, records: &[Listed], spent: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        let mut tally = Tally::default();
        let fates = fates::of(&self.site, records, &mut tally).await;
        add(spent, &mut tally);
        fates
    }
}

fn add(spent: &mut Spent, tally: &mut Tally) {
    let took = tally.take();
    spent.requests += took.requests;
    spent.waits += took.waits;
}

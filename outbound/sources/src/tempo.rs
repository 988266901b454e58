//! Tempo Timesheets Cloud: worklogs by the worker's own day, newest days first, and what has become of them since.
//!
//! Days. Tempo filters by the day of the worker's calendar and knows no time zone for it. A window of history is read as
//! days: from the day of its first moment to the day of its last, both whole. A window that ends within a day ends
//! *now*: then hours that are already entered for days to come belong to it, because no later window of changes would
//! bring them (and because somewhere it is tomorrow already). A census begins with the first day that begins, in UTC,
//! at or after its moment, which is how the days of held worklogs are compared.

mod census;
mod changes;
mod checkpoint;
mod count;
mod fates;
mod history;
mod items;
mod list_page;
mod listing;
mod record;
mod references;
mod refusal;
mod shape;
mod site;
mod slices;
mod survey;
mod trail;
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
    Census, Cursor, Fate, Known, Manners, Scope, Source, SourceError, Spent, Survey, Walk,
};
use secrecy::SecretString;

use crate::http::{self, Tally};
pub use record::record;
use site::Site;

const KIND: SourceKind = SourceKind::Tempo;

/// How to reach Tempo.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where requests go (`TEMPO_API_URL`): `https://api.tempo.io`, or the host of the site's region.
    pub api_url: String,
    /// Who asks (`TEMPO_API_TOKEN`). It sees what its user may view.
    pub token: SecretString,
    /// Worklogs a page.
    pub page_size: u32,
    /// How patient the client is.
    pub http: http::Settings,
}

impl Settings {
    /// The usual settings for a token. Tempo lets five requests a second pass and advises three; it also advises longer
    /// pauses after an outage than other vendors.
    pub fn new(token: SecretString) -> Self {
        // With two at once, any one second has five at most.
        let pace = Pace(vec![Rate { requests: 3, per: Duration::from_secs(1), burst: 2 }]);
        Self {
            api_url: "https://api.tempo.io".to_owned(),
            token,
            page_size: 1_000,
            http: http::Settings {
                pace,
                backoff_base: Duration::from_secs(5),
                // A thousand worklogs are less than one of these; two such pages fit into a walk's memory.
                max_answer_bytes: 12 << 20,
                ..http::Settings::default()
            },
        }
    }
}

/// One Tempo, seen through one token.
#[derive(Clone)]
pub struct TempoSource {
    site: Arc<Site>,
    page_size: u32,
}

impl fmt::Debug for TempoSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TempoSource({})", self.site.api_url())
    }
}

impl TempoSource {
    /// A source over one Tempo. Nothing is asked yet.
    pub fn new(settings: Settings, budget: Arc<dyn Budget>) -> Result<Self, SourceError> {
        let page_size = settings.page_size.clamp(2, site::LARGEST_PAGE);
        Ok(Self { site: Arc::new(Site::new(settings, budget)?), page_size })
    }
}

#[async_trait]
impl Source for TempoSource {
    fn kind(&self) -> SourceKind {
        KIND
    }

    fn manners(&self) -> Manners {
        Manners { overlap: Duration::from_mins(5), settle: Duration::from_mins(1) }
    }

    async fn surveyed(&self, scope: &Scope, spent: &mut Spent) -> Result<Survey, SourceError> {
        let mut tally = Tally::default();
        let survey = survey::survey(&self.site, scope, self.page_size, &mut tally).await;
        add(spent, &mut tally);
        survey
    }

    async fn walk(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        known: Arc<dyn Known>,
    ) -> Result<Box<dyn Walk>, SourceError> {
        let place = checkpoint::Place::begin(scope, after.as_ref())?;
        let site = Arc::clone(&self.site);
        Ok(Box::new(walk::TempoWalk::begin(site, scope, place, known, self.page_size)))
    }

    async fn census(
        &self,
        from: DateTime<Utc>,
        after: Option<Cursor>,
    ) -> Result<Box<dyn Census>, SourceError> {
        Ok(Box::new(census::TempoCensus::begin(Arc::clone(&self.site), from, after.as_ref())?))
    }

    async fn fates(&self, external_ids: &[&str], spent: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        let mut tally = Tally::default();
        let fates = fates::fates(&self.site, external_ids, &mut tally).await;
        add(spent, &mut tally);
        fates
    }
}

fn add(spent: &mut Spent, tally: &mut Tally) {
    let took = tally.take();
    spent.requests += took.requests;
    spent.waits += took.waits;
}

//! Fireflies: meetings with what was said in them, by when they began, newest first.

mod account;
mod answer;
mod audience;
mod canonical;
mod census;
mod channels;
mod checkpoint;
mod complaint;
mod drift;
mod fetch;
mod limits;
mod met;
mod people;
mod place;
mod queries;
mod record;
mod refusal;
mod speech;
mod steps;
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
use daybook_core::ports::clock::Clock;
use daybook_core::ports::source::{
    Census, Cursor, Fate, Known, Manners, Scope, Source, SourceError, Spent, Survey, Walk,
};
use secrecy::SecretString;

use crate::http::{self, Tally};
use account::Account;

const KIND: SourceKind = SourceKind::Fireflies;

/// How to reach Fireflies.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where requests go (`FIREFLIES_API_URL`).
    pub api_url: String,
    /// The key (`FIREFLIES_API_KEY`). It shows what its owner may see; an admin's shows what the team may.
    pub token: SecretString,
    /// Meetings that one request brings whole. Ten of them cost a tenth of the requests that they would cost one by one,
    /// which is what a plan with fifty requests a day needs; it is halved when an answer is too large or too slow.
    pub page_size: u32,
    /// Whether the team at Fireflies is all members of the workspace: what teammates may read, every member then may.
    /// Otherwise that takes the token `fireflies:teammates`.
    pub team_is_members: bool,
    /// How patient the client is, and how fast. Business and Enterprise plans have 60 requests a minute; for Free the
    /// pace is `60/minute,50/day`, for Pro `60/minute,500/day` (before July 2026 it was 50).
    pub http: http::Settings,
}

impl Settings {
    /// The usual settings of a key: 60 requests a minute, ten meetings each, and answers of at most 8 MiB.
    pub fn new(token: SecretString) -> Self {
        let pace = Pace(vec![Rate { requests: 60, per: Duration::from_mins(1), burst: 6 }]);
        Self {
            api_url: "https://api.fireflies.ai/graphql".to_owned(),
            token,
            page_size: 10,
            team_is_members: false,
            http: http::Settings { pace, max_answer_bytes: 8 << 20, ..http::Settings::default() },
        }
    }
}

/// The meetings that one key shows.
#[derive(Clone)]
pub struct FirefliesSource {
    account: Arc<Account>,
    page_size: u32,
}

impl fmt::Debug for FirefliesSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FirefliesSource")
    }
}

impl FirefliesSource {
    /// A source over one key. Nothing is asked yet. The clock tells which shares have ended, and until when a quota is
    /// used up.
    pub fn new(
        settings: Settings,
        clock: Arc<dyn Clock>,
        budget: Arc<dyn Budget>,
    ) -> Result<Self, SourceError> {
        let page_size = settings.page_size.clamp(1, place::MOST);
        Ok(Self { account: Arc::new(Account::new(settings, clock, budget)?), page_size })
    }
}

#[async_trait]
impl Source for FirefliesSource {
    fn kind(&self) -> SourceKind {
        KIND
    }

    /// A meeting is listed once it is over and transcribed, and then by when it began: whoever went on from the newest
    /// beginning would never meet those that were still running.
    fn manners(&self) -> Manners {
        Manners { overlap: Duration::from_hours(72), settle: Duration::ZERO }
    }

    async fn surveyed(&self, scope: &Scope, spent: &mut Spent) -> Result<Survey, SourceError> {
        let mut tally = Tally::default();
        let survey = survey::survey(&self.account, scope, self.page_size, &mut tally).await;
        add(spent, &mut tally);
        survey
    }

    async fn walk(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        known: Arc<dyn Known>,
    ) -> Result<Box<dyn Walk>, SourceError> {
        let place = checkpoint::Checkpoint::begin(scope, after.as_ref())?;
        Ok(Box::new(walk::MeetingWalk::begin(Arc::clone(&self.account), known, place, self.page_size)))
    }

    async fn census(
        &self,
        from: DateTime<Utc>,
        after: Option<Cursor>,
    ) -> Result<Box<dyn Census>, SourceError> {
        Ok(Box::new(census::MeetingCensus::begin(Arc::clone(&self.account), from, after)?))
    }

    async fn fates(&self, external_ids: &[&str], spent: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        let mut tally = Tally::default();
        let fates = census::fates(&self.account, external_ids, &mut tally).await;
        add(spent, &mut tally);
        fates
    }
}

fn add(spent: &mut Spent, tally: &mut Tally) {
    let took = tally.take();
    spent.requests += took.requests;
    spent.waits += took.waits;
}

//! Notion: pages and data sources with what stands on them, newest change first.
//!
//! Who may read a page, Notion tells nobody. Daybook follows the model of the shared connection: what an administrator of
//! the workspace shared with it is shown to every member of Daybook, and this has to be said where it is connected.
//!
//! A page is read anew when its time of change says so. A comment does not move that time: those on a page that nobody
//! edits come with its next edit, or with the next backfill over its last one. To ask for them with every sync would take
//! a request a page, for the whole workspace.

mod below;
mod blocks;
mod canonical;
mod census;
mod checkpoint;
mod comments;
mod fates;
mod held;
mod homes;
mod id;
mod items;
mod links;
mod list;
mod listing;
mod markdown;
mod out;
mod people;
mod properties;
mod read;
mod record;
mod refusal;
mod rows;
mod schema;
mod shape;
mod site;
mod survey;
mod text;
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
    Census, Cursor, Fate, Known, Manners, Reach, Scope, Source, SourceError, Spent, Survey, Walk,
};
use secrecy::SecretString;

use crate::http::{self, Tally};
use checkpoint::Checkpoint;
use read::{Reaching, Reader};
use site::Site;
use walk::{NotionWalk, Task};

const KIND: SourceKind = SourceKind::Notion;
/// The version of the API that is asked for.
const VERSION: &str = "2026-03-11";
/// What changed so shortly before the end of a window may change again in the same minute without a trace.
const UNSETTLED_MS: i64 = 2 * 60_000;

/// How to reach a Notion workspace.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where requests go (`NOTION_API_URL`).
    pub api_url: String,
    /// The connection's token (`NOTION_API_KEY`).
    pub token: SecretString,
    /// Results a page of a list; Notion gives at most 100.
    pub page_size: u32,
    /// Whether the comments on single blocks are read: this takes a request for each block.
    pub inline_comments: bool,
    /// Bytes of listed pages that are kept, so that they need not be listed again to be read.
    pub keep_bytes: usize,
    /// How patient the client is, and how fast.
    pub http: http::Settings,
}

impl Settings {
    /// The usual settings of a connection: 180 requests a minute, which every plan allows.
    pub fn new(token: SecretString) -> Self {
        let pace = Pace(vec![Rate { requests: 180, per: Duration::from_mins(1), burst: 18 }]);
        Self {
            api_url: "https://api.notion.com".to_owned(),
            token,
            page_size: 100,
            inline_comments: false,
            keep_bytes: 12 << 20,
            // A page of blocks that is larger shrinks: it has to fit into memory beside what was read of it.
            http: http::Settings { pace, max_answer_bytes: 8 << 20, ..http::Settings::default() },
        }
    }
}

/// One workspace, seen through one connection.
#[derive(Clone)]
pub struct NotionSource {
    site: Arc<Site>,
    reach: Reaching,
}

impl fmt::Debug for NotionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotionSource")
    }
}

impl NotionSource {
    /// A source over one workspace. Nothing is asked yet.
    pub fn new(settings: Settings, budget: Arc<dyn Budget>) -> Result<Self, SourceError> {
        let Settings { inline_comments, keep_bytes, .. } = settings;
        let reach = Reaching { inline_comments, keep_bytes };
        Ok(Self { site: Arc::new(Site::new(settings, budget)?), reach })
    }

    fn reader(&self, settled_ms: i64) -> Reader {
        Reader::new(Arc::clone(&self.site), self.reach, settled_ms)
    }
}

#[async_trait]
impl Source for NotionSource {
    fn kind(&self) -> SourceKind {
        KIND
    }

    /// Search lags by minutes. What is listed once more and has not changed costs nothing.
    fn manners(&self) -> Manners {
        Manners { overlap: Duration::from_hours(1), settle: Duration::from_mins(3) }
    }

    async fn surveyed(&self, scope: &Scope, spent: &mut Spent) -> Result<Survey, SourceError> {
        let mut tally = Tally::default();
        let survey = survey::survey(self.reader(i64::MIN), scope, &mut tally).await;
        let took = tally.take();
        spent.requests += took.requests;
        spent.waits += took.waits;
        survey
    }

    async fn walk(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        known: Arc<dyn Known>,
    ) -> Result<Box<dyn Walk>, SourceError> {
        let place = Checkpoint::begin(scope, after.as_ref())?;
        let items = if let Reach::Items(items) = &scope.reach { Some(items.clone()) } else { None };
        // Of what is read by name alone nobody knows what time it is now.
        let settled_ms = if items.is_some() { i64::MIN } else { place.to_ms.saturating_sub(UNSETTLED_MS) };
        let is_changes = matches!(scope.reach, Reach::Changes(_));
        let also = scope.also.clone();
        Ok(Box::new(NotionWalk::begin(Task {
            reader: self.reader(settled_ms),
            place,
            is_changes,
            also,
            items,
            known,
        })))
    }

    async fn census(
        &self,
        from: DateTime<Utc>,
        after: Option<Cursor>,
    ) -> Result<Box<dyn Census>, SourceError> {
        Ok(Box::new(census::NotionCensus::begin(Arc::clone(&self.site), from, after)?))
    }

    async fn fates(&self, external_ids: &[&str], spent: &mut Spent) -> Result<Vec<Fate>, SourceError> {
        let mut tally = Tally::default();
        let fates = fates::fates(&self.reader(i64::MIN), external_ids, &mut tally).await;
        let took = tally.take();
        spent.requests += took.requests;
        spent.waits += took.waits;
        fates
    }
}

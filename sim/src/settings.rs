//! How to run the simulated vendors, and why they could not be started.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

/// What time it is, for edits, for the age of page tokens and for the end of the made-up company's history.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Which records the vendors hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorldChoice {
    /// A made-up company: the same for the same numbers on the same day, with a history that ends as the day begins.
    Seed {
        /// What all its randomness comes from.
        seed: u64,
        /// How many issues; about 3,000 fit a company of forty over three years.
        issues: usize,
    },
    /// Files of real records, one a line, plain or gzip: each vendor takes its own, such as `jira*.issues.jsonl.gz`.
    Folder(PathBuf),
}

impl WorldChoice {
    /// The company of the demo.
    pub fn demo() -> Self {
        Self::Seed { seed: 1, issues: 3_000 }
    }
}

/// How to run the simulated vendors.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// What the vendors hold.
    pub world: WorldChoice,
    /// The site as people see it in their browser; links in records name it.
    pub site_url: String,
    /// Who may see everything: Basic with the token, or the token alone as Bearer.
    pub email: String,
    /// That person's token.
    pub token: String,
    /// Who sees fewer projects, nothing with a security level and no restricted comment.
    pub limited_email: String,
    /// That person's token.
    pub limited_token: String,
    /// The zone in both profiles: quoted times in questions are read in it.
    pub time_zone: String,
    /// What time it is.
    pub now: Clock,
    /// Whether vendors keep the rate limits that they publish; a fault can ask for it too.
    pub limits: bool,
    /// How many worklogs a person of the made-up company writes a day at most; two give about 30 a month.
    pub worklogs_a_day: usize,
    /// About how many pages the made-up company has written; each has some twenty blocks.
    pub notion_pages: usize,
    /// How many requests a connection to Notion has in a minute: 180, or 600 in the larger plans.
    pub notion_requests_a_minute: usize,
    /// How many rows a query of Notion yields at most, however many there are.
    pub notion_most_rows: usize,
}

impl Settings {
    /// Defaults over a world: a free port, `demo@birchlane.example` with `demo-token`, and `guest@birchlane.example`
    /// with `guest-token` who sees less.
    pub fn new(world: WorldChoice, now: Clock) -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            world,
            site_url: "https://birchlane.atlassian.net".to_owned(),
            email: "demo@birchlane.example".to_owned(),
            token: "demo-token".to_owned(),
            limited_email: "guest@birchlane.example".to_owned(),
            limited_token: "guest-token".to_owned(),
            time_zone: "Europe/Stockholm".to_owned(),
            now,
            limits: false,
            worklogs_a_day: 2,
            notion_pages: 400,
            notion_requests_a_minute: 180,
            notion_most_rows: 10_000,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("address", &self.address)
            .field("world", &self.world)
            .field("site_url", &self.site_url)
            .field("time_zone", &self.time_zone)
            .finish_non_exhaustive()
    }
}

/// Why the vendors could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line of a file is no record.
    #[error("{}:{line}: {reason}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A folder without records.
    #[error("{} holds no file of a vendor's records, such as jira*.issues.jsonl.gz", .0.display())]
    Empty(PathBuf),
    /// A zone that does not exist.
    #[error("`{0}` is not a time zone")]
    Zone(String),
    /// The loading did not come to its end.
    #[error("the world could not be loaded")]
    Load(#[source] tokio::task::JoinError),
}

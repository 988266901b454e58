//! The outside world as stateful servers: simulated vendors over a made-up company or over files of real records. It
//! knows the vendors only, and keeps a ledger of what it served and holds, so that others can be judged by it.

mod control;
mod faults;
mod jira;
mod ledger;
mod world;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use axum::Router;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::faults::Faults;
use crate::jira::site::Site;
use crate::ledger::Ledger;

pub use world::questions;

/// Which records the vendors hold.
#[derive(Debug, Clone)]
pub enum WorldChoice {
    /// A made-up company: the same for the same number, up to the time handed in.
    Seed {
        /// The seed.
        seed: u64,
        /// How many issues.
        issues: usize,
    },
    /// Files of real records: `jira*.issues.jsonl` or `.jsonl.gz`.
    Folder(PathBuf),
}

/// How to run the simulated vendors.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// What the vendors hold.
    pub world: WorldChoice,
    /// Who may see everything.
    pub email: String,
    /// That person's token.
    pub token: String,
    /// The zone in that person's profile: quoted times in questions are read in it.
    pub time_zone: String,
    /// The clock: what is "now" for edits and for the made-up company.
    pub now: fn() -> DateTime<Utc>,
}

impl Settings {
    /// Defaults over a world: a free port, `mara@birchlane.example`, `demo-token`.
    pub fn over(world: WorldChoice, now: fn() -> DateTime<Utc>) -> Self {
        Self {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            world,
            email: "mara@birchlane.example".to_owned(),
            token: "demo-token".to_owned(),
            time_zone: "Europe/Stockholm".to_owned(),
            now,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Settings({}, {:?})", self.address, self.world)
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
    /// A file cannot be read.
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
    #[error("{} holds no jira*.issues.jsonl or jira*.issues.jsonl.gz", .0.display())]
    Empty(PathBuf),
    /// A zone that does not exist.
    #[error("`{0}` is not a time zone")]
    Zone(String),
}

/// Everything the vendors share.
pub(crate) struct Outside {
    pub(crate) settings: Settings,
    pub(crate) site: RwLock<Site>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) ledger: Mutex<Ledger>,
}

impl Outside {
    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> std::sync::RwLockReadGuard<'_, Site> {
        self.site.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> std::sync::RwLockWriteGuard<'_, Site> {
        self.site.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Vendors that serve.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    issues: usize,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// `http://127.0.0.1:PORT`; Jira stands below `/jira`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Issues held at the start.
    pub fn issues(&self) -> usize {
        self.issues
    }

    /// Stops and waits until nothing is served any more.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Loads the world, then listens; when this returns, requests are answered.
pub async fn start(settings: Settings) -> Result<Running, SimError> {
    let address = settings.address;
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|source| SimError::Listen { address, source })?;
    let address = listener.local_addr().map_err(|source| SimError::Listen { address, source })?;
    let loading = settings.clone();
    let site = tokio::task::spawn_blocking(move || Site::load(&loading))
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?;
    let issues = site.len();
    let outside = Arc::new(Outside {
        settings,
        site: RwLock::new(site),
        faults: Mutex::default(),
        ledger: Mutex::default(),
    });
    let app: Router = Router::new().nest("/jira", jira::router(&outside)).nest("/_sim", control::router(&outside));
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let stopped = stop.clone();
    tasks.spawn(async move {
        let serving = axum::serve(listener, app).into_future();
        // No grace: a simulated vendor may go away at any time, and a trickling answer would hold it for ever.
        tokio::select! {
            _ = serving => {}
            () = stopped.cancelled() => {}
        }
    });
    Ok(Running { address, issues, stop, tasks })
}

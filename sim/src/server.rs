//! One listener for all vendors: loads the world, then answers, until it is told to stop.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use chrono::{DateTime, Utc};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::control;
use crate::faults::{Faults, Known};
use crate::jira::Jira;
use crate::ledger::{Entry, Ledger};
use crate::notion::Notion;
use crate::records::{Loading, Origin};
use crate::settings::{Settings, SimError};
use crate::spoiled::Cut;
use crate::tempo::Tempo;
use crate::vendor::{self, Vendor};
use crate::world::World;

/// Everything that the vendors share.
#[derive(Debug)]
pub(crate) struct Outside {
    pub(crate) vendors: Vec<Arc<dyn Vendor>>,
    settings: Settings,
    faults: Mutex<Faults>,
    /// By vendor.
    ledgers: Mutex<BTreeMap<&'static str, Ledger>>,
}

impl Outside {
    fn new(settings: Settings, vendors: Vec<Arc<dyn Vendor>>) -> Self {
        let known = vendors.iter().map(|vendor| Known { name: vendor.name(), quirks: vendor.quirks() });
        let faults = Mutex::new(Faults::of(known.collect()));
        Self { vendors, settings, faults, ledgers: Mutex::default() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.settings.now)()
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn vendor(&self, name: &str) -> Option<&Arc<dyn Vendor>> {
        self.vendors.iter().find(|vendor| vendor.name() == name)
    }

    pub(crate) fn enter(&self, vendor: &'static str, entry: Entry, now: DateTime<Utc>) {
        self.ledgers().entry(vendor).or_default().enter(entry, now);
    }

    /// What was served, by vendor.
    pub(crate) fn ledgers(&self) -> MutexGuard<'_, BTreeMap<&'static str, Ledger>> {
        self.ledgers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was loaded.
struct Loaded {
    jira: Arc<Jira>,
    vendors: Vec<Arc<dyn Vendor>>,
    world: Option<Arc<World>>,
}

/// Loads every vendor; a new one is a line here. Those that point to Jira's issues are given it.
fn load(settings: &Settings) -> Result<Loaded, SimError> {
    let loading = Loading::of(settings);
    let jira = Arc::new(Jira::load(&loading)?);
    let tempo = Arc::new(Tempo::load(&loading, &jira)?);
    let vendors: Vec<Arc<dyn Vendor>> = vec![jira.clone(), tempo, Arc::new(Notion::load(&loading)?)];
    loading.ended()?;
    let world = match loading.origin {
        Origin::Company(world) => Some(world),
        Origin::Records(_) => None,
    };
    Ok(Loaded { jira, vendors, world })
}

/// Vendors that serve. Dropping this stops them.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    outside: Arc<Outside>,
    jira: Arc<Jira>,
    world: Option<Arc<World>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// `http://127.0.0.1:PORT`; each vendor stands below its prefix, the controls below `/_sim`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL of the simulated Jira.
    pub fn jira_url(&self) -> String {
        format!("http://{}/jira", self.address)
    }

    /// The base URL of the simulated vendor of this name; `None` if there is no such vendor.
    pub fn url(&self, vendor: &str) -> Option<String> {
        Some(format!("http://{}{}", self.address, self.outside.vendor(vendor)?.prefix()))
    }

    /// How many issues are held now.
    pub fn issues(&self) -> usize {
        self.jira.issues()
    }

    /// The made-up company; real records have none.
    pub fn world(&self) -> Option<Arc<World>> {
        self.world.clone()
    }

    /// Cuts every connection and waits until nothing is served any more.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.tasks.wait().await;
    }

    /// Serves until the token given to [`Running::stopper`] is cancelled.
    pub async fn wait(&self) {
        self.tasks.wait().await;
    }

    /// Cancelling it stops the vendors from elsewhere.
    pub fn stopper(&self) -> CancellationToken {
        self.stop.clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Loads the world, then listens; when this returns, requests are answered.
pub async fn start(settings: Settings) -> Result<Running, SimError> {
    let address = settings.address;
    let listener = TcpListener::bind(address).await.map_err(|source| SimError::Listen { address, source })?;
    let address = listener.local_addr().map_err(|source| SimError::Listen { address, source })?;
    let loading = settings.clone();
    let loaded = tokio::task::spawn_blocking(move || load(&loading)).await.map_err(SimError::Load)??;
    let Loaded { jira, vendors, world } = loaded;
    let outside = Arc::new(Outside::new(settings, vendors));
    let app =
        Router::new().nest("/_sim", control::router(&outside)).fallback_service(vendor::router(&outside));
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    tasks.spawn(accept(listener, app, stop.clone(), tasks.clone()));
    tasks.close();
    Ok(Running { address, outside, jira, world, stop, tasks })
}

async fn accept(listener: TcpListener, app: Router, stop: CancellationToken, tasks: TaskTracker) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = serve(stream, app.clone(), stop.clone());
                tasks.spawn(connection);
            }
            // Out of file handles: those that are open have to end first.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

/// One connection. No grace at the end: a vendor may go away at any time, and a trickling answer would hold it for ever.
async fn serve(stream: TcpStream, app: Router, stop: CancellationToken) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(move |request: Request<Incoming>| answer(app.clone(), request));
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // A connection that breaks is the caller's affair: nobody here is waiting for it.
        _ = connection => {}
        () = stop.cancelled() => {}
    }
}

/// The answer; or an error, upon which the connection is dropped without a byte.
async fn answer(app: Router, request: Request<Incoming>) -> Result<Response<Body>, Cut> {
    let response =
        app.oneshot(request.map(Body::new)).await.unwrap_or_else(|never: Infallible| match never {});
    match response.extensions().get::<Cut>() {
        Some(cut) => Err(*cut),
        None => Ok(response),
    }
}

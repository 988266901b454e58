//! One listener for all vendors: loads the world, then answers, until it is told to stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
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

use crate::faults::Faults;
use crate::jira::site::Site;
use crate::ledger::Ledger;
use crate::settings::{Settings, SimError};
use crate::spoiled::Cut;
use crate::world::World;
use crate::{control, jira};

/// Everything that the vendors share.
#[derive(Debug)]
pub(crate) struct Outside {
    pub(crate) settings: Settings,
    site: RwLock<Site>,
    faults: Mutex<Faults>,
    ledger: Mutex<Ledger>,
}

impl Outside {
    pub(crate) fn new(settings: Settings, site: Site) -> Self {
        Self { settings, site: RwLock::new(site), faults: Mutex::default(), ledger: Mutex::default() }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.settings.now)()
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn site(&self) -> RwLockReadGuard<'_, Site> {
        self.site.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn site_to_change(&self) -> RwLockWriteGuard<'_, Site> {
        self.site.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Vendors that serve. Dropping this stops them.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    outside: Arc<Outside>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// `http://127.0.0.1:PORT`; Jira stands below `/jira`, the controls below `/_sim`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL of the simulated Jira.
    pub fn jira_url(&self) -> String {
        format!("http://{}/jira", self.address)
    }

    /// How many issues are held now.
    pub fn issues(&self) -> usize {
        self.outside.site().len()
    }

    /// The made-up company; real records have none.
    pub fn world(&self) -> Option<Arc<World>> {
        self.outside.site().world()
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
    let site = tokio::task::spawn_blocking(move || Site::load(&loading)).await.map_err(SimError::Load)??;
    let outside = Arc::new(Outside::new(settings, site));
    let app = Router::new().nest("/_sim", control::router(&outside)).fallback_service(jira::router(&outside));
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    tasks.spawn(accept(listener, app, stop.clone(), tasks.clone()));
    tasks.close();
    Ok(Running { address, outside, stop, tasks })
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

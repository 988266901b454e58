//! Our own accept loop: the framework's has no deadlines, and a few silent clients would hold everything.

mod patient;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use self::patient::Patient;

/// How patient the server is.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a client may take to send the head of a request; also how long it may keep an idle connection.
    pub header_timeout: Duration,
    /// How long a connection may stand still, in both directions, while it is being answered: a client that does not
    /// read, or a body that does not come.
    pub idle_timeout: Duration,
    /// How long a connection lives before it is asked to go, whatever it does.
    pub longest_connection: Duration,
    /// How long answers may take to finish when the process or a connection is going.
    pub grace: Duration,
    /// Connections at once; more wait in the kernel's queue.
    pub max_connections: usize,
    /// Headers of one request.
    pub max_headers: usize,
    /// Requests at once on one HTTP/2 connection.
    pub max_streams: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            longest_connection: Duration::from_mins(15),
            grace: Duration::from_secs(10),
            max_connections: 1024,
            max_headers: 64,
            max_streams: 64,
        }
    }
}

/// Serves until told to stop, then lets running answers finish within the grace.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken, grace: Duration) {
    serve_with(listener, router, stop, Settings { grace, ..Settings::default() }).await;
}

/// The same with other patience.
pub async fn serve_with(listener: TcpListener, router: Router, stop: CancellationToken, settings: Settings) {
    let settings = Arc::new(settings);
    let places = Arc::new(Semaphore::new(settings.max_connections));
    let connections = TaskTracker::new();
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = stop.cancelled() => break,
        };
        let stream = tokio::select! {
            stream = accept(&listener) => stream,
            () = stop.cancelled() => break,
        };
        let (router, stop, settings) = (router.clone(), stop.clone(), Arc::clone(&settings));
        connections.spawn(async move {
            connection(stream, router, &stop, &settings).await;
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The next connection. Trouble on the way (too many open files) passes; a server that gives up does not come back.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn connection(stream: TcpStream, router: Router, stop: &CancellationToken, settings: &Settings) {
    // Answers are written whole; waiting for more to send only delays them. A failure costs speed alone.
    let _ = stream.set_nodelay(true);
    let stream = Patient::new(stream, settings.header_timeout, settings.idle_timeout);
    let service = router.map_request(|request: Request<Incoming>| request.map(Body::new));
    let service = service.map_err(|never: Infallible| match never {});
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_headers(settings.max_headers)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(settings.max_streams)
        .keep_alive_interval(settings.idle_timeout)
        .keep_alive_timeout(settings.header_timeout);
    let serving = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(serving);
    let result = tokio::select! {
        result = serving.as_mut() => result,
        () = going(stop, settings.longest_connection) => {
            serving.as_mut().graceful_shutdown();
            match tokio::time::timeout(settings.grace, serving).await {
                Ok(result) => result,
                Err(_) => return tracing::debug!("cut a connection that did not finish within the grace"),
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!(error = %error, "a connection ended badly");
    }
}

async fn going(stop: &CancellationToken, longest: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(longest) => {}
    }
}

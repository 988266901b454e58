//! The accept loop, over real sockets.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use daybook_web::{Settings, serve_with};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;

/// Longer than anything here may take.
const BOUND: Duration = Duration::from_secs(10);

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

async fn server(router: Router, settings: Settings) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let (address, stop) = (listener.local_addr().expect("an address"), CancellationToken::new());
    let task = TaskTracker::new().spawn(serve_with(listener, router, stop.clone(), settings));
    Server { address, stop, task }
}

fn impatient() -> Settings {
    Settings {
        header_timeout: Duration::from_millis(200),
        idle_timeout: Duration::from_millis(200),
        grace: Duration::from_millis(200),
        ..Settings::default()
    }
}

/// Everything until the server closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = timeout(BOUND, stream.read_to_end(&mut bytes)).await.expect("the server closes");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn it_answers_and_stops() {
    let server = server(App::new().router, Settings::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("x-request-id"), "{answer}");
    server.stop.cancel();
    timeout(BOUND, server.task).await.expect("it stops").unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn running_answers_finish_when_it_stops_and_idle_connections_go() {
    let (began, has_begun) = oneshot::channel();
    let (go_on, may_go_on) = oneshot::channel::<()>();
    let once = std::sync::Mutex::new(Some((began, may_go_on)));
    let handler = std::sync::Arc::new(once);
    let router = Router::new().route(
        "/",
        get(move || async move {
            let (began, may_go_on) = handler.lock().unwrap().take().unwrap();
            began.send(()).unwrap();
            may_go_on.await.unwrap();
            "finished"
        }),
    );
    let server = server(router, Settings::default()).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut busy = TcpStream::connect(server.address).await.unwrap();
    busy.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    timeout(BOUND, has_begun).await.expect("the handler begins").unwrap();
    server.stop.cancel();
    assert_eq!(rest(&mut idle).await, "");
    go_on.send(()).unwrap();
    assert!(rest(&mut busy).await.ends_with("finished"));
    timeout(BOUND, server.task).await.expect("it stops").unwrap();
}

#[tokio::test]
async fn an_answer_that_does_not_finish_within_the_grace_is_cut() {
    let router = Router::new().route("/", get(std::future::pending::<&str>));
    let settings = Settings { grace: Duration::from_millis(100), ..Settings::default() };
    let server = server(router, settings).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    server.stop.cancel();
    timeout(BOUND, server.task).await.expect("it stops").unwrap();
}

#[tokio::test]
async fn a_client_that_is_slow_with_its_head_is_let_go() {
    let server = server(App::new().router, impatient()).await;
    for start in ["", "P", "GET / HTTP/1.1\r\nx: "] {
        let began = Instant::now();
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(!answer.contains("200"), "{start:?}: {answer}");
        assert!(began.elapsed() < BOUND / 2, "{start:?}");
    }
    server.stop.cancel();
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let router = Router::new().route("/", get(|| async { Body::from(vec![b'x'; 64 << 20]) }));
    let server = server(router, Settings { max_connections: 1, ..impatient() }).await;
    let mut deaf = TcpStream::connect(server.address).await.unwrap();
    deaf.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    // There is one place: the next client is answered only when the first has been let go.
    let mut next = TcpStream::connect(server.address).await.unwrap();
    next.write_all(b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(rest(&mut next).await.starts_with("HTTP/1.1 200"));
    drop(deaf);
    server.stop.cancel();
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let server = server(App::new().router, Settings::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let headers: String = "x-more: 1\r\n".repeat(100);
    stream.write_all(format!("GET / HTTP/1.1\r\nhost: x\r\n{headers}\r\n").as_bytes()).await.unwrap();
    assert!(rest(&mut stream).await.starts_with("HTTP/1.1 431"));
    server.stop.cancel();
}

//! A vendor on 127.0.0.1 that answers as a test says, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

/// What comes back.
#[derive(Clone)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// The right length, but the connection ends after so many bytes.
    Cut {
        body: Vec<u8>,
        after: usize,
    },
    /// Nothing at all, for ever.
    Silence,
    /// A byte now and then, for ever.
    Trickle,
    /// The connection ends before any byte.
    Reset,
}

impl Reply {
    pub(crate) fn json(body: &Value) -> Self {
        Self::text(200, &body.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer { status, mut headers, body } => {
                headers.push((name, value.to_owned()));
                Self::Answer { status, headers, body }
            }
            other => other,
        }
    }
}

type Answers = dyn Fn(&Asked, usize) -> Reply + Send + Sync;

pub(crate) struct Vendor {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    _serving: JoinSet<()>,
}

impl Vendor {
    /// Answers each request by what it is and how many of its path came before it.
    pub(crate) async fn serve(answers: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, noted): (Arc<Answers>, _) = (Arc::new(answers), Arc::clone(&asked));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (answers, noted) = (Arc::clone(&answers), Arc::clone(&noted));
                connections.spawn(async move { serve_one(stream, &*answers, &noted).await });
            }
        });
        Self { url, asked, _serving: serving }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve_one(stream: TcpStream, answers: &Answers, noted: &Mutex<Vec<Asked>>) {
    let mut stream = BufReader::new(stream);
    let Some(asked) = request(&mut stream).await else { return };
    let place = {
        let mut noted = noted.lock().unwrap();
        noted.push(asked.clone());
        noted.iter().filter(|before| before.path == asked.path).count() - 1
    };
    let mut send = Vec::new();
    let reply = answers(&asked, place);
    match reply {
        Reply::Answer { status, headers, body } => {
            send.extend(format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len()).bytes());
            for (name, value) in headers {
                send.extend(format!("{name}: {value}\r\n").bytes());
            }
            send.extend(b"connection: close\r\n\r\n");
            send.extend(body);
        }
        Reply::Cut { body, after } => {
            send.extend(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).bytes());
            send.extend(&body[..after]);
        }
        Reply::Silence => std::future::pending().await,
        Reply::Trickle => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n").await.ok();
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Reply::Reset => return,
    }
    stream.write_all(&send).await.ok();
    stream.shutdown().await.ok();
}

async fn request(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "authorization" => authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { path, authorization, body, at: Instant::now() })
}

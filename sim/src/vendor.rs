//! What a simulated vendor is, and what happens around each request to one: faults, delay, ledger and delivery are the
//! same for all of them. A new vendor is a folder that implements [`Vendor`], and a line where the vendors are loaded.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::faults::FaultKind;
use crate::ledger::Entry;
use crate::reply::Reply;
use crate::server::Outside;
use crate::spoiled::{self, Delivery};

const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// A simulated vendor: what it holds, how it answers, and how it speaks when a fault makes it.
pub(crate) trait Vendor: Debug + Send + Sync {
    /// Its word in faults, in edits, in the ledger.
    fn name(&self) -> &'static str;

    /// What its addresses begin with, without a slash at the end: `/jira`.
    fn prefix(&self) -> &'static str;

    /// The route of a request without the names in it, for the ledger.
    fn endpoint(&self, asked: &Asked) -> String;

    /// What a fault's `match` is looked for in: the path below the prefix, unless the body says more.
    fn aim<'a>(&self, asked: &'a Asked) -> Cow<'a, str> {
        Cow::Borrowed(&asked.path)
    }

    /// The answer proper. Faults that bend what is in it are in the request.
    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Reply>;

    /// A request that says too much.
    fn too_large(&self) -> Reply;

    /// Too many requests; `wait` is the `Retry-After` that a fault asked for, if it asked for one.
    fn rate_limited(&self, wait: Option<&str>, reason: Option<&str>, now: DateTime<Utc>) -> Reply;

    /// A refusal with this status in the vendor's words.
    fn failed(&self, status: StatusCode) -> Reply;

    /// JSON that ends too early.
    fn garbage(&self) -> Reply;

    /// A page where somebody should log in.
    fn login(&self) -> Reply;

    /// Faults that only this vendor has: the names of `{"kind":"quirk","name":...}`.
    fn quirks(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it holds, in numbers, for the ledger.
    fn holds(&self) -> Value;

    /// One JSON line for each record that the caller who sees most can read.
    fn held(&self) -> String;

    /// Words of edits by which they are known to be this vendor's.
    fn words(&self) -> &'static [&'static str] {
        &[]
    }

    /// Does an edit, and names what was changed.
    fn change(&self, change: Value, now: DateTime<Utc>) -> Result<String, String>;
}

/// A request to a vendor.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Below the vendor's prefix, without a slash before it.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Those that hit this request.
    pub(crate) faults: Vec<FaultKind>,
    pub(crate) now: DateTime<Utc>,
}

impl Asked {
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.split('/').collect()
    }

    /// A parameter of the address.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// All vendors, each below its prefix.
pub(crate) fn router(outside: &Arc<Outside>) -> Router {
    Router::new().fallback(handle).with_state(Arc::clone(outside))
}

/// Answers, as the faults allow, and enters it in the ledger.
async fn handle(State(outside): State<Arc<Outside>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some((vendor, path)) = addressed(&outside, parts.uri.path()) else {
        return nobody(&outside).into_response();
    };
    let body = axum::body::to_bytes(body, LARGEST_BODY).await;
    let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let mut asked = Asked {
        method: parts.method,
        path,
        query: query.into_owned().collect(),
        headers: parts.headers,
        body: body.as_ref().cloned().unwrap_or_default(),
        faults: Vec::new(),
        now: outside.now(),
    };
    asked.faults = outside.faults().hitting(vendor.name(), &vendor.aim(&asked));
    for fault in &asked.faults {
        if let FaultKind::Slow { delay_ms } = fault {
            tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
        }
    }
    asked.now = outside.now();
    let last = asked.faults.last();
    let reply = match last.and_then(|fault| spoiled::instead(fault, vendor, asked.now)) {
        Some(reply) => reply,
        None if body.is_err() => vendor.too_large(),
        None => vendor.answer(&asked).await,
    };
    let delivery = last.map_or(Delivery::Whole, spoiled::delivery);
    let outcome = match delivery {
        Delivery::Whole => reply.status.as_u16().to_string(),
        _ => "cut".to_owned(),
    };
    let (rows, bytes) =
        if delivery == Delivery::Whole { (reply.rows, reply.body.len() as u64) } else { (0, 0) };
    let entry = Entry { endpoint: vendor.endpoint(&asked), outcome, rows, bytes };
    outside.enter(vendor.name(), entry, asked.now);
    spoiled::deliver(reply, delivery)
}

/// The vendor whose prefix the address has, and the rest of it.
fn addressed<'a>(outside: &'a Outside, path: &str) -> Option<(&'a dyn Vendor, String)> {
    outside.vendors.iter().find_map(|vendor| {
        let rest = path.strip_prefix(vendor.prefix())?;
        let rest = if rest.is_empty() { rest } else { rest.strip_prefix('/')? };
        Some((vendor.as_ref(), rest.to_owned()))
    })
}

fn nobody(outside: &Outside) -> Reply {
    let prefixes: Vec<_> = outside.vendors.iter().map(|vendor| vendor.prefix()).collect();
    let error = format!("no vendor answers here; there are {}", prefixes.join(", "));
    Reply::json(StatusCode::NOT_FOUND, json!({ "error": error }).to_string())
}

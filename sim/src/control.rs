//! The simulator's own routes: the ledger, what is held, faults, and edits of the world.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Response, StatusCode, Uri};
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

use crate::reply::Reply;
use crate::server::Outside;
use crate::vendor::Vendor;

const LARGEST_BODY: usize = 8 * 1024 * 1024;

pub(crate) fn router(outside: &Arc<Outside>) -> Router {
    Router::new()
        .route("/ledger", get(ledger))
        .route("/reset_ledger", post(reset))
        .route("/held/{vendor}", get(held))
        .route("/faults", get(faults).post(add).delete(clear))
        .route("/world", post(change))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Arc::clone(outside))
}

async fn ledger(State(outside): State<Arc<Outside>>) -> Response<Body> {
    let served = outside.ledgers().clone();
    let vendors = outside.vendors.iter().map(|vendor| {
        let served = served.get(vendor.name()).cloned().unwrap_or_default();
        (vendor.name().to_owned(), json!({"served": served, "held": vendor.holds()}))
    });
    said(StatusCode::OK, &vendors.collect::<Map<_, _>>().into())
}

async fn reset(State(outside): State<Arc<Outside>>) -> Response<Body> {
    outside.ledgers().clear();
    Reply::nothing().into_response()
}

/// One line a record of the vendor that the address ends with.
async fn held(State(outside): State<Arc<Outside>>, uri: Uri) -> Response<Body> {
    let name = uri.path().rsplit('/').next().unwrap_or_default();
    let Some(vendor) = outside.vendor(name).cloned() else {
        let error = format!("`{name}` is not simulated");
        return said(StatusCode::NOT_FOUND, &json!({ "error": error }));
    };
    match tokio::task::spawn_blocking(move || vendor.held()).await {
        Ok(lines) => Reply::typed(StatusCode::OK, "application/x-ndjson", lines).into_response(),
        Err(error) => said(StatusCode::INTERNAL_SERVER_ERROR, &json!({"error": error.to_string()})),
    }
}

async fn faults(State(outside): State<Arc<Outside>>) -> Response<Body> {
    let list = serde_json::to_value(&*outside.faults()).unwrap_or_default();
    said(StatusCode::OK, &list)
}

async fn add(State(outside): State<Arc<Outside>>, body: Bytes) -> Response<Body> {
    let added = serde_json::from_slice::<Value>(&body)
        .map_err(|error| error.to_string())
        .and_then(|value| outside.faults().add(value));
    match added {
        Ok(()) => Reply::nothing().into_response(),
        Err(error) => {
            let example =
                json!({"match": "search/jql", "after": 2, "times": 1, "kind": "status", "code": 503});
            said(StatusCode::BAD_REQUEST, &json!({"error": error, "example": example}))
        }
    }
}

async fn clear(State(outside): State<Arc<Outside>>) -> Response<Body> {
    outside.faults().clear();
    Reply::nothing().into_response()
}

/// One edit or a list of them; each moves `updated` to now where the vendor would. Those before a wrong one stay.
async fn change(State(outside): State<Arc<Outside>>, body: Bytes) -> Response<Body> {
    let now = outside.now();
    let changed =
        serde_json::from_slice::<Value>(&body).map_err(|error| error.to_string()).and_then(|value| {
            let list = match value {
                Value::Array(list) => list,
                one => vec![one],
            };
            let done = list.into_iter().map(|mut change| {
                let vendor = editor(&outside, &mut change)?;
                vendor.change(change, now)
            });
            done.collect::<Result<Vec<_>, _>>()
        });
    match changed {
        Ok(keys) => said(StatusCode::OK, &json!({"changed": keys})),
        Err(error) => said(StatusCode::BAD_REQUEST, &json!({"error": error})),
    }
}

/// Whose edit this is: the vendor that it names, or that has its word, or else Jira.
fn editor<'a>(outside: &'a Outside, change: &mut Value) -> Result<&'a Arc<dyn Vendor>, String> {
    let named = change.as_object_mut().and_then(|change| change.remove("vendor"));
    let spoken = || {
        let change = change.as_object()?;
        let vendors = &mut outside.vendors.iter();
        vendors.find(|vendor| vendor.words().iter().any(|word| change.contains_key(*word)))
    };
    let vendor = match &named {
        Some(name) => outside.vendor(name.as_str().unwrap_or_default()),
        None => spoken().or_else(|| outside.vendor("jira")),
    };
    vendor.ok_or_else(|| format!("{} is not simulated", named.unwrap_or_default()))
}

fn said(status: StatusCode, value: &Value) -> Response<Body> {
    Reply::json(status, value.to_string()).into_response()
}

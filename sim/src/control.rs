//! The simulator's own routes: the ledger, what is held, faults, and edits of the world.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::reply::Reply;
use crate::server::Outside;

const LARGEST_BODY: usize = 8 * 1024 * 1024;

pub(crate) fn router(outside: &Arc<Outside>) -> Router {
    Router::new()
        .route("/ledger", get(ledger))
        .route("/reset_ledger", post(reset))
        .route("/held/jira", get(held))
        .route("/faults", get(faults).post(add).delete(clear))
        .route("/world", post(change))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Arc::clone(outside))
}

async fn ledger(State(outside): State<Arc<Outside>>) -> Response<Body> {
    let served = outside.ledger().clone();
    let site = outside.site();
    let held = json!({"issues": site.len(), "by_project": site.issues_by_project()});
    said(StatusCode::OK, &json!({"jira": {"served": served, "held": held}}))
}

async fn reset(State(outside): State<Arc<Outside>>) -> Response<Body> {
    *outside.ledger() = Ledger::default();
    Reply::nothing().into_response()
}

/// One line an issue: id, key, updated, and the digest of the very bytes that a page with all fields serves.
async fn held(State(outside): State<Arc<Outside>>) -> Response<Body> {
    let lines = tokio::task::spawn_blocking(move || outside.site().held()).await;
    match lines {
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
            let mut site = outside.site_to_change();
            let changes = match value {
                Value::Array(changes) => changes,
                one => vec![one],
            };
            changes.into_iter().map(|change| site.change(change, now)).collect::<Result<Vec<_>, _>>()
        });
    match changed {
        Ok(keys) => said(StatusCode::OK, &json!({"changed": keys})),
        Err(error) => said(StatusCode::BAD_REQUEST, &json!({"error": error})),
    }
}

fn said(status: StatusCode, value: &Value) -> Response<Body> {
    Reply::json(status, value.to_string()).into_response()
}

//! The simulator's own routes: the ledger, what is held, faults, and edits of the world.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Outside;
use crate::faults::{self, Fault};
use crate::ledger::Ledger;

pub(crate) fn router(outside: &Arc<Outside>) -> Router {
    Router::new()
        .route("/ledger", get(ledger).delete(reset))
        .route("/held/jira", get(held))
        .route("/faults", get(list).post(add).delete(clear))
        .route("/world", post(edit))
        .with_state(Arc::clone(outside))
}

async fn ledger(State(outside): State<Arc<Outside>>) -> Response {
    let served = outside.ledger().clone();
    let body = json!({"jira": {"served": served, "held": outside.read().by_project()}});
    faults::json(StatusCode::OK, body.to_string())
}

async fn reset(State(outside): State<Arc<Outside>>) -> StatusCode {
    *outside.ledger() = Ledger::default();
    StatusCode::NO_CONTENT
}

/// One line an issue: id, key, updated, and the digest of the very bytes that a page with all fields serves.
async fn held(State(outside): State<Arc<Outside>>) -> Response {
    let body = tokio::task::spawn_blocking(move || outside.read().held()).await.unwrap_or_else(|_| String::new());
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

async fn list(State(outside): State<Arc<Outside>>) -> Response {
    let body = serde_json::to_string(&outside.faults().list).unwrap_or_else(|_| "[]".to_owned());
    faults::json(StatusCode::OK, body)
}

async fn add(State(outside): State<Arc<Outside>>, body: Bytes) -> Response {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        Many(Vec<Fault>),
        One(Fault),
    }
    match serde_json::from_slice(&body) {
        Ok(OneOrMany::One(fault)) => outside.faults().list.push(fault),
        Ok(OneOrMany::Many(faults)) => outside.faults().list.extend(faults),
        Err(error) => {
            let help = format!(
                "{error}. A fault is {{\"match\":\"search/jql\",\"after\":2,\"times\":1,\"fault\":{{\"kind\":\"status\",\"status\":503}}}}"
            );
            return faults::json(StatusCode::BAD_REQUEST, json!({ "error": help }).to_string());
        }
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn clear(State(outside): State<Arc<Outside>>) -> StatusCode {
    outside.faults().list.clear();
    StatusCode::NO_CONTENT
}

/// `{"edit":{"key":K,"fields":{..}}}`, `{"delete":K}`, `{"move":{"key":K,"to":PROJECT}}`,
/// `{"comment":{"key":K,"text":T}}`, `{"hide_project":P}`. Edits move `updated` to now, as the vendor does.
async fn edit(State(outside): State<Arc<Outside>>, body: Bytes) -> Response {
    let change: Value = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return faults::json(StatusCode::BAD_REQUEST, json!({ "error": error.to_string() }).to_string()),
    };
    let now = (outside.settings.now)();
    match outside.write().change(&change, now) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => faults::json(StatusCode::BAD_REQUEST, json!({ "error": error }).to_string()),
    }
}

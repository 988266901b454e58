//! Every route on one page, with its guard.

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use utoipa_axum::routes;

use crate::api::{backfill, documents, health, search, sources, spec};
use crate::declared::{Declared, declared};
use crate::guard::{Guard, admit};
use crate::problem::Problem;
use crate::state::State;
use crate::{dress, headers, pages, trace};

/// The largest body of a request. Nothing here reads one yet.
const LARGEST_BODY: usize = 64 * 1024;

/// The API.
pub(crate) fn api() -> Vec<Declared> {
    vec![
        declared(Guard::Admin, routes!(backfill::list)),
        declared(Guard::Admin, routes!(backfill::start)),
        declared(Guard::Admin, routes!(backfill::show)),
        declared(Guard::Admin, routes!(backfill::cancel)),
        declared(Guard::Reader, routes!(search::search)),
        declared(Guard::Reader, routes!(documents::show)),
        declared(Guard::Reader, routes!(sources::list)),
        declared(Guard::Admin, routes!(sources::upkeep::sync)),
        declared(Guard::Admin, routes!(sources::upkeep::census)),
        declared(Guard::Admin, routes!(sources::findings::ledger)),
        declared(Guard::Admin, routes!(sources::findings::gaps)),
        declared(Guard::Anyone, routes!(health::alive)),
        declared(Guard::Anyone, routes!(health::ready)),
        declared(Guard::Admin, routes!(health::deep)),
        declared(Guard::Anyone, routes!(spec::show)),
    ]
}

/// The pages.
fn pages() -> Vec<(Guard, &'static str, MethodRouter<State>)> {
    vec![
        (Guard::Reader, "/", get(pages::home::show)),
        (Guard::Reader, "/search", get(pages::search::show)),
        (Guard::Reader, "/documents/{id}", get(pages::document::show)),
        (Guard::Reader, "/sources", get(pages::sources::show)),
        (Guard::Anyone, "/backfills", get(pages::backfills::show)),
        (Guard::Anyone, "/api/docs", get(pages::reference::show)),
        (Guard::Anyone, "/static/{file}", get(pages::assets::show)),
    ]
}

/// A route as the table shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, variable segments in braces.
    pub path: String,
    /// Who may call it.
    pub guard: Guard,
}

/// Every route, for tests and documents that walk them.
pub fn routes() -> Vec<Route> {
    let api = api().into_iter().flat_map(|one| {
        let (path, guard) = (one.path(), one.guard);
        one.verbs().into_iter().map(move |method| Route { method, path: path.clone(), guard })
    });
    let pages = pages().into_iter().map(|(guard, path, _)| Route {
        method: Method::GET,
        path: path.to_owned(),
        guard,
    });
    api.chain(pages).collect()
}

/// The whole way in, ready to be served.
pub fn router(state: State) -> Router {
    let mut router = Router::new();
    for one in api() {
        router = router.route(&one.path(), guarded(one.guard, one.methods(), &state));
    }
    for (guard, path, methods) in pages() {
        router = router.route(path, guarded(guard, methods, &state));
    }
    let clock = state.clock.clone();
    // The last layer is the outermost.
    router
        .fallback(nowhere)
        .with_state(state)
        .layer(CatchPanicLayer::custom(dress::panicked))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(from_fn(dress::dress))
        .layer(from_fn(headers::secure))
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .layer(from_fn_with_state(clock, trace::trace))
}

fn guarded(guard: Guard, methods: MethodRouter<State>, state: &State) -> MethodRouter<State> {
    // A route layer: methods that the route does not take are refused as such, whoever asks.
    methods.route_layer(from_fn_with_state((state.access.clone(), guard), admit))
}

async fn nowhere(_: Request) -> Response {
    Problem::of_status(StatusCode::NOT_FOUND).into_response()
}

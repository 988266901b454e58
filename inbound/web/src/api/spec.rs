//! The OpenAPI document: made from the handlers' own signatures, and from the guards that stand with the routes.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;

use crate::declared::ADMIN_KEY;
use crate::problem::{self, Problem};
use crate::router;
use crate::state::State;

static TEXT: LazyLock<Option<String>> = LazyLock::new(|| openapi().to_json().ok());

/// The OpenAPI document
///
/// This document, OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "openapi",
    tag = "about",
    responses((status = 200, description = "The document.", content_type = "application/json", body = Object))
)]
pub(crate) async fn show() -> Result<Response, Problem> {
    let text = TEXT.as_deref().ok_or_else(Problem::broken)?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], text).into_response())
}

/// The API in OpenAPI 3.1.
pub fn openapi() -> OpenApi {
    let key = ApiKeyValue::with_description("X-Admin-Key", "The key in ADMIN_API_KEY.");
    let about = InfoBuilder::new()
        .title("Daybook")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some("Keeps what a team said and did, and finds it again."))
        .build();
    let components = ComponentsBuilder::new()
        .security_scheme(ADMIN_KEY, SecurityScheme::ApiKey(ApiKey::Header(key)))
        .schema_from::<problem::Body>()
        .build();
    let base = OpenApiBuilder::new().info(about).components(Some(components)).build();
    let mut router: OpenApiRouter<State> = OpenApiRouter::with_openapi(base);
    for one in router::api() {
        router = router.routes(one.documented());
    }
    router.into_openapi()
}

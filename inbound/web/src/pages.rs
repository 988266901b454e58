//! The routes for people: pages that work without JavaScript, but for the one where a key has to be typed.

pub(crate) mod assets;
pub(crate) mod backfills;
pub(crate) mod document;
pub(crate) mod home;
mod markdown;
mod marked;
mod readable;
pub(crate) mod reference;
pub(crate) mod refusal;
pub(crate) mod search;
pub(crate) mod sources;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// A page from its template.
fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            Problem::broken().into_response()
        }
    }
}

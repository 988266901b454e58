//! A route of the API as it is declared: its handler, what its documentation says, and its guard.

use axum::http::Method;
use axum::routing::MethodRouter;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, PathItem, Ref, ResponseBuilder, path::Operation};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::guard::Guard;
use crate::problem::MEDIA_TYPE;
use crate::state::State;

/// The name of the admin key in the OpenAPI document.
pub(crate) const ADMIN_KEY: &str = "admin_key";

/// A route with its guard.
pub(crate) struct Declared {
    pub(crate) guard: Guard,
    routes: UtoipaMethodRouter<State>,
}

/// Declares what `routes!` gives for one handler.
pub(crate) fn declared(guard: Guard, routes: UtoipaMethodRouter<State>) -> Declared {
    Declared { guard, routes }
}

impl Declared {
    /// Its path. `routes!` of one handler gives one.
    pub(crate) fn path(&self) -> String {
        self.routes.1.paths.keys().next().cloned().unwrap_or_default()
    }

    /// The methods it takes.
    pub(crate) fn verbs(mut self) -> Vec<Method> {
        self.routes.1.paths.values_mut().flat_map(operations).map(|(method, _)| method).collect()
    }

    /// What serves it.
    pub(crate) fn methods(self) -> MethodRouter<State> {
        self.routes.2
    }

    /// What it documents, with what follows from its guard: who may call it, and what others are told.
    pub(crate) fn documented(mut self) -> UtoipaMethodRouter<State> {
        let guard = self.guard;
        for (_, operation) in self.routes.1.paths.values_mut().flat_map(operations) {
            if guard == Guard::Anyone {
                continue;
            }
            let key = SecurityRequirement::new::<_, [&str; 0], &str>(ADMIN_KEY, []);
            operation.security = Some(match guard {
                Guard::Reader => vec![SecurityRequirement::default(), key],
                Guard::Admin | Guard::Anyone => vec![key],
            });
            refuse(
                operation,
                "400",
                "Something about the request makes no sense; `details` names what to mend.",
            );
            refuse(operation, "401", unauthorized(guard));
            refuse(
                operation,
                "503",
                "Something that Daybook needs is away; `Retry-After` says when to try again.",
            );
        }
        self.routes
    }
}

fn unauthorized(guard: Guard) -> &'static str {
    match guard {
        Guard::Reader => "A wrong key, or none where visitors may not read.",
        Guard::Admin | Guard::Anyone => "A wrong key or none.",
    }
}

fn refuse(operation: &mut Operation, status: &str, description: &str) {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build();
    operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response.into());
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let PathItem { get, post, put, patch, delete, .. } = item;
    let all = [
        (Method::GET, get),
        (Method::POST, post),
        (Method::PUT, put),
        (Method::PATCH, patch),
        (Method::DELETE, delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

//! A request to the simulated Jira, read: who asks for what, and which faults bend the answer.

use axum::body::Bytes;
use axum::http::Method;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::caller::Caller;
use super::problem::Problem;
use super::selection::Selection;
use crate::faults::FaultKind;
use crate::reply::Reply;
use crate::server::Outside;

/// An answer, or a refusal in the vendor's words.
pub(crate) type Answer = Result<Reply, Problem>;

/// A request.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) outside: &'a Outside,
    pub(crate) caller: Caller,
    pub(crate) method: Method,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) faults: &'a [FaultKind],
    pub(crate) now: DateTime<Utc>,
}

impl Ask<'_> {
    /// A parameter of the address.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is a number from 0, or its default.
    pub(crate) fn number(&self, name: &str, default: usize) -> Result<usize, Problem> {
        match self.parameter(name) {
            None | Some("") => Ok(default),
            Some(text) => text.parse().map_err(|_| {
                Problem::invalid(format!(
                    "The value '{text}' of the parameter '{name}' is not a number from 0."
                ))
            }),
        }
    }

    /// The fields that the address names.
    pub(crate) fn selection(&self) -> Option<Selection> {
        let names: Vec<_> =
            self.query.iter().filter(|(name, _)| name == "fields").map(|(_, value)| value.clone()).collect();
        Selection::read(&names)
    }

    /// The body as JSON of the right shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|_| Problem::payload())
    }
}

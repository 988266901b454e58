//! A request to the simulated Jira, read: who asks for what, and which faults bend the answer.

use std::ops::Deref;

use serde::de::DeserializeOwned;

use super::Jira;
use super::caller::Caller;
use super::problem::Problem;
use super::selection::Selection;
use crate::reply::Reply;
use crate::vendor::Asked;

/// An answer, or a refusal in the vendor's words.
pub(crate) type Answer = Result<Reply, Problem>;

/// A request of somebody who may ask.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) jira: &'a Jira,
    pub(crate) caller: Caller,
    pub(crate) asked: &'a Asked,
}

impl Deref for Ask<'_> {
    type Target = Asked;

    fn deref(&self) -> &Asked {
        self.asked
    }
}

impl Ask<'_> {
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

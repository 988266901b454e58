//! A request to the simulated Fireflies, read: who asks, and what for.

use async_graphql::parser::types::{ExecutableDocument, Selection};
use axum::http::{Method, header};
use serde::Deserialize;
use serde_json::Value;

use super::problem::Problem;
use crate::faults::FaultKind;
use crate::settings::Settings;
use crate::vendor::Asked;

/// Somebody with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// In small letters.
    pub(super) email: String,
    /// Sees the meetings of the whole team.
    pub(super) admin: bool,
}

impl Caller {
    /// The key comes as Bearer and in no other way.
    pub(super) fn of(asked: &Asked, settings: &Settings) -> Result<Self, Problem> {
        let value = asked.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (scheme, key) = value.and_then(|value| value.split_once(' ')).ok_or(Problem::AuthFailed)?;
        let caller = |email: &str, admin| Ok(Self { email: email.to_lowercase(), admin });
        match key.trim() {
            _ if !scheme.eq_ignore_ascii_case("bearer") => Err(Problem::AuthFailed),
            key if key == settings.token => caller(&settings.email, true),
            key if key == settings.limited_token => caller(&settings.limited_email, false),
            _ => Err(Problem::AuthFailed),
        }
    }
}

/// GraphQL over HTTP.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Question {
    pub(super) query: String,
    #[serde(default)]
    pub(super) variables: Value,
    #[serde(default)]
    pub(super) operation_name: Option<String>,
}

impl Question {
    pub(super) fn read(asked: &Asked) -> Result<Self, Problem> {
        if asked.path != "graphql" || asked.method != Method::POST {
            return Err(Problem::NoRoute);
        }
        serde_json::from_slice(&asked.body).map_err(|error| {
            Problem::BadRequest(format!("POST body missing, invalid Content-Type, or JSON: {error}"))
        })
    }

    /// The operation that is meant and its fields at the root; nothing of a query that cannot be read.
    pub(super) fn outline(&self) -> Outline {
        let Ok(document) = async_graphql::parser::parse_query(&self.query) else { return Outline::default() };
        self.outlined(&document).unwrap_or_default()
    }

    fn outlined(&self, document: &ExecutableDocument) -> Option<Outline> {
        let (name, operation) = document.operations.iter().find(|(name, _)| {
            self.operation_name.is_none()
                || name.map(async_graphql::Name::as_str) == self.operation_name.as_deref()
        })?;
        let items = &operation.node.selection_set.node.items;
        let roots = items.iter().filter_map(|item| match &item.node {
            Selection::Field(field) => Some(field.node.name.node.to_string()),
            _ => None,
        });
        Some(Outline { operation: name.map(ToString::to_string).unwrap_or_default(), roots: roots.collect() })
    }
}

/// What a request is about, in short.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Its name; empty if it has none.
    pub(super) operation: String,
    pub(super) roots: Vec<String>,
}

impl Outline {
    pub(super) fn of(asked: &Asked) -> Option<(Self, Question)> {
        let question = Question::read(asked).ok()?;
        Some((question.outline(), question))
    }
}

/// The value of a quirk, if a request has it.
pub(super) fn quirk<'a>(faults: &'a [FaultKind], wanted: &str) -> Option<&'a Value> {
    faults.iter().find_map(|fault| match fault {
        FaultKind::Quirk { name, value } if name == wanted => Some(value),
        _ => None,
    })
}

//! Answers the fields of the schema: those at the root by what is held, all others by the member of their name.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{FieldFuture, FieldValue, ResolverContext};
use serde_json::Value;

use super::bend;
use super::problem::Problem;
use super::roots;
use super::scene::{Node, Scene};

/// What a field at the root has found.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Json(Value),
    Transcript(Box<Node>),
    Transcripts(Vec<Node>),
}

impl Found {
    fn value(self) -> Option<FieldValue<'static>> {
        match self {
            Self::Nothing | Self::Json(Value::Null) => None,
            Self::Json(Value::Array(list)) => {
                Some(FieldValue::list(list.into_iter().map(FieldValue::owned_any)))
            }
            Self::Json(one) => Some(FieldValue::owned_any(one)),
            Self::Transcript(node) => Some(FieldValue::owned_any(*node)),
            Self::Transcripts(nodes) => Some(FieldValue::list(nodes.into_iter().map(FieldValue::owned_any))),
        }
    }
}

/// A field of the query itself. One that cannot be null takes the whole answer with it.
pub(super) fn root<'a>(context: &ResolverContext<'a>, name: &str, needed: bool) -> FieldFuture<'a> {
    let arguments = serde_json::to_value(context.args.as_index_map()).unwrap_or_default();
    let found = match context.data::<Arc<Scene>>() {
        Ok(scene) => roots::found(scene, name, &arguments),
        Err(_) => Err(Problem::AuthFailed),
    };
    match found {
        Ok(found) => FieldFuture::Value(found.value()),
        Err(problem) if needed => refused(&problem),
        Err(problem) => {
            context.add_error(context.set_error_path(problem.at(Some(context.item.pos))));
            FieldFuture::Value(None)
        }
    }
}

/// Nothing can be changed here.
pub(super) fn forbidden<'a>() -> FieldFuture<'a> {
    refused(&Problem::Forbidden)
}

fn refused<'a>(problem: &Problem) -> FieldFuture<'a> {
    let refusal = problem.at(None);
    let error = Error { message: refusal.message, source: None, extensions: refusal.extensions };
    FieldFuture::new(async move { Err::<Option<FieldValue<'a>>, _>(error) })
}

/// A field of anything else.
pub(super) fn member<'a>(context: &ResolverContext<'a>, name: &str, leaf: bool) -> Option<FieldValue<'a>> {
    let parent = context.parent_value;
    if let Some(node) = parent.downcast_ref::<Node>() {
        if let Some(problem) = bend::refuses(node.scene(), name) {
            context.add_error(context.set_error_path(problem.at(Some(context.item.pos))));
            return None;
        }
        return given(node.member(name)?, leaf);
    }
    given(parent.downcast_ref::<Value>()?.get(name)?, leaf)
}

fn given(value: &Value, leaf: bool) -> Option<FieldValue<'_>> {
    match value {
        Value::Null => None,
        Value::Array(list) => {
            Some(FieldValue::list(list.iter().map(|value| given(value, leaf).unwrap_or(FieldValue::NULL))))
        }
        // JavaScript writes a number without a fraction as a whole one, whatever the schema calls it.
        one if leaf && one.as_f64().is_some_and(is_whole) => {
            Some(FieldValue::value(one.as_f64().map(super::transcript::rounded)))
        }
        one if leaf => async_graphql::Value::from_json(one.clone()).ok().map(FieldValue::value),
        one => Some(FieldValue::borrowed_any(one)),
    }
}

/// Not larger than what JavaScript writes in full.
fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < 9.0e15
}

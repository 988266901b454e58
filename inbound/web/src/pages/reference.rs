//! The API's reference, made from its OpenAPI document.

use std::sync::LazyLock;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::marked::Piece;
use crate::api::spec::openapi;
use crate::router::routes;

/// A parameter, or a field of a body.
struct Parameter {
    name: String,
    place: String,
    shape: String,
    is_required: bool,
    description: Vec<Piece>,
}

/// An answer.
struct Answer {
    status: String,
    description: Vec<Piece>,
}

/// A route.
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: Vec<Piece>,
    guard: &'static str,
    parameters: Vec<Parameter>,
    answers: Vec<Answer>,
}

/// A word by which programs tell refusals apart.
struct Code {
    word: String,
    description: Vec<Piece>,
}

#[derive(Template)]
#[template(path = "reference.html")]
struct ReferencePage {
    version: String,
    operations: Vec<Operation>,
    codes: Vec<Code>,
}

static PAGE: LazyLock<ReferencePage> = LazyLock::new(|| {
    let document = serde_json::to_value(openapi()).expect("a description of an API is JSON");
    let paths = document["paths"].as_object().into_iter().flatten();
    ReferencePage {
        version: text(&document["info"]["version"]),
        operations: paths.flat_map(|(path, item)| operations(path, item)).collect(),
        codes: codes(&document["components"]["schemas"]["Code"]),
    }
});

/// Shows it.
pub(crate) async fn show() -> Response {
    super::page(StatusCode::OK, &*PAGE)
}

fn operations(path: &str, item: &Value) -> Vec<Operation> {
    let methods = item.as_object().into_iter().flatten();
    methods
        .map(|(method, operation)| Operation {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            description: coded(&operation["description"]),
            guard: guard(method, path),
            parameters: operation["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
            answers: operation["responses"].as_object().into_iter().flatten().map(answer).collect(),
        })
        .collect()
}

fn guard(method: &str, path: &str) -> &'static str {
    use crate::guard::Guard::{Admin, Anyone, Reader};
    let route = routes()
        .into_iter()
        .find(|route| route.path == path && route.method.as_str().eq_ignore_ascii_case(method));
    match route.map_or(Admin, |route| route.guard) {
        Anyone => "for anyone",
        Reader => "for readers: with the admin key, and without where visitors may read",
        Admin => "needs the admin key",
    }
}

fn parameter(parameter: &Value) -> Parameter {
    Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        shape: shape(&parameter["schema"]),
        is_required: parameter["required"].as_bool().unwrap_or_default(),
        description: coded(&parameter["description"]),
    }
}

/// What a value must be, in a few words.
fn shape(schema: &Value) -> String {
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect()
        }
        _ => Vec::new(),
    };
    if kinds == ["array"] {
        return format!("list of {}", shape(&schema["items"]));
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(text).collect::<Vec<_>>().join(" | ");
    }
    let format = schema["format"].as_str().filter(|format| ["date", "uuid"].contains(format));
    let mut words = vec![format.map_or_else(|| kinds.join(" or "), str::to_owned)];
    for (least, most, unit) in [("minimum", "maximum", ""), ("minLength", "maxLength", " characters")] {
        if let (Some(least), Some(most)) = (schema[least].as_f64(), schema[most].as_f64()) {
            words.push(format!("{least} to {most}{unit}"));
        }
    }
    if !schema["default"].is_null() {
        words.push(format!("default {}", schema["default"]));
    }
    words.join(", ")
}

fn answer((status, answer): (&String, &Value)) -> Answer {
    Answer { status: status.clone(), description: coded(&answer["description"]) }
}

fn codes(schema: &Value) -> Vec<Code> {
    let described = |one: &Value| Code { word: text(&one["const"]), description: coded(&one["description"]) };
    let listed = |word: &Value| Code { word: text(word), description: Vec::new() };
    match (schema["oneOf"].as_array(), schema["enum"].as_array()) {
        (Some(words), _) => words.iter().map(described).collect(),
        (None, Some(words)) => words.iter().map(listed).collect(),
        (None, None) => Vec::new(),
    }
}

/// A description; what stands between backticks is code.
fn coded(value: &Value) -> Vec<Piece> {
    let parts = value.as_str().unwrap_or_default().split('`').enumerate();
    parts.map(|(index, part)| Piece { text: part.to_owned(), is_marked: index % 2 == 1 }).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

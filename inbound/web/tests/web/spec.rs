//! The OpenAPI document says what the routes do.

use daybook_web::{Guard, openapi, routes};
use serde_json::Value;

use crate::app::App;

fn document() -> Value {
    serde_json::to_value(openapi()).expect("JSON")
}

fn operation(document: &Value, path: &str, method: &str) -> Value {
    document["paths"][path][method].clone()
}

#[tokio::test]
async fn it_is_served_to_anyone() {
    let answer = App::new().get("/api/openapi.json").await;
    assert_eq!(answer.json(), document());
    assert!(document()["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn every_route_of_the_api_is_in_it_with_its_guard() {
    let document = document();
    for route in
        routes().into_iter().filter(|route| route.path.starts_with("/api/") && route.path != "/api/docs")
    {
        let one = operation(&document, &route.path, &route.method.as_str().to_lowercase());
        assert!(one.is_object(), "{} {} is not documented", route.method, route.path);
        assert!(one["operationId"].is_string() && one["summary"].is_string(), "{}", route.path);
        let is_guarded = route.guard != Guard::Anyone;
        assert_eq!(one["responses"]["401"].is_object(), is_guarded, "{}", route.path);
        assert_eq!(one["security"].is_array(), is_guarded, "{}", route.path);
        assert_eq!(one["responses"]["400"].is_object(), is_guarded, "{}", route.path);
    }
}

#[test]
fn every_reference_in_it_leads_somewhere() {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(reference)) = fields.get("$ref") {
                    found.push(reference.clone());
                }
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut references = Vec::new();
    walk(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

#[test]
fn ranges_and_the_shape_of_refusals_are_told() {
    let document = document();
    let start = operation(&document, "/api/backfill/{source_or_id}", "post");
    let days = start["parameters"].as_array().unwrap().iter().find(|one| one["name"] == "days").unwrap();
    assert_eq!(days["schema"]["minimum"], 1);
    assert_eq!(days["schema"]["maximum"], 3650);
    assert_eq!(start["responses"]["202"]["headers"]["Location"]["schema"]["type"], "string");
    assert!(start["responses"]["404"]["content"]["application/problem+json"].is_object());
    let problem = &document["components"]["schemas"]["Problem"]["properties"];
    for field in ["type", "title", "status", "detail", "code", "request_id", "details"] {
        assert!(problem[field].is_object(), "{field}");
    }
}

/// Parameters are documented by one type and read by another; this keeps them together.
#[tokio::test]
async fn every_documented_parameter_is_taken_and_no_other() {
    let document = document();
    let app = App::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, one) in item.as_object().unwrap() {
            let names: Vec<&str> = one["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "query")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let is_guarded = one["security"].is_array();
            let address =
                path.replace("{source_or_id}", "jira").replace("{id}", "1").replace("{source}", "jira");
            let method = method.to_uppercase().parse().unwrap();
            let answer = app.as_admin(method, &format!("{address}?no_such_parameter=1")).await;
            if is_guarded && answer.status == 400 {
                let body = answer.json();
                let message = body["details"][0]["message"].as_str().unwrap();
                assert!(names.iter().all(|name| message.contains(name)), "{path}: {message} {names:?}");
                assert_eq!(message.split(", ").count(), names.len().max(1), "{path}: {message} {names:?}");
            }
        }
    }
}

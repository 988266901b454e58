//! Asks the simulated Fireflies, with the queries that a reader of it would use.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::vendors::{Answer, Vendors};

pub(super) const FULL: &str = "demo-token";
pub(super) const GUEST: &str = "guest-token";
const QUERIES: &str = include_str!("queries.graphql");

impl Vendors {
    pub(super) async fn graphql(&self, key: &str, body: &Value) -> Answer {
        let url = format!("{}/graphql", self.running.url("fireflies").unwrap());
        self.bearing(key, Method::POST, &url, Some(body)).await.unwrap()
    }

    /// One of the queries of the file, by its name.
    pub(super) async fn asks(&self, key: &str, name: &str, variables: Value) -> Answer {
        let body = json!({"query": QUERIES, "operationName": name, "variables": variables});
        self.graphql(key, &body).await
    }

    /// What a query in words of its own gives.
    pub(super) async fn query(&self, query: &str) -> Answer {
        self.graphql(FULL, &json!({ "query": query })).await
    }

    /// A whole transcript.
    pub(super) async fn full(&self, id: &str) -> Value {
        let answer = self.asks(FULL, "Full", json!({ "id": id })).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["data"]["transcript"].clone()
    }

    /// All rows of a list, page by page.
    pub(super) async fn list(&self, key: &str, from: Option<&str>, to: Option<&str>) -> Vec<Value> {
        let mut rows = Vec::new();
        loop {
            let variables = json!({"limit": 50, "skip": rows.len(), "from": from, "to": to});
            let page = rows_of(&self.asks(key, "List", variables).await);
            let is_last = page.len() < 50;
            rows.extend(page);
            if is_last {
                return rows;
            }
        }
    }

    /// What is held, newest first.
    pub(super) async fn held_transcripts(&self) -> Vec<Value> {
        let answer = self.control(Method::GET, "held/fireflies", None).await;
        answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A fault of this vendor.
    pub(super) async fn fireflies_fault(&self, mut faults: Value) {
        for fault in faults.as_array_mut().unwrap() {
            fault["vendor"] = json!("fireflies");
        }
        self.fault(faults).await;
    }

    pub(super) async fn quirk(&self, name: &str, value: Value) {
        self.control(Method::DELETE, "faults", None).await;
        self.fireflies_fault(json!([{"kind": "quirk", "name": name, "value": value}])).await;
    }
}

pub(super) fn rows_of(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let answer = answer.json();
    answer["data"]["transcripts"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
}

pub(super) fn ids(rows: &[Value]) -> Vec<String> {
    crate::vendors::texts(rows, "id")
}

/// The code of the only error.
pub(super) fn code(answer: &Answer) -> String {
    let answer = answer.json();
    let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(errors.len(), 1, "{answer}");
    assert_eq!(errors[0]["code"], errors[0]["extensions"]["code"], "{answer}");
    errors[0]["code"].as_str().unwrap().to_owned()
}

/// The number by which the simulator says what it holds, made from what the query `Full` gave.
pub(super) fn digest(transcript: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = |value: &Value| value.as_f64().map_or_else(String::new, |number| json!(number).to_string());
    let mut lines = vec![text(&transcript["title"]), text(&transcript["privacy"])];
    for sentence in transcript["sentences"].as_array().into_iter().flatten() {
        let words = ["speaker_name", "text"].map(|name| text(&sentence[name]));
        let times = ["start_time", "end_time"].map(|name| number(&sentence[name]));
        lines.push([words, times].concat().join("\t"));
    }
    lines.extend(["overview", "action_items"].map(|name| text(&transcript["summary"][name])));
    Sha256::digest(lines.join("\n")).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// How often each text occurs.
pub(super) fn counts<'a>(texts: impl Iterator<Item = &'a Value>) -> BTreeMap<String, usize> {
    texts.fold(BTreeMap::new(), |mut counts, text| {
        *counts.entry(text.as_str().unwrap_or("null").to_owned()).or_default() += 1;
        counts
    })
}

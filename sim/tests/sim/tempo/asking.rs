//! Asks the simulated Tempo.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::vendors::{Answer, Vendors};

pub(super) const FULL: &str = "demo-token";
pub(super) const GUEST: &str = "guest-token";

impl Vendors {
    fn tempo_address(&self, path: &str) -> String {
        format!("{}/4/{path}", self.running.url("tempo").unwrap())
    }

    pub(super) async fn tempo_as(&self, token: &str, path: &str) -> Answer {
        self.bearing(token, Method::GET, &self.tempo_address(path), None).await.unwrap()
    }

    pub(super) async fn tempo(&self, path: &str) -> Answer {
        self.tempo_as(FULL, path).await
    }

    pub(super) async fn tempo_sent(&self, path: &str, body: &Value) -> Answer {
        self.bearing(FULL, Method::POST, &self.tempo_address(path), Some(body)).await.unwrap()
    }

    /// Follows `metadata.next` to its end.
    pub(super) async fn all_pages(&self, token: &str, path: &str, body: Option<&Value>) -> Vec<Value> {
        let (mut rows, mut url) = (Vec::new(), self.tempo_address(path));
        let method = if body.is_some() { Method::POST } else { Method::GET };
        loop {
            let answer = self.bearing(token, method.clone(), &url, body).await.unwrap();
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            let page = answer.json();
            let results = page["results"].as_array().unwrap();
            assert_eq!(page["metadata"]["count"], results.len());
            rows.extend(results.iter().cloned());
            match page["metadata"]["next"].as_str() {
                Some(next) => next.clone_into(&mut url),
                None => return rows,
            }
        }
    }

    /// All worklogs that the full user sees.
    pub(super) async fn worklogs(&self) -> Vec<Value> {
        self.all_pages(FULL, "worklogs?limit=5000", None).await
    }

    /// What is held, by id.
    pub(super) async fn held_worklogs(&self) -> BTreeMap<u64, Value> {
        let answer = self.control(Method::GET, "held/tempo", None).await;
        let lines = answer.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| (line["id"].as_u64().unwrap(), line)).collect()
    }

    /// A fault of this vendor.
    pub(super) async fn tempo_fault(&self, mut fault: Value) {
        for fault in fault.as_array_mut().unwrap() {
            fault["vendor"] = json!("tempo");
        }
        self.fault(fault).await;
    }
}

pub(super) fn id(worklog: &Value) -> u64 {
    worklog["tempoWorklogId"].as_u64().unwrap()
}

pub(super) fn ids(worklogs: &[Value]) -> Vec<u64> {
    worklogs.iter().map(id).collect()
}

//! Asks the simulated Notion.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::vendors::{Answer, Vendors};

pub(super) const FULL: &str = "demo-token";
pub(super) const GUEST: &str = "guest-token";
pub(super) const NEWEST: &str = "2026-03-11";

/// Who asks, in which version.
#[derive(Debug, Clone, Copy)]
pub(super) struct As(pub(super) &'static str, pub(super) &'static str);

pub(super) const USUAL: As = As(FULL, NEWEST);

impl Vendors {
    pub(super) async fn notion_as(&self, who: As, path: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}/v1/{path}", self.running.url("notion").unwrap());
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let As(token, version) = who;
        self.bearing_with(token, Some(("Notion-Version", version)), method, &url, body).await.unwrap()
    }

    pub(super) async fn notion(&self, path: &str) -> Answer {
        self.notion_as(USUAL, path, None).await
    }

    pub(super) async fn notion_sent(&self, path: &str, body: &Value) -> Answer {
        self.notion_as(USUAL, path, Some(body)).await
    }

    /// All rows of a list over all of its pages.
    pub(super) async fn all_rows(
        &self,
        who: As,
        path: &str,
        body: Option<&Value>,
        size: usize,
    ) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let answer = if let Some(body) = body {
                let mut body = body.clone();
                body["page_size"] = json!(size);
                if let Some(cursor) = &cursor {
                    body["start_cursor"] = json!(cursor);
                }
                self.notion_as(who, path, Some(&body)).await
            } else {
                let joint = if path.contains('?') { '&' } else { '?' };
                let cursor = cursor.map(|cursor| format!("&start_cursor={cursor}")).unwrap_or_default();
                self.notion_as(who, &format!("{path}{joint}page_size={size}{cursor}"), None).await
            };
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
            let page = answer.json();
            assert_eq!(page["object"], "list");
            assert!(page[page["type"].as_str().unwrap()].is_object());
            rows.extend(page["results"].as_array().unwrap().iter().cloned());
            assert_eq!(page["has_more"], !page["next_cursor"].is_null());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return rows,
            }
        }
    }

    /// Everything of a kind that search finds.
    pub(super) async fn searched(&self, who: As, kind: &str) -> Vec<Value> {
        let body = json!({"filter": {"property": "object", "value": kind},
            "sort": {"timestamp": "last_edited_time", "direction": "descending"}});
        self.all_rows(who, "search", Some(&body), 100).await
    }

    /// Every block of a page, depth first.
    pub(super) async fn all_blocks(&self, page: &str) -> Vec<Value> {
        let (mut all, mut waiting) = (Vec::new(), vec![page.to_owned()]);
        let mut held: Vec<Vec<Value>> = Vec::new();
        while let Some(id) = waiting.pop() {
            let mut rows = self.all_rows(USUAL, &format!("blocks/{id}/children"), None, 100).await;
            rows.reverse();
            held.push(rows);
            while let Some(block) = held.last_mut().map(Vec::pop) {
                let Some(block) = block else {
                    held.pop();
                    continue;
                };
                let kind = block["type"].as_str().unwrap().to_owned();
                let enters = block["has_children"] == true
                    && !["child_page", "child_database"].contains(&kind.as_str())
                    && block["synced_block"]["synced_from"].is_null();
                if enters {
                    waiting.push(block["id"].as_str().unwrap().to_owned());
                }
                all.push(block);
                if enters {
                    break;
                }
            }
        }
        all
    }

    pub(super) async fn comments_on(&self, id: &str) -> Vec<Value> {
        self.all_rows(USUAL, &format!("comments?block_id={id}"), None, 100).await
    }

    /// The digest of a page, made from what was read of it.
    pub(super) async fn read_page(&self, id: &str) -> String {
        let mut told = vec![self.notion(&format!("pages/{id}")).await.json()];
        let blocks = self.all_blocks(id).await;
        let mut comments = self.comments_on(id).await;
        // What was said about a child page is that page's own.
        for block in blocks.iter().filter(|block| block["type"] != "child_page") {
            comments.extend(self.comments_on(block["id"].as_str().unwrap()).await);
        }
        told.extend(blocks);
        told.extend(comments);
        digest(&told)
    }

    /// What is held, by id.
    pub(super) async fn held_records(&self) -> BTreeMap<String, Value> {
        let answer = self.control(Method::GET, "held/notion", None).await;
        let lines = answer.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| (id(&line), line)).collect()
    }

    /// A fault of this vendor.
    pub(super) async fn notion_fault(&self, mut fault: Value) {
        for fault in fault.as_array_mut().unwrap() {
            fault["vendor"] = json!("notion");
        }
        self.fault(fault).await;
    }
}

pub(super) fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

pub(super) fn ids(records: &[Value]) -> Vec<String> {
    records.iter().map(id).collect()
}

pub(super) fn digest(told: &[Value]) -> String {
    let lines: Vec<String> = told.iter().map(|value| canonical(value).to_string()).collect();
    let digest = Sha256::digest(lines.join("\n"));
    digest.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Without signed addresses and numbers of requests.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(canonical).collect(),
        Value::Object(members) => {
            let mut members: serde_json::Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), canonical(value))).collect();
            members.remove("request_id");
            if members.contains_key("url") && members.contains_key("expiry_time") {
                members.remove("url");
                members.remove("expiry_time");
            }
            members.into()
        }
        other => other.clone(),
    }
}

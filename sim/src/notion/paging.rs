//! Lists: `page_size` and `start_cursor`, where the next page begins, and what faults make of one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::ask::{Answer, Ask, Said};
use super::bend;
use super::problem::Problem;
use crate::faults::FaultKind;

const LARGEST_PAGE: usize = 100;
/// Pages that are kept, to be served again.
const MOST_PAGES: usize = 16;

/// A row of a list, with what it is sorted by: rows ascend by it and by their ids.
#[derive(Debug)]
pub(super) struct Row<T> {
    pub(super) sort: i64,
    pub(super) id: String,
    pub(super) item: T,
}

/// How a list goes on where its page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Walk {
    /// The cursor is the id of the next row: it dies with it.
    ById,
    /// The cursor is a place in the order: rows may come and go.
    Sorted,
}

/// What is said of a list besides its rows.
#[derive(Debug)]
pub(super) struct List<'a> {
    /// `page_or_data_source`, `block`, ...
    pub(super) kind: &'a str,
    /// What stands in the member of this name.
    pub(super) about: Value,
    pub(super) walk: Walk,
    /// More than so many rows are never given, and the list says whether these are all.
    pub(super) most: Option<usize>,
}

impl<'a> List<'a> {
    pub(super) fn of(kind: &'a str, walk: Walk) -> Self {
        Self { kind, about: json!({}), walk, most: None }
    }
}

/// The page of each list that was served last.
#[derive(Debug, Default)]
pub(super) struct Served {
    pages: Mutex<HashMap<(String, bool), Value>>,
    /// Makes the cursors of endless pages unlike each other.
    serial: AtomicUsize,
}

/// Which part of a list is asked for.
struct Window {
    size: usize,
    cursor: Option<String>,
}

/// From the body of a question, or from the address of anything else.
fn window(ask: &Ask<'_>, body: &Value) -> Result<Window, Problem> {
    let asks_by_body = ask.method == axum::http::Method::POST;
    let (place, size, cursor) = if asks_by_body {
        ("body", body.get("page_size").cloned(), body.get("start_cursor").cloned())
    } else {
        let number = |text: &str| text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number));
        (
            "query",
            ask.parameter("page_size").map(number),
            ask.parameter("start_cursor").map(|text| json!(text)),
        )
    };
    let wrong = |must: &str, value: &Value| {
        let said =
            format!("{place} failed validation: {place}.page_size should be {must}, instead was `{value}`.");
        Problem::invalid(said)
    };
    let size = match size.unwrap_or_default() {
        Value::Null => LARGEST_PAGE,
        value => {
            let number = value.as_i64().ok_or_else(|| wrong("a number", &value))?;
            let size = usize::try_from(number).ok().filter(|size| *size > 0);
            let size = size.ok_or_else(|| wrong("≥ `1`", &value))?;
            if size > LARGEST_PAGE {
                return Err(wrong("≤ `100`", &value));
            }
            size
        }
    };
    let cursor = match cursor.unwrap_or_default() {
        Value::Null => None,
        Value::String(text) if !text.is_empty() => Some(text),
        other => return Err(dead(&other.to_string())),
    };
    Ok(Window { size, cursor })
}

fn dead(cursor: &str) -> Problem {
    Problem::invalid(format!("The start_cursor provided is invalid: {cursor}"))
}

/// The same for the same question, whatever its page.
fn tag(ask: &Ask<'_>, body: &Value) -> String {
    let mut question = body.as_object().cloned().unwrap_or_default();
    question.remove("start_cursor");
    question.remove("page_size");
    let digest = Sha256::digest(format!("{} {} {}", ask.path, ask.limited, Value::Object(question)));
    digest.iter().take(4).fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte)).to_string()
}

/// The page of these rows that the request asks for.
pub(super) fn page<T>(
    ask: &Ask<'_>,
    mut rows: Vec<Row<T>>,
    list: List<'_>,
    write: impl Fn(&Row<T>) -> Value,
) -> Answer {
    let has = |fault: &FaultKind| ask.faults.contains(fault);
    let body = if ask.method == axum::http::Method::POST { ask.json()? } else { Value::Null };
    let Window { size, cursor } = window(ask, &body)?;
    if bend::times_out(ask, size) {
        return Err(Problem::TooSlow);
    }
    if let Some(cursor) = cursor.as_deref().filter(|_| has(&FaultKind::DeadToken {})) {
        return Err(dead(cursor));
    }
    let kept = (ask.path.clone(), ask.limited);
    if has(&FaultKind::RepeatToken {}) && cursor.is_some() {
        let pages = ask.notion.served.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = pages.get(&kept) {
            return Ok(Said { body: page.clone(), rows: 0 });
        }
    }
    let endless = has(&FaultKind::EndlessPages {});
    let is_cut = list.most.is_some_and(|most| rows.len() > most);
    rows.truncate(list.most.unwrap_or(usize::MAX));
    let tag = tag(ask, &body);
    let start = match cursor.as_deref().filter(|_| !endless) {
        None => 0,
        Some(cursor) => beginning(&rows, list.walk, &tag, cursor).ok_or_else(|| dead(cursor))?,
    };
    let empty = has(&FaultKind::EmptyPageWithToken {});
    let chosen = rows.iter().skip(start).take(if empty { 0 } else { size });
    let results: Vec<_> =
        chosen.enumerate().map(|(place, row)| bend::record(ask, place, write(row))).collect();
    let mut next = rows.get(start + results.len()).map(|row| match list.walk {
        Walk::ById => row.id.clone(),
        Walk::Sorted => format!("s:{tag}:{}:{}", row.sort, row.id),
    });
    if endless {
        next = Some(format!("e:{}", ask.notion.served.serial.fetch_add(1, Ordering::Relaxed)));
    }
    let count = results.len();
    let mut said = Map::new();
    said.insert("object".to_owned(), json!("list"));
    let is_last = next.is_none();
    said.insert("has_more".to_owned(), json!(!is_last));
    said.insert("next_cursor".to_owned(), json!(next));
    if list.most.is_some() {
        let status = if is_cut && is_last {
            json!({"type": "incomplete", "incomplete_reason": "query_result_limit_reached"})
        } else {
            json!({"type": "complete"})
        };
        said.insert("request_status".to_owned(), status);
    }
    said.insert("type".to_owned(), json!(list.kind));
    said.insert(list.kind.to_owned(), list.about);
    said.insert("results".to_owned(), Value::Array(results));
    let said = Value::Object(said);
    let mut pages = ask.notion.served.pages.lock().unwrap_or_else(PoisonError::into_inner);
    if pages.len() >= MOST_PAGES {
        pages.clear();
    }
    pages.insert(kept, said.clone());
    Ok(Said { body: said, rows: count })
}

/// The place of the row at which a cursor points.
fn beginning<T>(rows: &[Row<T>], walk: Walk, tag: &str, cursor: &str) -> Option<usize> {
    match walk {
        Walk::ById => rows.iter().position(|row| row.id == super::id::canonical(cursor)),
        Walk::Sorted => {
            let mut parts = cursor.strip_prefix("s:")?.splitn(3, ':');
            let (given, sort, id) = (parts.next()?, parts.next()?.parse::<i64>().ok()?, parts.next()?);
            let before = |row: &Row<T>| (row.sort, row.id.as_str()) < (sort, id);
            (given == tag).then(|| rows.partition_point(before))
        }
    }
}

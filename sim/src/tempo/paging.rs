//! Lists: `offset` and `limit`, how many rows a page has, and where the next one is.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::StatusCode;

use super::ask::{Answer, Ask};
use super::bend;
use super::problem::Problem;
use crate::faults::FaultKind;
use crate::json::{Object, list};
use crate::reply::Reply;

const USUAL_PAGE: usize = 50;
/// Whoever asks for more is given this many, and told so in `limit` only.
const LARGEST_PAGE: usize = 5_000;
/// Pages that are kept, to be served again.
const MOST_PAGES: usize = 16;

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy)]
struct Window {
    offset: usize,
    limit: usize,
}

/// The page of each list that was served last.
#[derive(Debug, Default)]
pub(super) struct Served {
    pages: Mutex<HashMap<(String, bool), Bytes>>,
    /// Makes the links of endless pages unlike each other.
    serial: AtomicUsize,
}

fn window(ask: &Ask<'_>) -> Result<Window, Problem> {
    let number = |name: &str, default: usize| match ask.parameter(name) {
        None | Some("") => Ok(default),
        Some(text) => text.parse::<usize>().map_err(|_| Problem::invalid(format!("Invalid {name}"))),
    };
    let (offset, limit) = (number("offset", 0)?, number("limit", USUAL_PAGE)?);
    if limit == 0 {
        return Err(Problem::invalid("Invalid limit"));
    }
    Ok(Window { offset, limit: limit.min(LARGEST_PAGE) })
}

/// The page of these rows that the request asks for.
pub(super) fn page<T>(ask: &Ask<'_>, rows: &[T], write: impl Fn(&T) -> String) -> Answer {
    let has = |fault: &FaultKind| ask.faults.contains(fault);
    let Window { mut offset, limit } = window(ask)?;
    if has(&FaultKind::DeadToken {}) && offset > 0 {
        return Err(Problem::invalid("Invalid offset"));
    }
    let served = &ask.tempo.served;
    let kept = (ask.path.clone(), ask.limited);
    if has(&FaultKind::RepeatToken {}) && offset > 0 {
        let pages = served.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = pages.get(&kept) {
            return Ok(Reply::typed(StatusCode::OK, "application/json", page.clone()));
        }
    }
    let endless = has(&FaultKind::EndlessPages {});
    let empty = has(&FaultKind::EmptyPageWithToken {});
    let mut next = (offset + limit < rows.len()).then_some(offset + limit);
    if endless {
        next = Some(1_000_000 + served.serial.fetch_add(1, Ordering::Relaxed));
        offset = 0;
    }
    let chosen = rows.iter().skip(offset).take(if empty { 0 } else { limit });
    let chosen: Vec<_> =
        chosen.enumerate().map(|(place, row)| bend::record(&ask.faults, place, write(row))).collect();
    let next = if empty { Some(offset) } else { next };
    let previous = (offset > 0).then(|| offset.saturating_sub(limit));
    let count = bend::count(&ask.faults, chosen.len());
    let metadata = Object::new().plain("count", count).plain("offset", offset).plain("limit", limit);
    let metadata =
        [("previous", previous), ("next", next)].into_iter().fold(metadata, |json, (name, to)| match to {
            Some(offset) => json.text(name, &link(ask, offset, limit)),
            None => json,
        });
    let body = Object::new()
        .text("self", &whole_address(ask))
        .raw("metadata", &metadata.end())
        .raw("results", &list(&chosen))
        .end();
    let body = Bytes::from(body);
    let mut pages = served.pages.lock().unwrap_or_else(PoisonError::into_inner);
    if pages.len() >= MOST_PAGES {
        pages.clear();
    }
    pages.insert(kept, body.clone());
    Ok(Reply::typed(StatusCode::OK, "application/json", body).rows(chosen.len()))
}

/// The address of this request with its query.
pub(super) fn whole_address(ask: &Ask<'_>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &ask.query {
        query.append_pair(name, value);
    }
    joined(ask.address(), &query.finish())
}

/// The address of another page of the same list.
fn link(ask: &Ask<'_>, offset: usize, limit: usize) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in ask.query.iter().filter(|(name, _)| name != "offset" && name != "limit") {
        query.append_pair(name, value);
    }
    query.append_pair("limit", &limit.to_string()).append_pair("offset", &offset.to_string());
    joined(ask.address(), &query.finish())
}

fn joined(address: String, query: &str) -> String {
    if query.is_empty() { address } else { format!("{address}?{query}") }
}

//! The trail of what was deleted: all that is left of a worklog that is gone. Ids are text here.

use std::sync::Arc;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::{self, Answer, Ask};
use super::mapping::jira_id;
use super::paging;
use super::problem::Problem;
use super::worklog::Worklog;
use crate::faults::FaultKind;
use crate::jira::FULL_ACCOUNT;
use crate::reply::Reply;

/// The trail is kept for so long.
const KEPT: TimeDelta = TimeDelta::days(180);
const LARGEST_PAGE: usize = 1_000;

/// A worklog that is gone.
#[derive(Debug)]
pub(super) struct Deleted {
    pub(super) worklog: Arc<Worklog>,
    /// Milliseconds since 1970.
    pub(super) at: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    from: Option<String>,
    to: Option<String>,
    action: Vec<String>,
    entity_type: Vec<String>,
}

/// `POST /papertrail/search`, with a token for the next page.
pub(super) fn search(ask: &Ask<'_>) -> Answer {
    let search: Search = ask.json()?;
    let from = search.from.as_deref().map(ask::moment).transpose()?;
    let to = search.to.as_deref().map(ask::moment).transpose()?.unwrap_or(i64::MAX);
    let from = since(ask, from.ok_or_else(|| Problem::invalid("Parameter 'from' is required"))?)?;
    let has = |list: &[String], word: &str| {
        list.is_empty() || list.iter().any(|one| one.eq_ignore_ascii_case(word))
    };
    let asked = has(&search.action, "deleted") && has(&search.entity_type, "worklog");
    let limit = limit(ask)?;
    let start = match ask.parameter("nextPageToken") {
        None => 0,
        Some(_) if ask.faults.contains(&FaultKind::DeadToken {}) => return Err(bad_token()),
        Some(token) => opened(token).ok_or_else(bad_token)?,
    };
    let book = ask.tempo.book();
    let inside = |one: &&Deleted| asked && (from..=to).contains(&one.at);
    let all: Vec<_> = book.deleted.iter().filter(inside).collect();
    let rows: Vec<_> = all
        .iter()
        .skip(start)
        .take(limit)
        .map(|one| {
            let worklog = &one.worklog;
            let worker = book.authors.get(worklog.author).map_or("", |author| author.account_id.as_str());
            let seconds = worklog.seconds.to_string();
            json!({
                "action": "Deleted", "author": FULL_ACCOUNT, "entityId": worklog.id.to_string(),
                "entityType": "worklog", "parentId": worklog.issue.to_string(), "timestamp": precise(one.at),
                "worker": worker, "changes": [{"field": "timeSpentSeconds", "new": "", "previous": seconds}],
            })
        })
        .collect();
    let mut metadata = json!({"limit": limit});
    if start + rows.len() < all.len() {
        let token = URL_SAFE.encode(format!("{}", start + rows.len()));
        metadata["nextPageUrl"] = format!("{}?limit={limit}&nextPageToken={token}", ask.address()).into();
        metadata["nextPageToken"] = token.into();
    }
    Ok(said(ask, &metadata, &rows))
}

/// `GET /papertrail/1/events/deleted/types/worklog`: older, deprecated and simpler.
pub(super) fn deleted(ask: &Ask<'_>) -> Answer {
    // This route has the other shape of errors.
    let from = ask.parameter("updatedFrom").map(ask::moment).transpose();
    let from = from.map_err(|_| Problem::Refused("Invalid date format"))?.unwrap_or_default();
    let from = if from == 0 { (ask.now - KEPT).timestamp_millis() } else { since(ask, from)? };
    let limit = limit(ask)?;
    let book = ask.tempo.book();
    let after = ask.parameter("lastEvaluatedKey").and_then(opened).unwrap_or(0);
    let all: Vec<_> = book.deleted.iter().filter(|one| one.at >= from).collect();
    let rows: Vec<_> = all
        .iter()
        .skip(after)
        .take(limit)
        .map(|one| {
            let (tempo, jira) = (one.worklog.id.to_string(), jira_id(one.worklog.id).to_string());
            json!({"tempoWorklogId": tempo, "jiraWorklogId": jira, "deletedAt": precise(one.at)})
        })
        .collect();
    let mut metadata = json!({"count": rows.len(), "limit": limit});
    if after + rows.len() < all.len() {
        metadata["lastEvaluatedKey"] = URL_SAFE.encode(format!("{}", after + rows.len())).into();
    }
    Ok(said(ask, &metadata, &rows))
}

/// Only some may look at the trail, and not for ever back.
fn since(ask: &Ask<'_>, from: i64) -> Result<i64, Problem> {
    if ask.limited {
        return Err(Problem::Forbidden);
    }
    // Somebody who counts days does not count hours.
    let oldest = (ask.now - KEPT - TimeDelta::days(1)).timestamp_millis();
    if from < oldest { Err(Problem::invalid("'from' must be within the last 180 days")) } else { Ok(from) }
}

fn limit(ask: &Ask<'_>) -> Result<usize, Problem> {
    let limit = ask.parameter("limit").map_or(Ok(LARGEST_PAGE), str::parse);
    let limit = limit.ok().filter(|limit| (1..=LARGEST_PAGE).contains(limit));
    limit.ok_or_else(|| Problem::invalid("Parameter 'limit' must be between 1 and 1000"))
}

fn bad_token() -> Problem {
    Problem::invalid("Invalid nextPageToken")
}

fn opened(token: &str) -> Option<usize> {
    String::from_utf8(URL_SAFE.decode(token).ok()?).ok()?.parse().ok()
}

fn precise(milliseconds: i64) -> String {
    DateTime::from_timestamp_millis(milliseconds)
        .map_or_else(String::new, |moment| moment.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn said(ask: &Ask<'_>, metadata: &Value, rows: &[Value]) -> Reply {
    let body = json!({"self": paging::whole_address(ask), "metadata": metadata, "results": rows});
    Reply::typed(StatusCode::OK, "application/json", body.to_string()).rows(rows.len())
}

//! `search/jql` and `search/approximate-count`.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::ask::{Answer, Ask};
use super::issue::Issue;
use super::jql;
use super::problem::Problem;
use super::selection::Selection;
use super::site::Site;
use super::walk::{self, Lag};
use super::{bend, token};
use crate::faults::FaultKind;
use crate::json::quoted;
use crate::reply::Reply;

const USUAL_PAGE: i64 = 50;
const MOST_RECONCILED: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wanted {
    jql: Option<String>,
    fields: Option<Vec<String>>,
    max_results: Option<i64>,
    next_page_token: Option<String>,
    reconcile_issues: Option<Vec<u64>>,
}

/// A page of issues.
pub(crate) fn page(ask: &Ask<'_>) -> Answer {
    let wanted = wanted(ask)?;
    let jql = wanted.jql.unwrap_or_default();
    let known: HashSet<u64> = wanted.reconcile_issues.unwrap_or_default().into_iter().collect();
    if known.len() > MOST_RECONCILED {
        return Err(Problem::invalid("The maximum number of issues to reconcile is 50."));
    }
    bend::world(ask);
    let site = ask.jira.site();
    let query = jql::read(&jql, &site, &ask.caller, ask.now)?;
    let token = wanted.next_page_token.filter(|token| !token.is_empty());
    if token.is_some() && ask.faults.contains(&FaultKind::DeadToken {}) {
        return Err(token::refused());
    }
    let after = token.map(|token| token::read(&jql, &token, ask.now)).transpose()?.flatten();
    let selection = Selection::read(&wanted.fields.unwrap_or_default()).unwrap_or(Selection::Id);
    let most = usize::try_from(wanted.max_results.unwrap_or(USUAL_PAGE)).ok().filter(|most| *most > 0);
    let most = most.ok_or_else(|| Problem::invalid("The value of maxResults must be at least 1."))?;
    let most = most.min(selection.largest_page());
    if ask.faults.contains(&FaultKind::EmptyPageWithToken {}) {
        return Ok(Reply::json(StatusCode::OK, written(Some(&fresh_token(&jql, after, ask)), b"")));
    }
    if ask.faults.contains(&FaultKind::RepeatToken {})
        && let Some(last) = site.last_page(&jql, &ask.caller)
    {
        return Ok(Reply::json(StatusCode::OK, last));
    }
    let endless = ask.faults.contains(&FaultKind::EndlessPages {});
    let after = after.filter(|_| !endless);
    let lag = lag(ask, &site, known);
    let mut issues = walk::page(&site, &query, &ask.caller, &lag, after.as_ref(), most + 1);
    let more = issues.len() > most || (endless && !issues.is_empty());
    issues.truncate(most);
    let place = issues.last().filter(|_| more).map(|issue| walk::place(issue, &query.order));
    let token = place.map(|place| fresh_token(&jql, Some(place), ask));
    let body = Bytes::from(page_body(ask, &selection, &issues, token.as_deref()));
    if token.is_some() {
        site.keep_page(&jql, &ask.caller, body.clone());
    }
    Ok(Reply::json(StatusCode::OK, body).rows(issues.len()))
}

fn page_body(ask: &Ask<'_>, selection: &Selection, issues: &[Arc<Issue>], token: Option<&str>) -> Vec<u8> {
    let usual = if *selection == Selection::Id { 24 } else { 600 };
    let mut rows = Vec::with_capacity(issues.len() * usual);
    for (place, issue) in issues.iter().enumerate() {
        if place > 0 {
            rows.push(b',');
        }
        let start = rows.len();
        selection.write(&mut rows, issue, &ask.caller);
        bend::record(&ask.faults, place, start, &mut rows);
    }
    written(token, &rows)
}

/// `{"issues":[..],"isLast":true}`, or with a token in place of the end.
fn written(token: Option<&str>, rows: &[u8]) -> Vec<u8> {
    let end = match token {
        Some(token) => format!("],\"nextPageToken\":{},\"isLast\":false}}", quoted(token)),
        None => "],\"isLast\":true}".to_owned(),
    };
    [b"{\"issues\":[", rows, end.as_bytes()].concat()
}

fn fresh_token(jql: &str, after: Option<token::Place>, ask: &Ask<'_>) -> String {
    static SERIAL: AtomicU64 = AtomicU64::new(1);
    token::write(jql, after, SERIAL.fetch_add(1, Ordering::Relaxed), ask.now)
}

fn wanted(ask: &Ask<'_>) -> Result<Wanted, Problem> {
    if ask.method == Method::POST {
        return ask.json();
    }
    let text = |name| ask.parameter(name).map(str::to_owned);
    let list = |name: &str| -> Vec<String> {
        let values = ask.query.iter().filter(|(given, _)| given == name);
        values.flat_map(|(_, value)| value.split(',')).map(str::to_owned).collect()
    };
    let reconciled: Result<Vec<u64>, _> =
        list("reconcileIssues").iter().filter(|id| !id.is_empty()).map(|id| id.trim().parse()).collect();
    Ok(Wanted {
        jql: text("jql"),
        fields: Some(list("fields")),
        max_results: text("maxResults")
            .map(|most| most.parse().map_err(|_| Problem::payload()))
            .transpose()?,
        next_page_token: text("nextPageToken"),
        reconcile_issues: Some(reconciled.map_err(|_| Problem::payload())?),
    })
}

/// About how many issues match.
pub(crate) fn approximate_count(ask: &Ask<'_>) -> Answer {
    let wanted: Wanted = ask.json()?;
    let site = ask.jira.site();
    let query = jql::read(&wanted.jql.unwrap_or_default(), &site, &ask.caller, ask.now)?;
    let count = walk::count(&site, &query, &ask.caller, &lag(ask, &site, HashSet::new()));
    let off: i64 = ask
        .faults
        .iter()
        .map(|fault| match fault {
            FaultKind::ApproximateCount { delta } => *delta,
            _ => 0,
        })
        .sum();
    let count = i64::try_from(count).unwrap_or(i64::MAX).saturating_add(off).max(0);
    Ok(Reply::json(StatusCode::OK, json!({ "count": count }).to_string()))
}

fn lag(ask: &Ask<'_>, site: &Site, known: HashSet<u64>) -> Lag {
    let mut lag = Lag { known, ..Lag::default() };
    for fault in &ask.faults {
        if let FaultKind::IndexLag { newest, seconds } = fault {
            if *seconds > 0 {
                let seconds = i64::try_from(*seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
                lag.since = Some(ask.now.timestamp_millis().saturating_sub(seconds));
            }
            lag.ids.extend(walk::newest(site, &ask.caller, *newest));
        }
    }
    lag
}

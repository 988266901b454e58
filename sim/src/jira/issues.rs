//! Single issues, many at once, their comments and their histories.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Deserialize;

use super::ask::{Answer, Ask};
use super::history;
use super::issue::Issue;
use super::problem::Problem;
use super::selection::{Selection, is_open};
use crate::json::{self, Members, Object, quoted};
use crate::reply::Reply;

const MOST_AT_ONCE: usize = 100;
const MOST_WITH_FEW_FIELDS: usize = 1_000;
const MOST_FEW_FIELDS: usize = 100;
/// The vendor sends no more rows of comments or histories, whatever is asked.
const LARGEST_PAGE: usize = 100;
/// Histories within an issue that is fetched together with others.
const MOST_EXPANDED: usize = 40;
const MOST_HISTORIES: usize = 10_000;

/// `issue/{idOrKey}`.
pub(crate) fn one(ask: &Ask<'_>, id_or_key: &str) -> Answer {
    let site = ask.jira.site();
    let issue = site.issue(id_or_key, &ask.caller).ok_or(Problem::NoIssue)?;
    let selection = ask.selection().unwrap_or_else(Selection::all);
    let mut body = Vec::new();
    // A single issue always comes with its key.
    let selection = if selection == Selection::Id { Selection::Key } else { selection };
    selection.write(&mut body, issue, &ask.caller);
    if ask.parameter("expand").is_some_and(|expand| expand.split(',').any(|what| what.trim() == "changelog"))
    {
        add_changelog(&mut body, issue, LARGEST_PAGE);
    }
    Ok(Reply::json(StatusCode::OK, body).rows(1))
}

/// Puts the newest histories into an issue: here the vendor begins with the newest.
fn add_changelog(body: &mut Vec<u8>, issue: &Issue, most: usize) {
    let histories = history::of(issue);
    let shown: Vec<_> = histories.iter().rev().take(most).collect();
    let changelog = Object::new()
        .plain("startAt", 0)
        .plain("maxResults", shown.len())
        .plain("total", histories.len())
        .raw("histories", &json::list(&shown))
        .end();
    // The closing brace of the issue.
    body.pop();
    body.extend_from_slice(format!(",\"changelog\":{changelog}}}").as_bytes());
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Many {
    issue_ids_or_keys: Vec<String>,
    #[serde(default)]
    fields: Option<Vec<String>>,
    #[serde(default)]
    expand: Option<Vec<String>>,
}

/// `issue/bulkfetch`: by ascending id; what is missing or invisible is silently absent.
pub(crate) fn many(ask: &Ask<'_>) -> Answer {
    let many: Many = ask.json()?;
    let selection = Selection::read(&many.fields.unwrap_or_default()).unwrap_or_else(Selection::all);
    let expand = many.expand.unwrap_or_default();
    let wide = expand.iter().any(|what| what == "changelog" || what == "renderedFields");
    let changelog = expand.iter().any(|what| what == "changelog");
    let few = selection.few().is_some_and(|fields| fields <= MOST_FEW_FIELDS) && !wide;
    let most = if few { MOST_WITH_FEW_FIELDS } else { MOST_AT_ONCE };
    match many.issue_ids_or_keys.len() {
        0 => return Err(Problem::invalid("The issueIdsOrKeys list must not be empty.")),
        asked if asked > most => {
            return Err(Problem::invalid(format!(
                "The maximum number of issues that can be fetched is {most}."
            )));
        }
        _ => {}
    }
    let site = ask.jira.site();
    let named = many.issue_ids_or_keys.iter().filter_map(|name| site.issue(name.trim(), &ask.caller));
    let issues: BTreeMap<u64, _> = named.map(|issue| (issue.id, issue)).collect();
    let selection = if selection == Selection::Id { Selection::Key } else { selection };
    let mut body = b"{\"expand\":\"schema,names\",\"issues\":[".to_vec();
    for (place, issue) in issues.values().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        let start = body.len();
        selection.write(&mut body, issue, &ask.caller);
        if changelog {
            add_changelog(&mut body, issue, MOST_EXPANDED);
        }
        super::bend::record(&ask.faults, place, start, &mut body);
    }
    body.extend_from_slice(b"],\"issueErrors\":[]}");
    Ok(Reply::json(StatusCode::OK, body).rows(issues.len()))
}

/// `issue/{idOrKey}/comment`: the total is the record's, which can be more than anybody may read.
pub(crate) fn comments(ask: &Ask<'_>, id_or_key: &str) -> Answer {
    let site = ask.jira.site();
    let issue = site.issue(id_or_key, &ask.caller).ok_or(Problem::NoIssue)?;
    let (total, mut comments) = issue.comments();
    comments.retain(|comment| !ask.caller.limited || is_open(comment));
    if ask.parameter("orderBy").is_some_and(|order| order.trim() == "-created") {
        comments.reverse();
    }
    let start = ask.number("startAt", 0)?;
    let most = ask.number("maxResults", LARGEST_PAGE)?.min(LARGEST_PAGE);
    let page: Vec<_> = comments
        .iter()
        .skip(start)
        .take(most)
        .map(|comment| with_self(comment, &format!("{}/rest/api/3/issue/{}/comment", site.url, issue.id)))
        .collect();
    let body = Object::new()
        .plain("startAt", start)
        .plain("maxResults", most)
        .plain("total", total)
        .raw("comments", &json::list(&page))
        .end();
    Ok(Reply::json(StatusCode::OK, body).rows(page.len()))
}

/// `attachment/content/{id}`: the bytes lie elsewhere, behind an address that needs no credentials.
pub(crate) fn attachment(ask: &Ask<'_>, id: &str) -> Answer {
    let site = ask.jira.site();
    // The made-up company's attachments have the ids of their issues.
    let issue = site.issue(id, &ask.caller).filter(|issue| issue.json().contains("\"filename\""));
    let issue = issue.ok_or(Problem::NoIssue)?;
    let address = format!("https://media.birchlane.example/file/{}/binary?token=signed", issue.id);
    Ok(Reply::json(StatusCode::SEE_OTHER, "").with("location", &address))
}

/// A comment with its address, which some records lack.
fn with_self(comment: &str, parent: &str) -> String {
    match Members::read(comment) {
        Ok(members) if members.get("self").is_none() => {
            let own = format!("{parent}/{}", members.text("id").unwrap_or_default());
            let whole = Object::new().text("self", &own);
            members.iter().fold(whole, |whole, (name, value)| whole.raw(name, value)).end()
        }
        _ => comment.to_owned(),
    }
}

/// `issue/{idOrKey}/changelog`: oldest first.
pub(crate) fn changelog(ask: &Ask<'_>, id_or_key: &str) -> Answer {
    let site = ask.jira.site();
    let issue = site.issue(id_or_key, &ask.caller).ok_or(Problem::NoIssue)?;
    let histories = history::of(issue);
    let start = ask.number("startAt", 0)?;
    let most = ask.number("maxResults", LARGEST_PAGE)?.min(LARGEST_PAGE);
    let page: Vec<_> = histories.iter().skip(start).take(most).collect();
    let address = format!("{}/rest/api/3/issue/{}/changelog", site.url, issue.key());
    let body = Object::new()
        .text("self", &format!("{address}?maxResults={most}&startAt={start}"))
        .plain("maxResults", most)
        .plain("startAt", start)
        .plain("total", histories.len())
        .plain("isLast", start + page.len() >= histories.len())
        .raw("values", &json::list(&page))
        .end();
    Ok(Reply::json(StatusCode::OK, body).rows(page.len()))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManyHistories {
    issue_ids_or_keys: Vec<String>,
    #[serde(default)]
    field_ids: Option<Vec<String>>,
    #[serde(default)]
    max_results: Option<usize>,
    #[serde(default)]
    next_page_token: Option<String>,
}

/// `changelog/bulkfetch`: by issue; the token is the number of histories that were sent.
pub(crate) fn changelogs(ask: &Ask<'_>) -> Answer {
    let many: ManyHistories = ask.json()?;
    if many.issue_ids_or_keys.is_empty() || many.issue_ids_or_keys.len() > 1_000 {
        return Err(Problem::invalid("The number of issues must be between 1 and 1000."));
    }
    let fields = many.field_ids.unwrap_or_default();
    if fields.len() > 10 {
        return Err(Problem::invalid("The maximum number of field IDs is 10."));
    }
    let start: usize = match many.next_page_token.as_deref() {
        None | Some("") => 0,
        Some(token) => {
            token.strip_prefix("UxAQ").and_then(|sent| sent.parse().ok()).ok_or_else(super::token::refused)?
        }
    };
    let most = many.max_results.unwrap_or(1_000).clamp(1, MOST_HISTORIES);
    let site = ask.jira.site();
    let named = many.issue_ids_or_keys.iter().filter_map(|name| site.issue(name.trim(), &ask.caller));
    let issues: BTreeMap<u64, _> = named.map(|issue| (issue.id, issue)).collect();
    let rows = issues.iter().flat_map(|(id, issue)| {
        let histories = history::of(issue).into_iter().filter_map(|one| history::about(&one, &fields));
        histories.map(|one| (*id, one)).collect::<Vec<_>>()
    });
    let mut rows: Vec<_> = rows.skip(start).take(most + 1).collect();
    let more = rows.len() > most;
    rows.truncate(most);
    let count = rows.len();
    let mut by_issue: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (id, history) in rows {
        by_issue.entry(id).or_default().push(history);
    }
    let logs = by_issue.iter().map(|(id, histories)| {
        Object::new().text("issueId", &id.to_string()).raw("changeHistories", &json::list(histories)).end()
    });
    let mut body = Object::new().raw("issueChangeLogs", &json::list(logs));
    if more {
        body = body.raw("nextPageToken", &quoted(&format!("UxAQ{}", start + most)));
    }
    Ok(Reply::json(StatusCode::OK, body.end()).rows(count))
}

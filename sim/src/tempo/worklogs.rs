//! Lists of worklogs, and single ones.

use axum::http::StatusCode;
use serde::Deserialize;

use super::ask::{self, Answer, Ask};
use super::book::Book;
use super::paging;
use super::problem::Problem;
use super::selection::{Sort, Wanted, chosen};
use crate::reply::Reply;

pub(super) const NOT_FOUND: Problem = Problem::Missing("Worklog not found");

/// `GET /worklogs`.
pub(super) fn page(ask: &Ask<'_>) -> Answer {
    // Keys are no parameters here: `project` is refused, and `projectKey`, like any word that nobody knows, is ignored.
    if ask.parameter("project").is_some() {
        return Err(Problem::invalid("Unsupported parameter 'project'; use 'projectId'"));
    }
    let wanted = Wanted { issues: ask.ids("issueId")?, projects: ask.ids("projectId")?, ..asked_for(ask)? };
    listed(ask, &ask.tempo.book(), &wanted)
}

/// `GET /worklogs/user/{accountId}` and its like.
pub(super) fn page_of(ask: &Ask<'_>, of: &str, id: &str) -> Answer {
    let mut wanted = asked_for(ask)?;
    let number = || id.parse::<u64>().map_err(|_| Problem::invalid(format!("Invalid {of} id")));
    let book = ask.tempo.book();
    match of {
        "user" => {
            let account =
                form_urlencoded::parse(id.as_bytes()).next().map(|(account, _)| account.into_owned());
            let place =
                book.author_with(&account.unwrap_or_default()).ok_or(Problem::Missing("User not found"))?;
            wanted.authors = Some(vec![Some(place)]);
        }
        "issue" => {
            wanted.issues = vec![number()?];
            if !book.has_issue(wanted.issues[0]) && !ask.tempo.jira.look().has_issue(wanted.issues[0]) {
                return Err(Problem::Missing("Issue not found"));
            }
        }
        "project" => {
            wanted.projects = vec![number()?];
            if !ask.tempo.jira.look().has_project(wanted.projects[0]) {
                return Err(Problem::Missing("Project not found"));
            }
        }
        "team" => {
            let id = number()?;
            let place = book.teams.iter().position(|team| team.id == id);
            wanted.team = Some(place.ok_or(Problem::Missing("Team not found"))?);
        }
        _ => {
            let known = book.accounts.iter().any(|account| account["key"] == id);
            wanted.account =
                Some(if known { id.to_owned() } else { Err(Problem::Missing("Account not found"))? });
        }
    }
    listed(ask, &book, &wanted)
}

/// What every list takes from its address; `orderBy` sorts descending here.
fn asked_for(ask: &Ask<'_>) -> Result<Wanted, Problem> {
    let order = ask.parameter("orderBy").map(Sort::called).transpose()?;
    Ok(Wanted {
        from: ask.day("from")?,
        to: ask.day("to")?,
        updated_from: ask.parameter("updatedFrom").map(ask::moment).transpose()?,
        order: order.map(|sort| (sort, true)).into_iter().collect(),
        ..Wanted::default()
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    from: Option<String>,
    to: Option<String>,
    updated_from: Option<String>,
    author_ids: Option<Vec<String>>,
    issue_ids: Vec<u64>,
    project_ids: Vec<u64>,
    order_by: Vec<By>,
}

#[derive(Debug, Deserialize)]
struct By {
    field: String,
    #[serde(default)]
    order: Option<String>,
}

/// `POST /worklogs/search`; `offset` and `limit` stand in the address.
pub(super) fn search(ask: &Ask<'_>) -> Answer {
    let search: Search = ask.json()?;
    let book = ask.tempo.book();
    let order = search.order_by.iter().map(|by| {
        let descending = match by.order.as_deref() {
            None | Some("ASC") => Ok(false),
            Some("DESC") => Ok(true),
            Some(other) => Err(Problem::invalid(format!("Invalid order: {other}"))),
        };
        Ok((Sort::called(&by.field)?, descending?))
    });
    let day = |text: Option<String>| text.map(|text| ask::day(&text)).transpose();
    let authors = search.author_ids.filter(|ids| !ids.is_empty());
    let wanted = Wanted {
        from: day(search.from)?,
        to: day(search.to)?,
        updated_from: search.updated_from.map(|text| ask::moment(&text)).transpose()?,
        authors: authors.map(|ids| ids.iter().map(|id| book.author_with(id)).collect()),
        issues: search.issue_ids,
        projects: search.project_ids,
        order: order.collect::<Result<_, _>>()?,
        ..Wanted::default()
    };
    listed(ask, &book, &wanted)
}

fn listed(ask: &Ask<'_>, book: &Book, wanted: &Wanted) -> Answer {
    let rows = chosen(ask, book, wanted)?;
    paging::page(ask, &rows, |worklog| worklog.json(book))
}

/// `GET /worklogs/{id}`.
pub(super) fn one(ask: &Ask<'_>, id: &str) -> Answer {
    let book = ask.tempo.book();
    let worklog = id.parse().ok().and_then(|id| book.worklog(id)).ok_or(NOT_FOUND)?;
    if !book.shows(worklog, ask.limited) {
        return Err(NOT_FOUND);
    }
    let json = super::bend::record(&ask.faults, 0, worklog.json(&book));
    Ok(Reply::typed(StatusCode::OK, "application/json", json).rows(1))
}

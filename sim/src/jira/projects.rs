//! `project/search` and `project/{idOrKey}`.

use axum::http::StatusCode;

use super::ask::{Answer, Ask};
use super::moment;
use super::problem::Problem;
use super::seed::nouns;
use super::shelf::Shelf;
use super::site::{Project, Site};
use crate::json::{self, Members, Object};
use crate::reply::Reply;

const LARGEST_PAGE: usize = 100;

/// A page of the projects that the caller sees.
pub(crate) fn page(ask: &Ask<'_>) -> Answer {
    let site = ask.jira.site();
    let start = ask.number("startAt", 0)?;
    let most = ask.number("maxResults", 50)?.clamp(1, LARGEST_PAGE);
    let named: Vec<_> =
        ask.query.iter().filter(|(name, _)| name == "status").map(|(_, value)| value).collect();
    let wanted = |status| {
        let is_named = named.iter().flat_map(|value| value.split(',')).any(|one| one.trim() == status);
        is_named || (named.is_empty() && status == "live")
    };
    let live = site.projects(&ask.caller).filter(|_| wanted("live"));
    let mut projects: Vec<_> = live.chain(site.archived_projects().filter(|_| wanted("archived"))).collect();
    projects.sort_by(|one, other| one.0.key.cmp(&other.0.key));
    match ask.parameter("orderBy").unwrap_or("key") {
        "-key" => projects.reverse(),
        "name" | "+name" => projects.sort_by(|one, other| one.0.name.cmp(&other.0.name)),
        "-name" => projects.sort_by(|one, other| other.0.name.cmp(&one.0.name)),
        _ => {}
    }
    let expand = ask.parameter("expand").unwrap_or_default();
    let total = projects.len();
    let page: Vec<_> = projects
        .into_iter()
        .skip(start)
        .take(most)
        .map(|(project, shelf)| whole(project, shelf, expand, &site))
        .collect();
    let address = format!("{}/rest/api/3/project/search?maxResults={most}&startAt=", site.url);
    let last = start.saturating_add(page.len()) >= total;
    let mut body = Object::new().text("self", &format!("{address}{start}"));
    if !last {
        body = body.text("nextPage", &format!("{address}{}", start + most));
    }
    let body = body
        .plain("maxResults", most)
        .plain("startAt", start)
        .plain("total", total)
        .plain("isLast", last)
        .raw("values", &json::list(&page))
        .end();
    Ok(Reply::json(StatusCode::OK, body).rows(page.len()))
}

/// All projects that the caller sees, in the old way: without pages.
pub(crate) fn all(ask: &Ask<'_>) -> Reply {
    let site = ask.jira.site();
    let expand = ask.parameter("expand").unwrap_or_default();
    let rows: Vec<_> =
        site.projects(&ask.caller).map(|(project, shelf)| whole(project, shelf, expand, &site)).collect();
    Reply::json(StatusCode::OK, json::list(&rows)).rows(rows.len())
}

/// One project.
pub(crate) fn one(ask: &Ask<'_>, id_or_key: &str) -> Answer {
    let site = ask.jira.site();
    let key = site.project_called(id_or_key, &ask.caller);
    let found = key.and_then(|key| site.projects(&ask.caller).find(|(project, _)| project.key == key));
    let (project, shelf) = found.ok_or(Problem::NoIssue)?;
    Ok(Reply::json(StatusCode::OK, whole(project, shelf, "description,lead", &site)).rows(1))
}

/// The scheme by which issues of a project can be hidden; 404 where there is none. For administrators of the project.
pub(crate) fn security_scheme(ask: &Ask<'_>, id_or_key: &str) -> Answer {
    let site = ask.jira.site();
    let key = site.project_called(id_or_key, &ask.caller).ok_or(Problem::NoIssue)?;
    if ask.caller.limited {
        return Err(Problem::Forbidden("You do not have permission to administer this project."));
    }
    if !site.has_levels(&key) {
        return Err(Problem::NoIssue);
    }
    let level = |name| nouns::security(name, &site.url);
    let body = Object::new()
        .text("self", &format!("{}/rest/api/3/issuesecurityschemes/10000", site.url))
        .raw("id", "10000")
        .text("name", "Default issue security scheme")
        .text("description", "")
        .raw("levels", &json::list([level("Core team"), level("Board")]));
    Ok(Reply::json(StatusCode::OK, body.end()).rows(1))
}

fn whole(project: &Project, shelf: &Shelf, expand: &str, site: &Site) -> String {
    let members = Members::read(&project.json).unwrap_or_default();
    let own = format!("{}/rest/api/3/project/{}", site.url, project.id);
    let mut whole = Object::new()
        .text("expand", "description,lead,issueTypes,url,projectKeys,permissions,insight")
        .text("self", &own)
        .text("id", &project.id)
        .text("key", &project.key)
        .text("name", &project.name)
        .text("projectTypeKey", "software")
        .raw("simplified", "false")
        .text("style", "classic")
        .raw("isPrivate", "false")
        .raw("avatarUrls", members.get("avatarUrls").unwrap_or("{}"))
        .raw("properties", "{}");
    if site.archived.contains(&project.key) {
        whole = whole.raw("archived", "true");
    }
    if let (true, Some(description)) = (expand.contains("description"), members.get("description")) {
        whole = whole.raw("description", description);
    }
    if let Some(category) = members.get("projectCategory") {
        whole = whole.raw("projectCategory", category);
    }
    if let (true, Some(lead)) = (expand.contains("lead"), &project.lead) {
        whole = whole.raw("lead", lead);
    }
    if expand.contains("insight") {
        let mut insight = Object::new().plain("totalIssueCount", shelf.len());
        if let Some(updated) = shelf.last_updated() {
            insight = insight.text("lastIssueUpdateTime", &moment::written(updated, chrono_tz::UTC));
        }
        whole = whole.raw("insight", &insight.end());
    }
    whole.end()
}

//! The simulated Jira Cloud: every route on this page.

mod about;
mod ask;
mod bend;
mod caller;
mod change;
mod fields;
mod history;
mod issue;
mod issues;
mod jql;
mod load;
pub(crate) mod lookup;
mod moment;
mod problem;
mod projects;
mod search;
mod seed;
mod selection;
mod shelf;
mod site;
mod spoken;
mod token;
mod walk;

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use futures_util::future::{self, BoxFuture};
use serde_json::{Value, json};

use self::ask::{Answer, Ask};
use self::caller::Caller;
pub(crate) use self::caller::{FULL_ACCOUNT, LIMITED_ACCOUNT};
use self::problem::Problem;
use self::site::Site;
use crate::records::Loading;
use crate::reply::Reply;
use crate::settings::{Settings, SimError};
use crate::vendor::{Asked, Vendor};

/// The simulated Jira.
#[derive(Debug)]
pub(crate) struct Jira {
    settings: Settings,
    site: RwLock<Site>,
}

impl Jira {
    /// Reads or makes all issues.
    pub(crate) fn load(loading: &Loading<'_>) -> Result<Self, SimError> {
        Ok(Self { settings: loading.settings.clone(), site: RwLock::new(Site::load(loading)?) })
    }

    /// How many issues are held now.
    pub(crate) fn issues(&self) -> usize {
        self.site().len()
    }

    fn site(&self) -> RwLockReadGuard<'_, Site> {
        self.site.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn site_to_change(&self) -> RwLockWriteGuard<'_, Site> {
        self.site.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vendor for Jira {
    fn name(&self) -> &'static str {
        "jira"
    }

    fn prefix(&self) -> &'static str {
        "/jira"
    }

    fn endpoint(&self, asked: &Asked) -> String {
        endpoint(&asked.method, &asked.segments())
    }

    fn answer<'a>(&'a self, asked: &'a Asked) -> BoxFuture<'a, Reply> {
        Box::pin(future::ready(answer(self, asked).unwrap_or_else(Problem::reply)))
    }

    fn too_large(&self) -> Reply {
        Problem::TooLarge.reply()
    }

    fn rate_limited(&self, wait: Option<&str>, reason: Option<&str>, now: DateTime<Utc>) -> Reply {
        spoken::rate_limited(wait, reason, now)
    }

    fn failed(&self, status: StatusCode) -> Reply {
        spoken::failed(status)
    }

    fn garbage(&self) -> Reply {
        spoken::garbage()
    }

    fn login(&self) -> Reply {
        spoken::login()
    }

    fn holds(&self) -> Value {
        let site = self.site();
        json!({"issues": site.len(), "by_project": site.issues_by_project()})
    }

    /// Id, key, updated, and the digest of the very bytes that a page with all fields serves.
    fn held(&self) -> String {
        self.site().held()
    }

    fn change(&self, change: Value, now: DateTime<Utc>) -> Result<String, String> {
        self.site_to_change().change(change, now)
    }
}

fn answer(jira: &Jira, asked: &Asked) -> Answer {
    let segments = asked.segments();
    let gateway = gateway(&segments);
    if gateway.is_some_and(|(cloud, _)| cloud != about::CLOUD_ID) {
        return Err(Problem::NoRoute);
    }
    let segments = gateway.map_or(&segments[..], |(_, route)| route);
    let zone = jira.site().zone;
    let caller = Caller::of(&asked.headers, &jira.settings, zone)?;
    match segments {
        ["_edge", "tenant_info"] => return Ok(about::tenant()),
        ["rest", "api", "2" | "3" | "latest", "serverInfo"] => {
            return Ok(about::server(&jira.settings, caller.as_ref(), asked.now));
        }
        _ => {}
    }
    let caller = caller.ok_or(Problem::Unauthenticated { tried: false })?;
    let ask = Ask { jira, caller, asked };
    match segments {
        ["rest", "api", "2" | "3" | "latest", "search"] => Err(Problem::Removed),
        ["rest", "api", "3" | "latest", route @ ..] => routed(&ask, route),
        _ => Err(Problem::NoRoute),
    }
}

/// The site's id and the rest of the path, if it is a path of the gateway, where scoped tokens and service accounts ask.
fn gateway<'a, 'b>(segments: &'a [&'b str]) -> Option<(&'b str, &'a [&'b str])> {
    match segments {
        ["ex", "jira", cloud, route @ ..] => Some((*cloud, route)),
        _ => None,
    }
}

/// Every route of the version that is simulated.
fn routed(ask: &Ask<'_>, route: &[&str]) -> Answer {
    match (&ask.method, route) {
        (&Method::GET | &Method::POST, ["search", "jql"]) => search::page(ask),
        (&Method::POST, ["search", "approximate-count"]) => search::approximate_count(ask),
        (&Method::POST, ["issue", "bulkfetch"]) => issues::many(ask),
        (&Method::POST, ["changelog", "bulkfetch"]) => issues::changelogs(ask),
        (&Method::GET, ["issue", id_or_key]) => issues::one(ask, id_or_key),
        (&Method::GET, ["issue", id_or_key, "comment"]) => issues::comments(ask, id_or_key),
        (&Method::GET, ["issue", id_or_key, "changelog"]) => issues::changelog(ask, id_or_key),
        (&Method::GET, ["attachment", "content", id]) => issues::attachment(ask, id),
        (&Method::GET, ["project"]) => Ok(projects::all(ask)),
        (&Method::GET, ["project", "search"]) => projects::page(ask),
        (&Method::GET, ["project", _, "permissionscheme"]) => Err(Problem::Forbidden(
            "You do not have permission to view the permission scheme of this project.",
        )),
        (&Method::GET, ["project", id_or_key, "issuesecuritylevelscheme"]) => {
            projects::security_scheme(ask, id_or_key)
        }
        (&Method::GET, ["project", id_or_key]) => projects::one(ask, id_or_key),
        (&Method::GET, ["myself"]) => Ok(about::myself(ask)),
        (&Method::GET, ["field"]) => Ok(about::fields(ask)),
        (
            _,
            ["search", "jql" | "approximate-count"]
            | ["issue" | "changelog" | "project" | "myself" | "field", ..],
        ) => Err(Problem::WrongMethod),
        _ => Err(Problem::NoRoute),
    }
}

/// The route without the names in it, for the ledger.
fn endpoint(method: &Method, segments: &[&str]) -> String {
    let known = [
        "_edge",
        "tenant_info",
        "rest",
        "api",
        "2",
        "3",
        "latest",
        "search",
        "jql",
        "approximate-count",
        "issue",
        "bulkfetch",
        "changelog",
        "attachment",
        "content",
        "comment",
        "project",
        "permissionscheme",
        "issuesecuritylevelscheme",
        "myself",
        "field",
        "serverInfo",
    ];
    let segments = gateway(segments).map_or(segments, |(_, route)| route);
    let route: Vec<_> =
        segments.iter().map(|segment| if known.contains(segment) { segment } else { "*" }).collect();
    let route = route.join("/");
    format!("{method} {}", route.strip_prefix("rest/api/3/").unwrap_or(&route))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_no_names_in_it() {
        let segments = ["rest", "api", "3", "issue", "HARB-17", "comment"];
        assert_eq!(endpoint(&Method::GET, &segments), "GET issue/*/comment");
        let through_the_gateway = [&["ex", "jira", "6f1d"], &segments[..]].concat();
        assert_eq!(endpoint(&Method::GET, &through_the_gateway), "GET issue/*/comment");
    }
}

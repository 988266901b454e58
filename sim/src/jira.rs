//! The simulated Jira Cloud: every route on this page, and what happens around each request.

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
mod json;
mod load;
mod moment;
mod problem;
mod projects;
mod search;
mod seed;
mod selection;
mod shelf;
pub(crate) mod site;
mod token;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Method, Request, Response};

use self::ask::{Answer, Ask};
use self::caller::Caller;
use self::problem::Problem;
use crate::faults::FaultKind;
use crate::ledger::Entry;
use crate::server::Outside;
use crate::spoiled::{self, Delivery};

const PREFIX: &str = "/jira/";
const LARGEST_BODY: usize = 2 * 1024 * 1024;

pub(crate) fn router(outside: &Arc<Outside>) -> Router {
    Router::new().fallback(handle).with_state(Arc::clone(outside))
}

/// Answers, as the faults allow, and enters it in the ledger.
async fn handle(State(outside): State<Arc<Outside>>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Some(path) = parts.uri.path().strip_prefix(PREFIX).map(str::to_owned) else {
        return Problem::NoRoute.reply().into_response();
    };
    let segments: Vec<&str> = path.split('/').collect();
    let faults = outside.faults().hitting("jira", &path);
    let endpoint = endpoint(&parts.method, &segments);
    for fault in &faults {
        if let FaultKind::Slow { delay_ms } = fault {
            tokio::time::sleep(Duration::from_millis(*delay_ms)).await;
        }
    }
    let now = outside.now();
    let reply = match faults.last().and_then(|fault| spoiled::instead(fault, now)) {
        Some(reply) => reply,
        None => match axum::body::to_bytes(body, LARGEST_BODY).await {
            Ok(body) => answer(&outside, &segments, &parts, body, &faults).unwrap_or_else(Problem::reply),
            Err(_) => Problem::TooLarge.reply(),
        },
    };
    let delivery = faults.last().map_or(Delivery::Whole, spoiled::delivery);
    let outcome = match delivery {
        Delivery::Whole => reply.status.as_u16().to_string(),
        _ => "cut".to_owned(),
    };
    let (rows, bytes) =
        if delivery == Delivery::Whole { (reply.rows, reply.body.len() as u64) } else { (0, 0) };
    outside.ledger().enter(Entry { endpoint, outcome, rows, bytes }, now);
    spoiled::deliver(reply, delivery)
}

fn answer(outside: &Outside, segments: &[&str], parts: &Parts, body: Bytes, faults: &[FaultKind]) -> Answer {
    let now = outside.now();
    let zone = outside.site().zone;
    let caller = Caller::of(&parts.headers, &outside.settings, zone)?;
    match segments {
        ["_edge", "tenant_info"] => return Ok(about::tenant()),
        ["rest", "api", "2" | "3" | "latest", "serverInfo"] => {
            return Ok(about::server(outside, caller.as_ref(), now));
        }
        _ => {}
    }
    let caller = caller.ok_or(Problem::Unauthenticated { tried: false })?;
    let ask =
        Ask { outside, caller, method: parts.method.clone(), query: parameters(parts), body, faults, now };
    match segments {
        ["rest", "api", "2" | "3" | "latest", "search"] => Err(Problem::Removed),
        ["rest", "api", "3" | "latest", route @ ..] => routed(&ask, route),
        _ => Err(Problem::NoRoute),
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

fn parameters(parts: &Parts) -> Vec<(String, String)> {
    let query = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
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
        "myself",
        "field",
        "serverInfo",
    ];
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
    }
}

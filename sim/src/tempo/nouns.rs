//! Accounts, attributes and what else has a name here, for the made-up company; and the names of routes.

use axum::http::Method;
use serde_json::{Value, json};

use super::ask::PUBLIC;
use crate::world::{Category, PROJECTS, Purpose};

/// The account to which a project's hours belong.
pub(super) fn account_key(project: usize) -> String {
    let suffix = match PROJECTS[project].category {
        Category::Products => "DEV",
        Category::Foundations => "INT",
        Category::Customers => "SUP",
    };
    format!("{}-{suffix}", PROJECTS[project].key)
}

/// Whether a customer pays for a project's hours.
pub(super) fn is_billable(project: usize) -> bool {
    PROJECTS[project].category != Category::Foundations
}

/// The attributes of a worklog. Not everybody fills them in.
pub(super) fn attributes(project: usize, purpose: Purpose, id: u64) -> Vec<(String, String)> {
    if id % 13 == 4 {
        return Vec::new();
    }
    let kind = match purpose {
        Purpose::Build => "build",
        Purpose::Review => "review",
        Purpose::Talk | Purpose::Plan => "meeting",
        Purpose::Incident => "oncall",
    };
    let mut attributes = vec![("_Account_".to_owned(), account_key(project))];
    if id % 5 != 2 {
        attributes.push(("_Kind_".to_owned(), kind.to_owned()));
    }
    attributes
}

/// The attributes that there are.
pub(super) fn work_attributes() -> Vec<Value> {
    let address = |key: &str| format!("{PUBLIC}/4/work-attributes/{key}");
    vec![
        json!({"self": address("_Account_"), "key": "_Account_", "name": "Account", "type": "ACCOUNT",
            "required": false}),
        json!({"self": address("_Kind_"), "key": "_Kind_", "name": "Kind", "type": "STATIC_LIST", "required": false,
            "values": ["build", "review", "meeting", "oncall"],
            "names": {"build": "Build", "review": "Review", "meeting": "Meetings and planning", "oncall": "On call"}}),
    ]
}

/// The category of accounts at a place.
pub(super) fn category(place: usize) -> Value {
    let (key, name, kind) = [
        ("DEV", "Development", "BILLABLE"),
        ("INT", "Internal work", "INTERNAL"),
        ("SUP", "Support", "BILLABLE"),
    ][place.min(2)];
    json!({"self": format!("{PUBLIC}/4/account-categories/{key}"), "id": 14 + place, "key": key, "name": name,
        "type": {"name": kind}})
}

/// The route without the names in it, for the ledger.
pub(super) fn endpoint(method: &Method, segments: &[&str]) -> String {
    let known = [
        "4",
        "worklogs",
        "search",
        "user",
        "issue",
        "project",
        "team",
        "account",
        "work-attribute-values",
        "jira-to-tempo",
        "tempo-to-jira",
        "teams",
        "members",
        "memberships",
        "team-memberships",
        "permission-roles",
        "roles",
        "accounts",
        "account-links",
        "account-categories",
        "customers",
        "work-attributes",
        "user-schedule",
        "workload-schemes",
        "periods",
        "globalconfiguration",
        "projects",
        "papertrail",
        "1",
        "events",
        "deleted",
        "types",
        "worklog",
    ];
    // The number of a worklog can be one of a version.
    let is_name = |place: usize, segment: &str| {
        !known.contains(&segment) || (place > 1 && segment.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let route: Vec<_> = segments
        .iter()
        .enumerate()
        .map(|(place, segment)| if is_name(place, segment) { "*" } else { segment })
        .collect();
    let route = route.join("/");
    format!("{method} {}", route.strip_prefix("4/").unwrap_or(&route))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_no_names_in_it() {
        assert_eq!(endpoint(&Method::GET, &["4", "worklogs", "1"]), "GET worklogs/*");
        assert_eq!(endpoint(&Method::GET, &["4", "worklogs", "user", "712020:x"]), "GET worklogs/user/*");
    }
}

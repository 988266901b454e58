//! Accounts, their categories and customers, and the attributes of worklogs.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::{Answer, Ask, PUBLIC};
use super::problem::Problem;
use super::{nouns, paging};
use crate::jira::lookup::project_id;
use crate::reply::Reply;
use crate::world::PROJECTS;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Search {
    ids: Vec<u64>,
    keys: Vec<String>,
    statuses: Vec<String>,
    global: Option<bool>,
}

/// Those that are open or closed; archived ones have to be searched for.
pub(super) fn page(ask: &Ask<'_>) -> Answer {
    let book = ask.tempo.book();
    let live: Vec<_> = book.accounts.iter().filter(|account| account["status"] != "ARCHIVED").collect();
    paging::page(ask, &live, ToString::to_string)
}

pub(super) fn search(ask: &Ask<'_>) -> Answer {
    let search: Search = ask.json()?;
    let book = ask.tempo.book();
    let named = |account: &Value, member: &str, wanted: &[String]| {
        let value = account[member].as_str().unwrap_or_default();
        wanted.is_empty() || wanted.iter().any(|wanted| wanted == value)
    };
    let fits = |account: &&Value| {
        let archived = account["status"] == "ARCHIVED";
        let id = account["id"].as_u64().unwrap_or_default();
        named(account, "status", &search.statuses)
            && named(account, "key", &search.keys)
            && (search.ids.is_empty() || search.ids.contains(&id))
            && search.global.is_none_or(|global| account["global"] == global)
            && !(archived && search.statuses.is_empty())
    };
    let found: Vec<_> = book.accounts.iter().filter(fits).collect();
    paging::page(ask, &found, ToString::to_string)
}

pub(super) fn one(ask: &Ask<'_>, key: &str) -> Answer {
    let book = ask.tempo.book();
    let account = book.accounts.iter().find(|account| account["key"] == key);
    let json = account.ok_or(Problem::Missing("Account not found"))?.to_string();
    Ok(Reply::typed(StatusCode::OK, "application/json", json).rows(1))
}

/// Which accounts a project uses.
pub(super) fn links(ask: &Ask<'_>, id: &str) -> Answer {
    let id: u64 = id.parse().map_err(|_| Problem::invalid("Invalid project id"))?;
    if !ask.tempo.jira.look().has_project(id) {
        return Err(Problem::Missing("Project not found"));
    }
    let of_company = ask.tempo.book().world.is_some();
    let places = (0..PROJECTS.len()).filter(|place| of_company && project_id(*place) == id);
    let rows: Vec<_> = places
        .map(|place| {
            let account = format!("{PUBLIC}/4/accounts/{}", nouns::account_key(place));
            let number = 500 + place;
            json!({"self": format!("{PUBLIC}/4/account-links/{number}"), "id": number, "default": true,
                "account": {"self": account}, "scope": {"id": id, "type": "PROJECT"}})
        })
        .collect();
    paging::page(ask, &rows, Value::to_string)
}

pub(super) fn categories(ask: &Ask<'_>) -> Answer {
    let all: Vec<_> = (0..3).map(nouns::category).collect();
    paging::page(ask, &all, Value::to_string)
}

pub(super) fn customers(ask: &Ask<'_>) -> Answer {
    let book = ask.tempo.book();
    paging::page(ask, &book.customers, Value::to_string)
}

pub(super) fn attributes(ask: &Ask<'_>) -> Answer {
    paging::page(ask, &nouns::work_attributes(), Value::to_string)
}

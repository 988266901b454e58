//! From Tempo's ids to those that its worklogs have as Jira's own, and back; attributes of many worklogs at once.

use serde::Deserialize;
use serde_json::{Value, json};

use super::ask::{Answer, Ask, PUBLIC};
use super::paging;
use super::problem::Problem;
use super::worklogs::NOT_FOUND;

/// No more ids at once.
const MOST_IDS: usize = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ids {
    jira_worklog_ids: Vec<u64>,
    tempo_worklog_ids: Vec<u64>,
}

/// Jira's id of a worklog: another number, and always the same.
pub(super) fn jira_id(id: u64) -> u64 {
    id * 2 + 1
}

pub(super) fn to_tempo(ask: &Ask<'_>) -> Answer {
    let ids = ask.json::<Ids>()?.jira_worklog_ids;
    pairs(ask, ids.into_iter().filter(|id| id % 2 == 1).map(|id| id / 2).collect())
}

pub(super) fn to_jira(ask: &Ask<'_>) -> Answer {
    pairs(ask, ask.json::<Ids>()?.tempo_worklog_ids)
}

fn pairs(ask: &Ask<'_>, mut ids: Vec<u64>) -> Answer {
    let book = ask.tempo.book();
    limited(&ids)?;
    ids.retain(|id| book.worklog(*id).is_some_and(|worklog| book.shows(worklog, ask.limited)));
    paging::page(ask, &ids, |id| json!({"jiraWorklogId": jira_id(*id), "tempoWorklogId": id}).to_string())
}

/// The values of one worklog.
pub(super) fn values_of(ask: &Ask<'_>, id: &str) -> Answer {
    let book = ask.tempo.book();
    let worklog =
        id.parse().ok().and_then(|id| book.worklog(id)).filter(|worklog| book.shows(worklog, ask.limited));
    let values = worklog.ok_or(NOT_FOUND)?.attributes(&book);
    paging::page(ask, &values, |value| pair(value).to_string())
}

/// The values of many.
pub(super) fn attribute_values(ask: &Ask<'_>) -> Answer {
    let ids = ask.json::<Ids>()?.tempo_worklog_ids;
    limited(&ids)?;
    let book = ask.tempo.book();
    let held = ids.into_iter().filter_map(|id| book.worklog(id));
    let shown: Vec<_> = held.filter(|worklog| book.shows(worklog, ask.limited)).collect();
    paging::page(ask, &shown, |worklog| {
        let values: Vec<_> = worklog.attributes(&book).iter().map(pair).collect();
        let address = format!("{PUBLIC}/4/worklogs/{}/work-attribute-values", worklog.id);
        json!({"self": address, "tempoWorklogId": worklog.id, "workAttributeValues": values}).to_string()
    })
}

fn pair((key, value): &(String, String)) -> Value {
    json!({"key": key, "value": value})
}

fn limited(ids: &[u64]) -> Result<(), Problem> {
    if ids.len() > MOST_IDS { Err(Problem::invalid("At most 500 ids can be given")) } else { Ok(()) }
}

//! Before a walk: does the credential hold, which projects does it see, and how many issues are there.

use daybook_core::ports::source::{Scope, SourceError, Survey};
use serde_json::json;

use super::checkpoint::Checkpoint;
use super::site::Site;
use super::{KIND, refusal};
use crate::http::{Failed, Tally};
use crate::object::Object;

/// Projects that an error message lists.
const LISTED: usize = 20;
/// No site has more pages of projects than this; one that goes on repeats itself.
const MOST_PAGES: u32 = 400;

pub(super) async fn survey(site: &Site, scope: &Scope, tally: &mut Tally) -> Result<Survey, SourceError> {
    let search = Checkpoint::begin(scope, None)?;
    let mut warnings = Vec::new();
    // Other paths answer strangers with an empty list; this one refuses them.
    let doing = "sign in";
    site.get(doing, "/rest/api/3/myself", tally).await.map_err(|failed| refusal::error(doing, failed))?;
    let projects = projects(site, tally).await?;
    if let Some(asked) = &scope.project
        && !projects.iter().any(|project| project.eq_ignore_ascii_case(asked.trim()))
    {
        let said = format!(
            "this credential sees no project `{asked}`; it sees {}",
            if projects.is_empty() { "none at all".to_owned() } else { listed(&projects) }
        );
        return Err(SourceError::Unacceptable { source_kind: KIND, doing: "look for the project", said });
    }
    if projects.is_empty() {
        // Nothing to read is not "everything was read".
        return Err(SourceError::Refused {
            source_kind: KIND,
            doing: "list the projects",
            said: "it shows this credential no project at all".to_owned(),
            cure: refusal::PERMISSION,
        });
    }
    let expected = count(site, &search.condition(), tally).await?;
    if expected.is_none() {
        warnings.push("Jira did not say how many issues the window holds".to_owned());
    }
    Ok(Survey { expected, requests: tally.so_far().requests, plan: None, warnings, unseen: Vec::new() })
}

/// The keys of all projects that the credential may browse.
async fn projects(site: &Site, tally: &mut Tally) -> Result<Vec<String>, SourceError> {
    let doing = "list the projects";
    let broken = |said: &str| SourceError::Broken { source_kind: KIND, doing, said: said.to_owned() };
    let mut keys: Vec<String> = Vec::new();
    for _ in 0..MOST_PAGES {
        let path = format!("/rest/api/3/project/search?startAt={}&maxResults=50&orderBy=key", keys.len());
        let json = site.get(doing, &path, tally).await.map_err(|failed| refusal::error(doing, failed))?;
        let page = Object::read(&json).ok_or_else(|| broken("the answer is not an object"))?;
        if page.json("values").is_none_or(|values| !values.starts_with('[')) {
            return Err(broken("the page has no list of `values`"));
        }
        let values = page.elements("values");
        let came = values.len();
        let objects = values.iter().filter_map(|value| Object::read(value.get()));
        keys.extend(objects.filter_map(|project| project.text("key").map(Into::into)));
        let is_all = page.number("total").is_some_and(|total| keys.len() as u64 >= total);
        if came == 0 || is_all || page.json("isLast") != Some("false") {
            return Ok(keys);
        }
    }
    Err(broken("pages repeat: the list of projects does not end"))
}

/// How many issues a search finds; `None`: this Jira does not count.
async fn count(site: &Site, jql: &str, tally: &mut Tally) -> Result<Option<u64>, SourceError> {
    let doing = "count the issues";
    let body = json!({ "jql": jql }).to_string();
    match site.post(doing, "/rest/api/3/search/approximate-count", body, tally).await {
        Ok(json) => Ok(Object::read(&json).and_then(|answer| answer.number("count"))),
        Err(Failed::Rejected(rejection)) if matches!(rejection.status, 404 | 405 | 410) => Ok(None),
        Err(failed) => Err(refusal::error(doing, failed)),
    }
}

fn listed(keys: &[String]) -> String {
    let shown = keys[..keys.len().min(LISTED)].join(", ");
    match keys.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

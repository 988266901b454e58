//! Before a walk: does the credential hold, which projects does it see, how many issues are there, what will it take,
//! and what is not shown.

use std::sync::atomic::Ordering::Relaxed;

use daybook_core::model::backfill::Plan;
use daybook_core::ports::source::{Reach, Scope, SourceError, Survey};
use serde_json::json;

use super::awaiting::MOST_ISSUES;
use super::checkpoint::Checkpoint;
use super::projects::{Seen, Standing};
use super::site::{COUNT, HISTORY, SIGN_IN, Site, path_of};
use super::{Habits, KIND, fates, items, projects, refusal};
use crate::http::{Failed, Tally};
use crate::object::Object;

/// Projects that a message lists.
const LISTED: usize = 20;
/// An id that no site gives: the answer only tells whether the question is allowed.
const NO_ISSUE: &str = "1";
/// What Jira says about an issue that is not there.
const ISSUE_GONE: &[u8] = b"ssue does not exist";

pub(super) async fn survey(
    site: &Site,
    scope: &Scope,
    habits: Habits,
    tally: &mut Tally,
) -> Result<Survey, SourceError> {
    if let Reach::Items(asked) = &scope.reach {
        return of_items(site, asked, habits, tally).await;
    }
    let search = Checkpoint::begin(scope, None)?;
    sign_in(site, tally).await?;
    let projects = projects::browsable(site, tally).await?;
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
            doing: super::site::PROJECTS,
            said: "it shows this credential no project at all".to_owned(),
            cure: refusal::PERMISSION,
        });
    }
    let (mut warnings, mut unseen) = (Vec::new(), Vec::new());
    // A sync has a backfill before it, which has looked.
    if let Reach::History(_) = &scope.reach {
        if scope.project.is_none() {
            let known = projects::known_of(site, tally).await?.unwrap_or_default();
            hints(&projects, &known, &mut warnings, &mut unseen);
        }
        if habits.history {
            probe_history(site, tally).await?;
        }
    }
    if habits.history && site.hides_history.load(Relaxed) {
        unseen.push("the history of issues: it is not shown to this credential".to_owned());
    }
    if site.hides_fields.load(Relaxed) {
        unseen.push(
            "sprints, epic links and story points: it does not show its fields to this credential".to_owned(),
        );
    }
    let expected = count(site, &search.condition(), tally).await?;
    if expected.is_none() {
        warnings.push("Jira did not say how many issues the window holds".to_owned());
    }
    let requests = tally.so_far().requests;
    let plan = expected.map(|issues| {
        let pages = issues.div_ceil(u64::from(habits.page_size)).max(1);
        plan(site, u64::from(requests) + pages, issues, habits)
    });
    Ok(Survey { expected, requests, plan, warnings, unseen })
}

async fn of_items(
    site: &Site,
    asked: &[String],
    habits: Habits,
    tally: &mut Tally,
) -> Result<Survey, SourceError> {
    let issues = items::names(asked)?.len() as u64;
    sign_in(site, tally).await?;
    let requests = tally.so_far().requests;
    let pages = issues.div_ceil(u64::from(fates::AT_ONCE));
    let plan = Some(plan(site, u64::from(requests) + pages, issues, habits));
    Ok(Survey { expected: Some(issues), requests, plan, warnings: Vec::new(), unseen: Vec::new() })
}

/// Other paths answer strangers with an empty list; this one refuses them.
async fn sign_in(site: &Site, tally: &mut Tally) -> Result<(), SourceError> {
    let answer = site.get(SIGN_IN, path_of(SIGN_IN), tally).await;
    answer.map(drop).map_err(|failed| refusal::error(SIGN_IN, failed))
}

/// What it takes, with so many requests for issues and before them: the list of fields, and histories of which a
/// request brings as many as have come when the next page might be too many.
fn plan(site: &Site, requests: u64, issues: u64, habits: Habits) -> Plan {
    let page = u64::from(habits.page_size);
    let at_once = MOST_ISSUES as u64 / page * page;
    let histories =
        if habits.history && !site.hides_history.load(Relaxed) { issues.div_ceil(at_once) } else { 0 };
    let requests = requests + u64::from(issues > 0) + histories;
    // How many comments do not fit into their issue, and how many changes there are, nobody counts.
    Plan { requests, seconds: site.seconds_for(requests), estimated: issues > 0 }
}

/// Projects that are known of and not read.
fn hints(browsable: &[String], known: &[Seen], warnings: &mut Vec<String>, unseen: &mut Vec<String>) {
    let of = |standing: Standing| -> Vec<String> {
        let others = known.iter().filter(|seen| seen.standing == standing && !browsable.contains(&seen.key));
        others.map(|seen| seen.key.clone()).collect()
    };
    for (standing, word) in [(Standing::Archived, "archived"), (Standing::Deleted, "in the bin")] {
        let keys = of(standing);
        if !keys.is_empty() {
            warnings.push(format!("projects that are {word} are not read: {}", listed(&keys)));
        }
    }
    let keys = of(Standing::Live);
    if !keys.is_empty() {
        unseen.push(format!("the issues of projects that this credential may not browse: {}", listed(&keys)));
    }
}

/// Finds out whether histories are shown, so that a report can say before the walk what it will lack.
async fn probe_history(site: &Site, tally: &mut Tally) -> Result<(), SourceError> {
    let body = json!({ "issueIdsOrKeys": [NO_ISSUE], "fieldIds": ["status"], "maxResults": 1 }).to_string();
    match site.post(HISTORY, path_of(HISTORY), body, tally).await {
        // It looked for the issue, so the question itself is allowed.
        Err(Failed::Rejected(no)) if no.body.windows(ISSUE_GONE.len()).any(|words| words == ISSUE_GONE) => {
            site.hides_history.store(false, Relaxed);
        }
        Err(Failed::Rejected(no)) => site.hides_history.store(refusal::refuses_a_part(&no), Relaxed),
        Err(failed) => return Err(refusal::error(HISTORY, failed)),
        Ok(_) => site.hides_history.store(false, Relaxed),
    }
    Ok(())
}

/// How many issues a search finds; `None`: this Jira does not count.
async fn count(site: &Site, jql: &str, tally: &mut Tally) -> Result<Option<u64>, SourceError> {
    let body = json!({ "jql": jql }).to_string();
    match site.post(COUNT, path_of(COUNT), body, tally).await {
        Ok(json) => Ok(Object::read(&json).and_then(|answer| answer.number("count"))),
        Err(Failed::Rejected(rejection)) if matches!(rejection.status, 404 | 405 | 410) => Ok(None),
        Err(failed) => Err(refusal::error(COUNT, failed)),
    }
}

fn listed(keys: &[String]) -> String {
    let shown = keys[..keys.len().min(LISTED)].join(", ");
    match keys.len().saturating_sub(LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

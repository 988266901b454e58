//! What issues point to: people, projects, statuses, types, priorities, versions and sprints, as JSON.

use chrono::DateTime;

use crate::json::{Object, quoted};
use crate::world::calendar::{Fortnight, version};
use crate::world::{Category, Outcome, PROJECTS, Person, Role, Stage};

pub(crate) fn project_id(place: usize) -> usize {
    10_010 + place
}

pub(crate) fn person(person: &Person, url: &str) -> String {
    let own = format!("{url}/rest/api/3/user?accountId={}", person.account_id.replace(':', "%3A"));
    let json = Object::new()
        .text("self", &own)
        .text("accountId", &person.account_id)
        .raw("avatarUrls", "{}")
        .text("displayName", person.name)
        .plain("active", person.left.is_none())
        .text("timeZone", person.zone)
        .text("accountType", "atlassian");
    if person.shows_email { json.text("emailAddress", &person.email).end() } else { json.end() }
}

/// A project with what it is about, which issues do not repeat.
pub(super) fn described(place: usize, project: &str) -> String {
    let short = project.strip_suffix('}').unwrap_or(project);
    format!("{short},\"description\":{}}}", quoted(PROJECTS[place].about))
}

pub(super) fn project(place: usize, url: &str) -> String {
    let (project, id) = (PROJECTS[place], project_id(place));
    let (category, name) = match project.category {
        Category::Products => (10_001, "Products"),
        Category::Foundations => (10_002, "Foundations"),
        Category::Customers => (10_003, "Customers"),
    };
    let category = Object::new()
        .text("self", &format!("{url}/rest/api/3/projectCategory/{category}"))
        .text("id", &category.to_string())
        .text("name", name)
        .text("description", "")
        .end();
    Object::new()
        .text("self", &format!("{url}/rest/api/3/project/{id}"))
        .text("id", &id.to_string())
        .text("key", project.key)
        .text("name", project.name)
        .text("projectTypeKey", "software")
        .raw("simplified", "false")
        .raw("avatarUrls", "{}")
        .raw("projectCategory", &category)
        .end()
}

pub(super) fn status_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Waiting => "To Do",
        Stage::Working => "In Progress",
        Stage::Blocked => "Blocked",
        Stage::Reviewing => "In Review",
        Stage::Done => "Done",
        Stage::Asked => "Open",
        Stage::WithCustomer => "Waiting for customer",
        Stage::Solved => "Resolved",
        Stage::Closed => "Closed",
    }
}

pub(super) fn status_id(stage: Stage) -> &'static str {
    match stage {
        Stage::Waiting => "10000",
        Stage::Working => "3",
        Stage::Blocked => "10022",
        Stage::Reviewing => "10021",
        Stage::Done => "10001",
        Stage::Asked => "10030",
        Stage::WithCustomer => "10032",
        Stage::Solved => "5",
        Stage::Closed => "6",
    }
}

pub(super) fn category_key(stage: Stage) -> &'static str {
    match stage {
        Stage::Waiting | Stage::Asked => "new",
        Stage::Working | Stage::Blocked | Stage::Reviewing | Stage::WithCustomer => "indeterminate",
        Stage::Done | Stage::Solved | Stage::Closed => "done",
    }
}

pub(super) fn status(stage: Stage, url: &str) -> String {
    status_json(status_id(stage), status_name(stage), category_key(stage), url)
}

/// A status of the site by its name, if it has one.
pub(crate) fn status_called(name: &str, url: &str) -> Option<String> {
    STAGES
        .into_iter()
        .find(|stage| status_name(*stage).eq_ignore_ascii_case(name.trim()))
        .map(|stage| status(stage, url))
}

/// The names of all statuses that the company uses.
pub(crate) fn status_names() -> impl Iterator<Item = &'static str> {
    STAGES.into_iter().map(status_name)
}

const STAGES: [Stage; 9] = [
    Stage::Waiting,
    Stage::Working,
    Stage::Blocked,
    Stage::Reviewing,
    Stage::Done,
    Stage::Asked,
    Stage::WithCustomer,
    Stage::Solved,
    Stage::Closed,
];

fn status_json(id: &str, name: &str, category: &str, url: &str) -> String {
    let (number, colour, category_name) = match category {
        "new" => (2, "blue-gray", "To Do"),
        "done" => (3, "green", "Done"),
        _ => (4, "yellow", "In Progress"),
    };
    let category = Object::new()
        .text("self", &format!("{url}/rest/api/3/statuscategory/{number}"))
        .plain("id", number)
        .text("key", category)
        .text("colorName", colour)
        .text("name", category_name)
        .end();
    Object::new()
        .text("self", &format!("{url}/rest/api/3/status/{id}"))
        .text("description", "")
        .text("iconUrl", &format!("{url}/images/icons/statuses/generic.png"))
        .text("name", name)
        .text("id", id)
        .raw("statusCategory", &category)
        .end()
}

pub(super) fn issue_type(role: Role, url: &str) -> String {
    let (id, name, level) = match role {
        Role::Epic => ("10000", "Epic", 1),
        Role::Wish => ("10001", "Story", 0),
        Role::Subtask => ("10003", "Sub-task", -1),
        Role::Bug | Role::Duplicate | Role::Finding => ("10004", "Bug", 0),
        Role::Incident => ("10005", "Incident", 0),
        Role::Request => ("10006", "Service Request", 0),
        Role::Decision => ("10007", "Decision", 0),
        Role::Step | Role::Chore | Role::Rollout | Role::Retrospective | Role::Postmortem => {
            ("10002", "Task", 0)
        }
    };
    type_json(id, name, level, url)
}

pub(crate) fn type_json(id: &str, name: &str, level: i32, url: &str) -> String {
    Object::new()
        .text("self", &format!("{url}/rest/api/3/issuetype/{id}"))
        .text("id", id)
        .text("description", "")
        .text("iconUrl", &format!("{url}/images/icons/issuetypes/{id}.svg"))
        .text("name", name)
        .plain("subtask", level < 0)
        .plain("hierarchyLevel", level)
        .end()
}

pub(crate) fn priority_name(rank: u8) -> &'static str {
    match rank {
        1 => "Highest",
        2 => "High",
        3 => "Medium",
        4 => "Low",
        _ => "Lowest",
    }
}

pub(crate) fn priority(rank: u8, url: &str) -> String {
    let name = priority_name(rank);
    Object::new()
        .text("self", &format!("{url}/rest/api/3/priority/{rank}"))
        .text("iconUrl", &format!("{url}/images/icons/priorities/{}_new.svg", name.to_lowercase()))
        .text("name", name)
        .text("id", &rank.to_string())
        .end()
}

pub(super) fn outcome_parts(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Done => ("10000", "Done"),
        Outcome::Declined => ("10001", "Won't Do"),
        Outcome::Duplicate => ("10002", "Duplicate"),
        Outcome::NotSeenAgain => ("10003", "Cannot Reproduce"),
    }
}

pub(super) fn resolution(outcome: Outcome, url: &str) -> String {
    let (id, name) = outcome_parts(outcome);
    Object::new()
        .text("self", &format!("{url}/rest/api/3/resolution/{id}"))
        .text("id", id)
        .text("description", "")
        .text("name", name)
        .end()
}

pub(crate) fn security(level: &str, url: &str) -> String {
    let id = 10_000 + level.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 9_000);
    Object::new()
        .text("self", &format!("{url}/rest/api/3/securitylevel/{id}"))
        .text("id", &id.to_string())
        .text("description", "")
        .text("name", level)
        .end()
}

/// A day as the vendor writes it: `2026-11-27`.
pub(super) fn day(moment: i64) -> String {
    DateTime::from_timestamp_millis(moment)
        .map_or_else(String::new, |time| time.format("%Y-%m-%d").to_string())
}

/// The release of a project that contains what was done in these two weeks.
pub(super) fn release(project: usize, stretch: Fortnight, now: i64, url: &str) -> String {
    let id = 20_000 + i64::try_from(project).unwrap_or(0) * 500 + stretch.number;
    Object::new()
        .text("self", &format!("{url}/rest/api/3/version/{id}"))
        .text("id", &id.to_string())
        .text("description", "")
        .text("name", &version(stretch))
        .raw("archived", "false")
        .plain("released", stretch.ends < now)
        .text("releaseDate", &day(stretch.ends))
        .end()
}

/// The id and the name of a sprint.
pub(super) fn sprint_parts(project: usize, stretch: Fortnight) -> (String, String) {
    let id = (i64::try_from(project).unwrap_or(0) + 1) * 1_000 + stretch.number;
    (id.to_string(), format!("{} Sprint {}", PROJECTS[project].key, stretch.number + 1))
}

pub(super) fn sprint(project: usize, stretch: Fortnight, now: i64) -> String {
    let (id, name) = sprint_parts(project, stretch);
    let state = if stretch.ends < now { "closed" } else { "active" };
    let time = |moment: i64| {
        let time = DateTime::from_timestamp_millis(moment);
        time.map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
    };
    let json = Object::new()
        .plain("id", id)
        .text("name", &name)
        .text("state", state)
        .plain("boardId", project + 1)
        .text("goal", "")
        .text("startDate", &time(stretch.begins))
        .text("endDate", &time(stretch.ends));
    if state == "closed" { json.text("completeDate", &time(stretch.ends)).end() } else { json.end() }
}

pub(super) fn component(project: usize, name: &str, url: &str) -> String {
    let place = PROJECTS[project].parts.iter().position(|part| part.name == name).unwrap_or(0);
    let id = 10_100 + project * 20 + place;
    Object::new()
        .text("self", &format!("{url}/rest/api/3/component/{id}"))
        .text("id", &id.to_string())
        .text("name", name)
        .end()
}

/// Something that is not there, or JSON.
pub(super) fn or_null(json: Option<String>) -> String {
    json.unwrap_or_else(|| "null".to_owned())
}

/// Words as a JSON list of texts.
pub(super) fn words(words: &[String]) -> String {
    crate::json::list(words.iter().map(|word| quoted(word)))
}

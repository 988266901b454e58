//! What an issue points to, the hours and dates it has, and the labels that other fields make.

use std::collections::BTreeSet;

use daybook_core::model::document::{Details, Link};

use super::custom_fields::CustomFields;
use crate::object::{self, Object};

/// Nothing points to more than is of use.
const MOST_LINKS: usize = 1_000;
/// Words of a relation and names of sprints are short; others are no such words.
const LONGEST: usize = 255;

/// Everything that an issue points to, in its own order, each once.
pub(super) fn links(fields: &Object<'_>, custom: &CustomFields, site_url: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut met = BTreeSet::new();
    let mut add = |relation: &str, to: String, url: Option<String>| {
        let link = Link { relation: relation.to_owned(), to, url };
        if links.len() < MOST_LINKS && met.insert(link.clone()) {
            links.push(link);
        }
    };
    let url = |key: &str| Some(format!("{site_url}/browse/{key}"));
    let key = |issue: Option<Object<'_>>| issue?.text("key").filter(|key| is_key(key)).map(String::from);
    if let Some(parent) = key(fields.object("parent")) {
        add("parent", parent.clone(), url(&parent));
    }
    for epic in custom.epic_link.iter().filter_map(|field| fields.json(field).and_then(object::text)) {
        if is_key(&epic) {
            add("epic", epic.to_string(), url(&epic));
        }
    }
    for link in fields.elements("issuelinks").into_iter().filter_map(|link| Object::read(link.get())) {
        let kind = link.object("type");
        for (end, words) in [("outwardIssue", "outward"), ("inwardIssue", "inward")] {
            let Some(to) = key(link.object(end)) else { continue };
            let words = kind.as_ref().and_then(|kind| {
                [words, "name"].into_iter().find_map(|name| kind.text(name).filter(|words| is_short(words)))
            });
            add(words.as_deref().unwrap_or("relates to"), to.clone(), url(&to));
        }
    }
    for below in fields.elements("subtasks") {
        if let Some(below) = key(Object::read(below.get())) {
            add("subtask", below.clone(), url(&below));
        }
    }
    for sprint in custom.sprint.iter().flat_map(|field| fields.elements(field)) {
        let name = Object::read(sprint.get()).and_then(|sprint| sprint.text("name").map(String::from));
        if let Some(name) = name.filter(|name| is_short(name)) {
            add("sprint", name, None);
        }
    }
    links
}

/// The label of an issue's story points, if it has some.
pub(super) fn points(fields: &Object<'_>, custom: &CustomFields) -> Option<String> {
    let number = |field: &String| fields.json(field)?.parse::<f64>().ok().filter(|number| number.is_finite());
    // `3.0` is written as `3`, `2.5` as it is.
    custom.story_points.iter().find_map(number).map(|points| format!("points:{points}"))
}

/// Hours and dates.
pub(super) fn details(fields: &Object<'_>) -> Details {
    let tracking = fields.object("timetracking");
    let own = |name: &str| seconds(fields, name);
    let tracked = |name: &str| tracking.as_ref().and_then(|tracking| seconds(tracking, name));
    Details::Issue {
        spent_seconds: own("timespent").or_else(|| tracked("timeSpentSeconds")),
        total_spent_seconds: own("aggregatetimespent"),
        estimate_seconds: own("timeoriginalestimate").or_else(|| tracked("originalEstimateSeconds")),
        due: fields.text("duedate").filter(|due| is_short(due)).map(String::from),
    }
}

fn seconds(object: &Object<'_>, name: &str) -> Option<i64> {
    object.number(name).and_then(|seconds| i64::try_from(seconds).ok())
}

/// A field that should hold a key has been seen to hold dates.
fn is_key(text: &str) -> bool {
    let Some((project, number)) = text.rsplit_once('-') else { return false };
    let is_project = project.starts_with(|c: char| c.is_ascii_alphabetic())
        && project.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_project
        && text.len() <= LONGEST
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_short(text: &str) -> bool {
    !text.trim().is_empty() && text.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom() -> CustomFields {
        let one = |name: &str| vec![name.to_owned()];
        CustomFields {
            sprint: one("cf_s"),
            epic_link: one("cf_e"),
            story_points: vec!["cf_p".to_owned(), "cf_q".to_owned()],
        }
    }

    fn told(json: &str) -> Vec<String> {
        let links = links(&Object::read(json).unwrap(), &custom(), "https://x.example");
        links.iter().map(|link| format!("{} {} {:?}", link.relation, link.to, link.url.is_some())).collect()
    }

    #[test]
    fn each_end_of_a_link_has_its_own_words() {
        let json = r#"{"parent":{"key":"A-1"},"cf_e":"A-1",
            "issuelinks":[{"type":{"name":"Blocks","inward":"is blocked by","outward":"blocks"},"outwardIssue":{"key":"B-2"}},
                {"type":{"name":"Blocks","inward":"is blocked by","outward":"blocks"},"inwardIssue":{"key":"C-3"}},
                {"type":{"name":"Cloners"},"outwardIssue":{"key":"D-4"}}, {"outwardIssue":{"key":"E-5"}},
                {"outwardIssue":{"key":"E-5"}}, {"outwardIssue":{"key":7}}, {}, 7],
            "subtasks":[{"key":"A-9"},{}], "cf_s":[{"name":"Sprint 12"},{"name":7},"x"]}"#;
        let expected = [
            "parent A-1 true",
            "epic A-1 true",
            "blocks B-2 true",
            "is blocked by C-3 true",
            "Cloners D-4 true",
            "relates to E-5 true",
            "subtask A-9 true",
            "sprint Sprint 12 false",
        ];
        assert_eq!(told(json), expected);
    }

    #[test]
    fn what_is_no_key_is_no_link() {
        for odd in ["2026-11-20", "A-", "-1", "A 1", "Ä-1", "A-1x", ""] {
            assert!(told(&format!(r#"{{"cf_e":"{odd}","parent":{{"key":"{odd}"}}}}"#)).is_empty(), "{odd}");
        }
    }

    #[test]
    fn points_are_written_as_people_write_them() {
        for (value, label) in
            [("3.0", Some("points:3")), ("2.5", Some("points:2.5")), ("\"3\"", None), ("1e400", None)]
        {
            let json = format!(r#"{{"cf_p":null,"cf_q":{value}}}"#);
            assert_eq!(points(&Object::read(&json).unwrap(), &custom()).as_deref(), label, "{value}");
        }
    }

    #[test]
    fn hours_come_from_either_place() {
        let of = |json: &str| match details(&Object::read(json).unwrap()) {
            Details::Issue { spent_seconds, total_spent_seconds, estimate_seconds, due } => {
                (spent_seconds, total_spent_seconds, estimate_seconds, due)
            }
            other => panic!("{other:?}"),
        };
        let json = r#"{"timespent":60,"aggregatetimespent":120,"timeoriginalestimate":180,"duedate":"2026-11-27",
            "timetracking":{"timeSpentSeconds":1,"originalEstimateSeconds":2}}"#;
        assert_eq!(of(json), (Some(60), Some(120), Some(180), Some("2026-11-27".to_owned())));
        let json = r#"{"timespent":null,"timetracking":{"timeSpentSeconds":1,"originalEstimateSeconds":2},"duedate":7}"#;
        assert_eq!(of(json), (Some(1), None, Some(2), None));
        assert_eq!(of(r#"{"timespent":-5,"timetracking":[]}"#), (None, None, None, None));
    }
}

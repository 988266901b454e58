//! What rows look like: the properties of decisions, of meetings and of ideas that were not taken up.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::super::id;
use super::plan::REVIEW_EVERY;
use super::{Dress, Roll};
use crate::world::PROJECTS;
use crate::world::calendar::DAY;

/// Name, id as the vendor escapes it, and kind.
pub(super) type Column = (&'static str, &'static str, &'static str);

const DECISIONS: &[Column] = &[
    ("Decision", "title", "title"),
    ("Status", "%3A%5B%60t", "status"),
    ("Owner", "%40oWn", "people"),
    ("Decided", "dU%3De", "date"),
    ("Area", "kNd1", "select"),
    ("Tags", "qDF%3A", "multi_select"),
    ("Effort", "pTs_", "number"),
    ("In force", "z%7Ce%40", "checkbox"),
    ("Jira", "jRa~", "url"),
    ("Summary", "cY%3Bt", "rich_text"),
    ("Related", "rEl%5E", "relation"),
    ("No", "uId%5D", "unique_id"),
    ("Headline", "cLc%3F", "formula"),
    ("Weight", "sUm%60", "rollup"),
    ("Files", "fL%3Es", "files"),
    ("Contact", "eM%40l", "email"),
    ("Created", "cR%3At", "created_time"),
    ("Author", "%3A%3Fvz", "created_by"),
    ("Edited", "eDt_", "last_edited_time"),
    ("Editor", "J%7BkH", "last_edited_by"),
];

const MEETINGS: &[Column] = &[
    ("Name", "title", "title"),
    ("Date", "njKC", "date"),
    ("Attendees", "qi%3Bd", "people"),
    ("Kind", "%3Fbp~", "select"),
    ("Issues", "cYhT", "rich_text"),
    ("Minutes", "%5Di%3B", "number"),
    ("Recorded", "z%7Ce%3A", "checkbox"),
    ("Before", "qP%5Cw", "relation"),
    ("No", "dkH%7B", "unique_id"),
    ("Created", "mcGO", "created_time"),
    ("Scribe", "%3A%3Fvy", "created_by"),
    ("Edited", "MCp_", "last_edited_time"),
];

const IDEAS: &[Column] = &[
    ("Idea", "title", "title"),
    ("Jira", "jRb~", "url"),
    ("Declined", "dC%3De", "date"),
    ("By", "%40dBy", "people"),
    ("Phone", "pH%4Fn", "phone_number"),
    ("Edited", "eDu_", "last_edited_time"),
];

pub(super) const STATUSES: [(&str, &str); 3] =
    [("Proposed", "gray"), ("In discussion", "blue"), ("Decided", "green")];

pub(super) fn columns(roll: Roll) -> &'static [Column] {
    match roll {
        Roll::Decisions => DECISIONS,
        Roll::Meetings => MEETINGS,
        Roll::Ideas => IDEAS,
    }
}

pub(super) fn title(roll: Roll) -> &'static str {
    match roll {
        Roll::Decisions => "Decisions",
        Roll::Meetings => "Meeting notes",
        Roll::Ideas => "Ideas not taken up",
    }
}

/// After how long the columns were changed last.
pub(super) fn changed_after(project: usize) -> i64 {
    (200 + i64::try_from(project).unwrap_or_default() * 37) * DAY
}

pub(super) fn is_review(row: usize) -> bool {
    (row + 1).is_multiple_of(REVIEW_EVERY)
}

pub(super) fn meeting(row: usize) -> &'static str {
    match row % 3 {
        _ if is_review(row) => "review",
        0 | 1 => "weekly",
        _ => "planning",
    }
}

/// `2026-11-20`.
pub(super) fn day(moment: i64) -> String {
    DateTime::from_timestamp_millis(moment).map_or_else(String::new, |moment| moment.date_naive().to_string())
}

/// An option of a select, the same id for the same name.
pub(super) fn option(name: &str, colour: &str) -> Value {
    let number = name.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    json!({"id": id::other(0, 5, number), "name": name, "color": colour})
}

/// The columns as the data source describes them.
pub(super) fn schema(dress: &Dress, project: usize, roll: Roll) -> Value {
    let mut schema = Map::new();
    for (name, id, kind) in columns(roll) {
        let mut column = json!({"id": id, "name": name, "description": null, "type": kind});
        column[*kind] = config(dress, project, roll, kind);
        schema.insert((*name).to_owned(), column);
    }
    Value::Object(schema)
}

fn config(dress: &Dress, project: usize, roll: Roll, kind: &str) -> Value {
    let described = |(name, colour): (&str, &str)| {
        let mut option = option(name, colour);
        option["description"] = Value::Null;
        option
    };
    match kind {
        "status" => {
            let options: Vec<_> = STATUSES.into_iter().map(described).collect();
            let groups: Vec<_> = [("To-do", 0), ("In progress", 1), ("Complete", 2)]
                .into_iter()
                .map(|(name, place)| {
                    let mut group = option(name, STATUSES[place].1);
                    group["option_ids"] = json!([options[place]["id"]]);
                    group
                })
                .collect();
            json!({"options": options, "groups": groups})
        }
        "select" if roll == Roll::Decisions => {
            let parts = PROJECTS[project].parts.iter().map(|part| described((part.name, "default")));
            json!({"options": parts.collect::<Vec<_>>()})
        }
        "select" => {
            let kinds = [("weekly", "blue"), ("planning", "purple"), ("review", "orange")];
            json!({"options": kinds.map(described)})
        }
        "multi_select" => json!({"options": []}),
        "number" => json!({"format": "number"}),
        "relation" => json!({
            "database_id": dress.database_id(project, roll), "data_source_id": dress.source_id(project, roll),
            "type": "single_property", "single_property": {},
        }),
        "unique_id" => json!({"prefix": prefix(roll)}),
        "formula" => json!({"expression": "prop(\"Jira\")"}),
        "rollup" => json!({
            "rollup_property_name": "Effort", "relation_property_name": "Related", "rollup_property_id": "pTs_",
            "relation_property_id": "rEl%5E", "function": "sum",
        }),
        _ => json!({}),
    }
}

pub(super) fn prefix(roll: Roll) -> &'static str {
    if roll == Roll::Meetings { "MTG" } else { "DEC" }
}

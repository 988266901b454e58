//! The properties of pages: a title alone, or those of the list in which the page is a row.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::super::ask::written;
use super::super::page::{Facts, plain, text};
use super::plan::{Entry, Told};
use super::{Dress, Roll, rich, sources};
use crate::world::calendar::MINUTE;
use crate::world::{Chance, Kind, PROJECTS};

/// Earlier meetings that a review names at most.
const MOST_BEFORE: usize = 40;

impl Dress {
    pub(super) fn properties(&self, number: u32, entry: &Entry, facts: &Facts) -> Value {
        let roll = match entry.told {
            Told::Decision { .. } => Roll::Decisions,
            Told::Idea { .. } => Roll::Ideas,
            Told::Meeting { .. } => Roll::Meetings,
            _ => {
                return json!({"title": {"id": "title", "type": "title", "title": plain(&facts.title)}});
            }
        };
        let mut properties = Map::new();
        for (name, id, kind) in sources::columns(roll) {
            let mut property = json!({"id": id, "type": kind});
            property[*kind] = match (*kind, entry.told) {
                ("title", _) => plain(&facts.title),
                ("created_time", _) => json!(written(facts.created)),
                ("last_edited_time", _) => json!(written(facts.edited)),
                ("created_by", _) => self.user(entry.by),
                ("last_edited_by", _) => self.user(entry.editor),
                (_, Told::Decision { place, row }) => self.of_decision(kind, entry, place, row),
                (_, Told::Idea { place, .. }) => self.of_idea(kind, entry, place),
                (_, Told::Meeting { row }) => self.of_meeting(kind, number, entry, row),
                _ => Value::Null,
            };
            if *kind == "relation" {
                property["has_more"] = json!(false);
            }
            properties.insert((*name).to_owned(), property);
        }
        Value::Object(properties)
    }

    fn of_decision(&self, kind: &str, entry: &Entry, place: u32, row: usize) -> Value {
        let world = &self.world;
        let (course, key) = (world.course(place), world.key(place));
        let end = course.end().map(|end| end.at);
        let status = match (end, course.work_began()) {
            (Some(_), _) => sources::STATUSES[2],
            (None, Some(_)) => sources::STATUSES[1],
            (None, None) => sources::STATUSES[0],
        };
        match kind {
            "status" => sources::option(status.0, status.1),
            "people" => course.assignee.map(|who| self.user(who)).into_iter().collect(),
            "date" => end
                .map_or(Value::Null, |at| json!({"start": sources::day(at), "end": null, "time_zone": null})),
            "select" => world.part(place).map_or(Value::Null, |part| sources::option(part, "default")),
            "multi_select" => {
                world.labels(place).iter().map(|label| sources::option(label, "gray")).collect()
            }
            "number" => json!(course.points.unwrap_or(3)),
            "checkbox" => json!(end.is_some()),
            "url" => json!(self.issue_url(place)),
            "rich_text" => self.summary(place),
            "relation" => {
                let list = self.related(entry, place);
                list.into_iter().map(|number| json!({"id": self.mint.id(number, 0)})).collect()
            }
            "unique_id" => json!({"prefix": sources::prefix(Roll::Decisions), "number": row + 1}),
            "formula" => json!({"type": "string", "string": format!("{key} · {}", status.0)}),
            "rollup" => {
                let sum = self.related(entry, place).len() * 3;
                json!({"type": "number", "number": sum, "function": "sum"})
            }
            "files" if row % 5 == 2 => json!([rich::kept(self.seed, u64::from(place), "options.pdf")]),
            "files" => json!([]),
            "email" => json!(world.person(course.reporter).email),
            _ => Value::Null,
        }
    }

    /// A moment as the clock on somebody's wall shows it, with its distance from UTC.
    fn local(&self, who: usize, moment: i64) -> Option<String> {
        let zone = self.world.zone_of(who);
        let moment = DateTime::from_timestamp_millis(moment)?.with_timezone(&zone);
        Some(moment.format("%Y-%m-%dT%H:%M:00.000%:z").to_string())
    }

    /// Why, in a line with links in it.
    fn summary(&self, place: u32) -> Value {
        let story = self.world.story_of(place);
        let because = match story.kind {
            Kind::Initiative { which, .. } => PROJECTS[story.project].initiatives.get(which),
            _ => None,
        };
        let mut items = vec![text("See ", None), text(&self.world.key(place), Some(&self.issue_url(place)))];
        if let Some(initiative) = because {
            items.push(text(": because ", None));
            items.push(rich::marked(initiative.because, "italic"));
        }
        Value::Array(items)
    }

    /// Other decisions that this one belongs to: those of the same part of the product that came before.
    fn related(&self, entry: &Entry, place: u32) -> Vec<u32> {
        let (project, part) = (entry.project, self.world.story_of(place).part);
        let other = |other: &Entry| match other.told {
            Told::Decision { place, .. } if other.project == project => Some(place),
            _ => None,
        };
        let all = (0_u32..).zip(&self.entries).filter_map(|(number, entry)| Some((number, other(entry)?)));
        let same = all.filter(|(_, other)| *other < place && self.world.story_of(*other).part == part);
        same.map(|(number, _)| number).collect()
    }

    fn of_idea(&self, kind: &str, entry: &Entry, place: u32) -> Value {
        match kind {
            "url" => json!(self.issue_url(place)),
            "date" => json!({"start": sources::day(entry.edited), "end": null, "time_zone": null}),
            "people" => json!([self.user(entry.editor)]),
            "phone_number" => json!("+46 8 555 010"),
            _ => Value::Null,
        }
    }

    fn of_meeting(&self, kind: &str, number: u32, entry: &Entry, row: usize) -> Value {
        let mut chance = Chance::of(self.seed, &[42, u64::from(number)]);
        let minutes = chance.pick(&[25, 30, 45, 50, 60]);
        match kind {
            "date" => {
                let end = entry.created + minutes * MINUTE;
                if row.is_multiple_of(3) {
                    json!({"start": sources::day(entry.created), "end": null, "time_zone": null})
                } else {
                    // Whoever wrote it down looked at their own clock.
                    let (start, end) = (self.local(entry.by, entry.created), self.local(entry.by, end));
                    json!({"start": start, "end": end, "time_zone": null})
                }
            }
            "people" => self.attendees(entry, row).into_iter().map(|who| self.user(who)).collect(),
            "select" => sources::option(sources::meeting(row), "default"),
            "rich_text" => {
                let talked = self.talked_about(entry);
                talked
                    .iter()
                    .map(|place| text(&format!("{} ", self.world.key(*place)), Some(&self.issue_url(*place))))
                    .collect()
            }
            "number" => json!(minutes),
            "checkbox" => json!(row % 6 == 1),
            "relation" => {
                let most = if sources::is_review(row) { MOST_BEFORE } else { 1 };
                let before = (number.saturating_sub(u32::try_from(row.min(most)).unwrap_or(0))..number).rev();
                before.map(|number| json!({"id": self.mint.id(number, 0)})).collect()
            }
            "unique_id" => json!({"prefix": sources::prefix(Roll::Meetings), "number": row + 1}),
            _ => Value::Null,
        }
    }
}

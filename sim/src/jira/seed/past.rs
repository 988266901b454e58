//! What happened to a piece of work, as histories that end at its present state.

use super::{Dress, id, nouns};
use crate::json::{self, Object, quoted};
use crate::world::calendar::{HOUR, MINUTE, fortnight};
use crate::world::{Course, Role};

/// A change before it is written.
struct Change {
    at: i64,
    by: usize,
    items: Vec<String>,
}

/// The two sides of a changed field: what is stored, and what people read.
struct Side<'a> {
    value: Option<&'a str>,
    text: Option<&'a str>,
}

fn item(field: &str, id: &str, before: &Side<'_>, after: &Side<'_>) -> Object {
    let json = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
    let kind = if id.starts_with("customfield") { "custom" } else { "jira" };
    Object::new()
        .text("field", field)
        .text("fieldtype", kind)
        .text("fieldId", id)
        .raw("from", &json(before.value))
        .raw("fromString", &json(before.text))
        .raw("to", &json(after.value))
        .raw("toString", &json(after.text))
}

const NOTHING: Side<'static> = Side { value: None, text: None };

impl Dress {
    /// All histories as JSON, oldest first.
    pub(crate) fn histories(&self, place: u32) -> Vec<String> {
        let course = self.world.course(place);
        let mut changes = Vec::new();
        self.assigned(place, &course, &mut changes);
        self.ranked(place, &course, &mut changes);
        self.moved(place, &course, &mut changes);
        changes.sort_by_key(|change: &Change| change.at);
        let first = id(place) * 64;
        let written = (first..).zip(changes).map(|(id, change)| {
            Object::new()
                .text("id", &id.to_string())
                .raw("author", &self.people[change.by])
                .text("created", &self.time(change.at))
                .raw("items", &json::list(change.items))
                .end()
        });
        written.collect()
    }

    fn assigned(&self, place: u32, course: &Course, changes: &mut Vec<Change>) {
        let (Some(assignee), Some(at)) = (course.assignee, course.assigned_at) else { return };
        let person = self.world.person(assignee);
        let after = Side { value: Some(&person.account_id), text: Some(person.name) };
        let item = item("assignee", "assignee", &NOTHING, &after);
        let item = item.raw("tmpFromAccountId", "null").text("tmpToAccountId", &person.account_id).end();
        // People take work, or their lead gives it to them.
        let lead = self.world.lead(usize::from(self.world.piece(place).project));
        let by = if place.is_multiple_of(3) { lead } else { assignee };
        changes.push(Change { at, by, items: vec![item] });
    }

    fn ranked(&self, place: u32, course: &Course, changes: &mut Vec<Change>) {
        if let Some((before, at)) = course.priority_before {
            let (from, to) = (before.to_string(), course.priority.to_string());
            let before = Side { value: Some(&from), text: Some(nouns::priority_name(before)) };
            let after = Side { value: Some(&to), text: Some(nouns::priority_name(course.priority)) };
            let items = vec![item("priority", "priority", &before, &after).end()];
            changes.push(Change { at, by: course.reporter, items });
        }
        let created = self.world.piece(place).created;
        if let (Some(points), Some(began)) = (course.points, course.work_began()) {
            let points = points.to_string();
            let after = Side { value: None, text: Some(&points) };
            let items = vec![item("Story point estimate", "customfield_10016", &NOTHING, &after).end()];
            changes.push(Change { at: (began - HOUR).max(created + MINUTE), by: course.reporter, items });
        }
    }

    fn moved(&self, place: u32, course: &Course, changes: &mut Vec<Change>) {
        let piece = self.world.piece(place);
        let mut stage = course.begins;
        let began = course.work_began();
        for step in &course.moves {
            let before = Side { value: Some(nouns::status_id(stage)), text: Some(nouns::status_name(stage)) };
            let after =
                Side { value: Some(nouns::status_id(step.to)), text: Some(nouns::status_name(step.to)) };
            let mut items = vec![item("status", "status", &before, &after).end()];
            if began == Some(step.at) && !matches!(piece.role, Role::Epic | Role::Request) {
                let stretch = fortnight(step.at, self.world.began());
                let (id, name) = nouns::sprint_parts(usize::from(piece.project), stretch);
                let sprint = Side { value: Some(&id), text: Some(&name) };
                items.push(item("Sprint", "customfield_10020", &NOTHING, &sprint).end());
            }
            // What is opened again loses its resolution.
            let (was, is) = (stage.is_end(), step.to.is_end());
            if let Some((id, name)) = course.outcome.map(nouns::outcome_parts).filter(|_| was != is) {
                let resolution = Side { value: Some(id), text: Some(name) };
                let sides = if is { (&NOTHING, &resolution) } else { (&resolution, &NOTHING) };
                items.push(item("resolution", "resolution", sides.0, sides.1).end());
            }
            changes.push(Change { at: step.at, by: step.by, items });
            stage = step.to;
        }
    }
}

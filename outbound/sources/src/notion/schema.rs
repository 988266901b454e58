//! Data sources: what their rows have in common, as far as reading rows needs it, and as a document of its own.

use std::collections::HashMap;

use daybook_core::model::document::StateCategory;

use super::id::Id;
use super::text::plain;
use crate::object::Object;

/// What rows of a data source need to know about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Schema {
    /// The database that it is a part of.
    pub(super) database: Option<Id>,
    /// How far along each option of its states is.
    states: HashMap<String, StateCategory>,
    /// The property with the numbers of its rows, and what stands in front of them.
    pub(super) numbers: Option<(String, String)>,
    /// Its name.
    pub(super) title: String,
}

impl Schema {
    pub(super) fn read(source: &Object<'_>) -> Self {
        let parent = source.object("parent");
        let mut schema = Self {
            database: parent.and_then(|parent| Id::read(&parent.id("database_id")?)),
            title: plain(source, "title"),
            ..Self::default()
        };
        let Some(properties) = source.object("properties") else { return schema };
        for (name, json) in properties.members() {
            let Some(property) = Object::read(json) else { continue };
            match property.text("type").as_deref() {
                Some("status") => schema.learn(&property),
                Some("unique_id") => {
                    let prefix = property.object("unique_id").and_then(|number| number.text("prefix"));
                    if let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) {
                        schema.numbers = Some((name.to_owned(), prefix.into_owned()));
                    }
                }
                _ => {}
            }
        }
        schema
    }

    /// Options stand in three groups, whose names teams do not change.
    fn learn(&mut self, property: &Object<'_>) {
        let Some(status) = property.object("status") else { return };
        let groups = status.elements("groups");
        let count = groups.len();
        for (place, group) in groups.into_iter().enumerate() {
            let Some(group) = Object::read(group.get()) else { continue };
            let name = group.text("name").unwrap_or_default();
            let Some(category) = category(&name, place, count) else { continue };
            let options = group.elements("option_ids");
            let options = options.iter().filter_map(|option| crate::object::text(option.get()));
            self.states.extend(options.map(|option| (option.into_owned(), category)));
        }
    }

    /// How far along a state is.
    pub(super) fn category(&self, option: &Object<'_>) -> Option<StateCategory> {
        self.states.get(option.id("id")?.as_ref()).copied()
    }
}

/// By the group's name; in another language by its place, if there are the usual three.
fn category(name: &str, place: usize, count: usize) -> Option<StateCategory> {
    let letters: String = name.chars().filter(|letter| letter.is_alphanumeric()).collect();
    match letters.to_ascii_lowercase().as_str() {
        "todo" => Some(StateCategory::Todo),
        "inprogress" => Some(StateCategory::InProgress),
        "complete" | "completed" | "done" => Some(StateCategory::Done),
        _ if count == 3 => {
            [StateCategory::Todo, StateCategory::InProgress, StateCategory::Done].get(place).copied()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_tell_how_far_along_a_state_is() {
        for (name, place, count, expected) in [
            ("To-do", 2, 3, Some(StateCategory::Todo)),
            ("In progress", 0, 1, Some(StateCategory::InProgress)),
            ("Complete", 0, 2, Some(StateCategory::Done)),
            ("Erledigt", 2, 3, Some(StateCategory::Done)),
            ("Erledigt", 2, 4, None),
        ] {
            assert_eq!(category(name, place, count), expected, "{name}");
        }
    }
}

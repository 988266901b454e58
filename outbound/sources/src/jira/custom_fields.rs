//! The fields that a site made for itself: their ids differ from site to site, what made them is the same everywhere.

use std::sync::atomic::Ordering::Relaxed;

use daybook_core::ports::source::SourceError;
use serde_json::value::RawValue;

use super::site::{FIELDS, Site, path_of};
use super::{KIND, refusal};
use crate::http::{Failed, Tally};
use crate::object::Object;

const SPRINT: &str = "com.pyxis.greenhopper.jira:gh-sprint";
const EPIC_LINK: &str = "com.pyxis.greenhopper.jira:gh-epic-link";
const STORY_POINTS: &str = "com.pyxis.greenhopper.jira:jsw-story-points";
/// Older projects have their points in a plain number, made by the same product under this name.
const NUMBER: &str = "com.atlassian.jira.plugin.system.customfieldtypes:float";
const STORY_POINTS_NAME: &str = "story points";

/// Ids of the fields that Daybook knows by what made them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomFields {
    pub(super) sprint: Vec<String>,
    pub(super) epic_link: Vec<String>,
    pub(super) story_points: Vec<String>,
}

impl CustomFields {
    /// Reads the list of a site's fields; `None`: it is no list.
    pub fn read(json: &str) -> Option<Self> {
        let list: Vec<&RawValue> = serde_json::from_str(json).ok()?;
        let mut fields = Self::default();
        for field in list.into_iter().filter_map(|field| Object::read(field.get())) {
            let made_by = field.object("schema").and_then(|schema| schema.text("custom").map(String::from));
            let (Some(id), Some(made_by)) = (field.id("id"), made_by) else { continue };
            let is_points = |name: &str| name.trim().eq_ignore_ascii_case(STORY_POINTS_NAME);
            match made_by.as_str() {
                SPRINT => fields.sprint.push(id.into_owned()),
                EPIC_LINK => fields.epic_link.push(id.into_owned()),
                // The product's own field counts first.
                STORY_POINTS => fields.story_points.insert(0, id.into_owned()),
                NUMBER if field.text("name").is_some_and(|name| is_points(&name)) => {
                    fields.story_points.push(id.into_owned());
                }
                _ => {}
            }
        }
        Some(fields)
    }

    /// Asks the site. One that does not show its fields has none that Daybook knows.
    pub(super) async fn ask(site: &Site, tally: &mut Tally) -> Result<Self, SourceError> {
        let answer = site.get(FIELDS, path_of(FIELDS), tally).await;
        let is_hidden = matches!(&answer, Err(Failed::Rejected(no)) if refusal::refuses_a_part(no));
        site.hides_fields.store(is_hidden, Relaxed);
        match answer {
            Ok(json) => Self::read(&json).ok_or_else(|| SourceError::Broken {
                source_kind: KIND,
                doing: FIELDS,
                said: "the answer is no list".to_owned(),
            }),
            Err(_) if is_hidden => Ok(Self::default()),
            Err(failed) => Err(refusal::error(FIELDS, failed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_known_by_what_made_them_and_not_by_their_names() {
        let list = r#"[{"id":"summary","schema":{"type":"string","system":"summary"}},
            {"id":"customfield_1","name":"Sprint","schema":{"custom":"com.example:sprint"}},
            {"id":"customfield_2","name":"Etappe","schema":{"custom":"com.pyxis.greenhopper.jira:gh-sprint"}},
            {"id":"customfield_3","name":"Story Points","schema":{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:float"}},
            {"id":"customfield_4","name":"Height","schema":{"custom":"com.atlassian.jira.plugin.system.customfieldtypes:float"}},
            {"id":"customfield_5","name":"Punkte","schema":{"custom":"com.pyxis.greenhopper.jira:jsw-story-points"}},
            {"id":"customfield_6","schema":{"custom":"com.pyxis.greenhopper.jira:gh-epic-link"}}, 7, {}]"#;
        let fields = CustomFields::read(list).unwrap();
        assert_eq!(fields.sprint, ["customfield_2"]);
        assert_eq!(fields.epic_link, ["customfield_6"]);
        assert_eq!(fields.story_points, ["customfield_5", "customfield_3"]);
        assert_eq!(CustomFields::read("{}"), None);
    }
}

//! What a `Notion-Version` changes. Everything is held as the newest version shows it; older ones are dressed from it.

use serde_json::{Map, Value, json};

/// The versions that answer, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Version {
    /// 2022-06-28 and older: databases have no data sources.
    Databases,
    /// 2025-09-03.
    DataSources,
    /// 2026-03-11: `archived` is gone, and a transcription is called `meeting_notes`.
    Newest,
}

impl Version {
    pub(super) fn called(text: &str) -> Option<Self> {
        match text {
            "2021-05-13" | "2021-08-16" | "2022-02-22" | "2022-06-28" => Some(Self::Databases),
            "2025-09-03" => Some(Self::DataSources),
            "2026-03-11" => Some(Self::Newest),
            _ => None,
        }
    }

    /// The object as this version shows it.
    pub(super) fn dressed(self, mut object: Value) -> Value {
        if self == Self::Newest {
            return object;
        }
        let Some(members) = object.as_object_mut() else { return object };
        if let Some(trash) = members.get("in_trash").cloned() {
            members.entry("archived").or_insert(trash);
        }
        if members.get("type").and_then(Value::as_str) == Some("meeting_notes") {
            if let Some(notes) = members.remove("meeting_notes") {
                members.insert("transcription".to_owned(), notes);
            }
            members.insert("type".to_owned(), json!("transcription"));
        }
        if self == Self::Databases {
            without_sources(members);
        }
        object
    }
}

/// The parent of a row is a database where there are no data sources.
fn without_sources(members: &mut Map<String, Value>) {
    members.remove("is_archived");
    if let Some(database) = members
        .get("parent")
        .filter(|parent| parent["type"] == "data_source_id")
        .map(|parent| parent["database_id"].clone())
    {
        members.insert("parent".to_owned(), json!({"type": "database_id", "database_id": database}));
    }
}

/// A data source as the database that it was before 2025-09-03.
pub(super) fn as_database(mut source: Value) -> Value {
    if let Some(members) = source.as_object_mut() {
        members.insert("object".to_owned(), json!("database"));
        let id = members.get("parent").map(|parent| parent["database_id"].clone()).unwrap_or_default();
        members.insert("id".to_owned(), id);
        if let Some(parent) = members.remove("database_parent") {
            members.insert("parent".to_owned(), parent);
        }
        if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut) {
            for property in properties.values_mut() {
                if let Some(relation) = property.get_mut("relation").and_then(Value::as_object_mut) {
                    relation.remove("data_source_id");
                }
            }
        }
    }
    source
}

//! Faults inside an answer: the world moves while it is paged, or a record of the page is not as it should be.

use super::ask::Ask;
use crate::faults::{BrokenShape, FaultKind};
use crate::json::{Members, Object};

/// Deletes and edits issues before the answer, where a fault says so.
pub(crate) fn world(ask: &Ask<'_>) {
    for fault in &ask.faults {
        let (issues, deletes) = match fault {
            FaultKind::DeleteWhilePaging { issues } => (*issues, true),
            FaultKind::EditWhilePaging { issues } => (*issues, false),
            _ => continue,
        };
        ask.jira.site_to_change().disturb(issues, deletes, ask.now);
    }
}

/// Spoils the record at the end of the page that begins at `start`, where a fault says so.
pub(crate) fn record(faults: &[FaultKind], place: usize, start: usize, page: &mut Vec<u8>) {
    for fault in faults {
        let spoiled = match (fault, text(page, start)) {
            (FaultKind::DropField { name }, Some(record)) => without(record, name),
            (FaultKind::BrokenRecord { place: hit, shape }, Some(record)) if *hit == place => {
                broken(record, *shape)
            }
            _ => continue,
        };
        if let Some(spoiled) = spoiled {
            page.truncate(start);
            page.extend_from_slice(spoiled.as_bytes());
        }
    }
}

fn text(page: &[u8], start: usize) -> Option<&str> {
    std::str::from_utf8(page.get(start..)?).ok()
}

/// The record with other members; `change` gives the JSON of one, or leaves it out.
fn rewritten(record: &str, change: impl Fn(&str, &str) -> Option<String>) -> Option<String> {
    let members = Members::read(record).ok()?;
    let whole = members.iter().fold(Object::new(), |whole, (name, value)| match change(name, value) {
        Some(value) => whole.raw(name, &value),
        None => whole,
    });
    Some(whole.end())
}

fn without(record: &str, field: &str) -> Option<String> {
    rewritten(record, |name, value| match name {
        "fields" => rewritten(value, |name, value| (name != field).then(|| value.to_owned())),
        _ => Some(value.to_owned()),
    })
}

fn broken(record: &str, shape: BrokenShape) -> Option<String> {
    match shape {
        BrokenShape::FieldsNull => rewritten(record, |name, value| {
            Some(if name == "fields" { "null".to_owned() } else { value.to_owned() })
        }),
        BrokenShape::UpdatedMissing => without(record, "updated"),
        BrokenShape::IdMissing => rewritten(record, |name, value| (name != "id").then(|| value.to_owned())),
        BrokenShape::WrongTypes => rewritten(record, |name, value| match name {
            "fields" => rewritten(value, |name, value| {
                Some(match name {
                    "summary" => "{\"text\":7}".to_owned(),
                    "project" | "updated" => "[]".to_owned(),
                    "description" => "true".to_owned(),
                    _ => value.to_owned(),
                })
            }),
            _ => Some(value.to_owned()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_record_at_its_place_is_spoiled() {
        let faults = [FaultKind::BrokenRecord { place: 1, shape: BrokenShape::FieldsNull }];
        let mut page = b"[".to_vec();
        for place in 0..2 {
            let start = page.len();
            page.extend_from_slice(br#"{"id":"1","fields":{"updated":"x"}}"#);
            record(&faults, place, start, &mut page);
        }
        let page = String::from_utf8(page).unwrap();
        assert_eq!(page, r#"[{"id":"1","fields":{"updated":"x"}}{"id":"1","fields":null}"#);
    }

    #[test]
    fn a_field_can_be_dropped() {
        let record = r#"{"id":"1","fields":{"updated":"x","summary":"y"}}"#;
        assert_eq!(without(record, "updated").unwrap(), r#"{"id":"1","fields":{"summary":"y"}}"#);
    }
}

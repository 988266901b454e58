//! Faults inside an answer, and faults that only this vendor has.

use super::ask::Ask;
use crate::faults::{BrokenShape, FaultKind};
use crate::json::{Members, Object};

/// `metadata.next` names the vendor's public host, whatever host was asked.
pub(super) const FOREIGN_NEXT: &str = "foreign_next";
/// Five requests a second are let through, and no more.
pub(super) const TRUE_LIMITER: &str = "true_limiter";
/// The host of another region: it knows the token as little as a wrong one.
pub(super) const WRONG_REGION: &str = "wrong_region";
/// A filter by project is not obeyed: all projects come.
pub(super) const DEAF_TO_PROJECTS: &str = "deaf_to_projects";

pub(super) const QUIRKS: [&str; 4] = [FOREIGN_NEXT, TRUE_LIMITER, WRONG_REGION, DEAF_TO_PROJECTS];

/// Deletes and edits worklogs before the answer, where a fault says so.
pub(super) fn world(ask: &Ask<'_>) {
    for fault in &ask.faults {
        let (worklogs, deletes) = match fault {
            FaultKind::DeleteWhilePaging { issues } => (*issues, true),
            FaultKind::EditWhilePaging { issues } => (*issues, false),
            _ => continue,
        };
        ask.tempo.book_to_change().disturb(worklogs, deletes, ask.now);
    }
}

/// How many rows the page says that it has.
pub(super) fn count(faults: &[FaultKind], count: usize) -> i64 {
    let off = faults.iter().map(|fault| match fault {
        FaultKind::ApproximateCount { delta } => *delta,
        _ => 0,
    });
    i64::try_from(count).unwrap_or(i64::MAX).saturating_add(off.sum()).max(0)
}

/// The record at this place of a page, spoiled where a fault says so.
pub(super) fn record(faults: &[FaultKind], place: usize, record: String) -> String {
    faults.iter().fold(record, |record, fault| {
        let spoiled = match fault {
            FaultKind::DropField { name } => {
                rewritten(&record, |member, value| (member != name).then_some(value))
            }
            FaultKind::BrokenRecord { place: hit, shape } if *hit == place => broken(&record, *shape),
            _ => None,
        };
        spoiled.unwrap_or(record)
    })
}

fn broken(record: &str, shape: BrokenShape) -> Option<String> {
    rewritten(record, |member, value| match (shape, member) {
        (BrokenShape::FieldsNull, "issue" | "author") => Some("null"),
        (BrokenShape::UpdatedMissing, "updatedAt") | (BrokenShape::IdMissing, "tempoWorklogId" | "id") => {
            None
        }
        (BrokenShape::WrongTypes, "timeSpentSeconds") => Some("\"1h\""),
        (BrokenShape::WrongTypes, "startDate") => Some("[]"),
        (BrokenShape::WrongTypes, "issue") => Some("\"HARB-1\""),
        _ => Some(value),
    })
}

/// The record with other members; `change` gives the JSON of one, or leaves it out.
fn rewritten<'a>(record: &'a str, change: impl Fn(&str, &'a str) -> Option<&'a str>) -> Option<String> {
    let members = Members::read(record).ok()?;
    let whole = members.iter().fold(Object::new(), |whole, (name, value)| match change(name, value) {
        Some(value) => whole.raw(name, value),
        None => whole,
    });
    Some(whole.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_record_at_its_place_is_spoiled() {
        let faults = [FaultKind::BrokenRecord { place: 1, shape: BrokenShape::FieldsNull }];
        let whole = r#"{"tempoWorklogId":1,"issue":{"id":2}}"#;
        assert_eq!(record(&faults, 0, whole.to_owned()), whole);
        assert_eq!(record(&faults, 1, whole.to_owned()), r#"{"tempoWorklogId":1,"issue":null}"#);
    }
}

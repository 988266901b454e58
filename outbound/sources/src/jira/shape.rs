//! What every issue has. A page in which most issues lack one of these fields comes from a site that answers differently
//! than it did, and is no page of issues any more.

use std::time::SystemTime;

use chrono::{DateTime, Utc};
use daybook_core::ports::source::SourceError;

use super::KIND;
use crate::object::Object;
use crate::time;

/// A field's name, and whether a value is what it should be.
type Expected = (&'static str, fn(&str) -> bool);

/// Fields that every issue has when all are asked for.
const EXPECTED: [Expected; 6] = [
    ("summary", is_text),
    ("status", is_object),
    ("issuetype", is_object),
    ("project", is_object),
    ("created", is_moment),
    ("updated", is_moment),
];
/// Smaller pages say nothing about a site.
const ENOUGH: usize = 20;

/// Which of the expected fields an issue lacks, a bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lacks(u8);

impl Lacks {
    /// Of an issue's fields; of an issue without any.
    pub(super) fn of(fields: Option<&Object<'_>>) -> Self {
        let lacks =
            |(name, is_right): &Expected| !fields.and_then(|fields| fields.json(name)).is_some_and(is_right);
        let bits = EXPECTED.iter().enumerate().filter(|(_, field)| lacks(field));
        Self(bits.fold(0, |bits, (place, _)| bits | 1 << place))
    }
}

/// Refuses a page most of whose issues lack the same field.
pub(super) fn check(doing: &'static str, issues: &[Lacks]) -> Result<(), SourceError> {
    if issues.len() < ENOUGH {
        return Ok(());
    }
    for (place, (name, _)) in EXPECTED.iter().enumerate() {
        let lacking = issues.iter().filter(|lacks| lacks.0 & 1 << place != 0).count();
        if lacking * 2 > issues.len() {
            let said = differently(&format!(
                "`{name}` is missing or of another type in {lacking} of {} records",
                issues.len()
            ));
            return Err(SourceError::Broken { source_kind: KIND, doing, said });
        }
    }
    Ok(())
}

/// The words for a site whose answers have changed, and since when.
pub(super) fn differently(what: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "words for people; nothing is decided by this clock")]
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let since: Option<DateTime<Utc>> =
        i64::try_from(since.as_secs()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let since =
        since.map_or_else(String::new, |since| since.format(" since %Y-%m-%d %H:%M:%S UTC").to_string());
    format!("it answers differently{since}: {what}")
}

fn is_text(json: &str) -> bool {
    json.starts_with('"')
}

fn is_object(json: &str) -> bool {
    json.starts_with('{')
}

fn is_moment(json: &str) -> bool {
    time::moment(json).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacks(json: &str) -> Lacks {
        Lacks::of(Object::read(json).as_ref())
    }

    #[test]
    fn a_field_is_lacking_if_it_is_absent_null_or_of_another_type() {
        let whole = r#"{"summary":"a","status":{},"issuetype":{},"project":{},"created":"2026-11-20T09:15:32.123+0100","updated":1795162532123}"#;
        assert_eq!(lacks(whole), Lacks(0));
        assert_eq!(lacks(&whole.replace("\"status\":{}", "\"status\":\"Done\"")), Lacks(2));
        assert_eq!(lacks(&whole.replace("\"a\"", "null")), Lacks(1));
        assert_eq!(Lacks::of(None), Lacks(63));
    }

    #[test]
    fn most_of_a_page_may_not_lack_a_field_and_half_of_it_may() {
        let page = |lacking: usize, all: usize| {
            let lacks = |place| if place < lacking { Lacks(8) } else { Lacks(0) };
            check("read", &(0..all).map(lacks).collect::<Vec<_>>())
        };
        assert!(page(19, 19).is_ok() && page(10, 20).is_ok());
        let said = page(11, 20).unwrap_err().to_string();
        assert!(said.contains("it answers differently since 2"), "{said}");
        assert!(said.contains("`project` is missing or of another type in 11 of 20 records"), "{said}");
    }
}

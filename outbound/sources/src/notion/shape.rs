//! What every object of a kind has: when most of a page lacks it, the vendor answers differently, and nothing may be
//! concluded from what it says.

use std::time::SystemTime;

use chrono::DateTime;
use daybook_core::ports::source::SourceError;

use super::KIND;
use super::id::Id;
use super::record;
use crate::object::Object;

/// Fewer objects say nothing about all of them.
const ENOUGH: usize = 20;

/// How a member is told from one that is missing.
type Test = fn(&Object<'_>, &str) -> bool;

fn id(object: &Object<'_>, name: &str) -> bool {
    object.id(name).is_some_and(|id| Id::read(&id).is_some())
}

fn moment(object: &Object<'_>, name: &str) -> bool {
    record::moment(object, name).is_some()
}

fn words(object: &Object<'_>, name: &str) -> bool {
    object.text(name).is_some()
}

fn members(object: &Object<'_>, name: &str) -> bool {
    object.object(name).is_some()
}

fn switch(object: &Object<'_>, name: &str) -> bool {
    matches!(object.json(name), Some("true" | "false"))
}

/// Of each page and each data source.
pub(super) const RECORD: [(&str, Test); 5] =
    [("id", id), ("last_edited_time", moment), ("parent", members), ("properties", members), ("url", words)];
/// Of each block.
pub(super) const BLOCK: [(&str, Test); 3] = [("id", id), ("type", words), ("has_children", switch)];
/// Of each comment.
pub(super) const COMMENT: [(&str, Test); 3] = [("id", id), ("created_time", moment), ("parent", members)];

/// Whether nothing but its id is told of a page, as of those that the connection may not read.
pub(super) fn is_partial(object: &Object<'_>) -> bool {
    RECORD[1..].iter().all(|(name, _)| object.json(name).is_none())
}

/// Refuses a page of a list if most of it lacks what every object has.
pub(super) fn check<'a>(
    doing: &'static str,
    what: &str,
    fields: &[(&str, Test)],
    results: impl Iterator<Item = &'a str>,
) -> Result<(), SourceError> {
    let mut missing = vec![0_usize; fields.len()];
    let mut all = 0;
    for object in results.filter_map(Object::read) {
        if is_partial(&object) && fields.len() == RECORD.len() {
            continue;
        }
        all += 1;
        for ((name, test), missing) in fields.iter().zip(&mut missing) {
            *missing += usize::from(!test(&object, name));
        }
    }
    let worst = fields.iter().zip(missing).max_by_key(|(_, missing)| *missing);
    let Some(((name, _), missing)) = worst.filter(|(_, missing)| all >= ENOUGH && missing * 2 > all) else {
        return Ok(());
    };
    Err(SourceError::Broken {
        source_kind: KIND,
        doing,
        said: format!(
            "it answers differently{}: `{name}` is missing or of another type in {missing} of {all} {what}",
            since()
        ),
    })
}

/// Since when: the first page like this ends a run.
fn since() -> String {
    #[expect(clippy::disallowed_methods, reason = "words for people; nothing is decided by this clock")]
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let since = i64::try_from(since.as_secs()).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    since.map_or_else(String::new, |since| since.format(" since %Y-%m-%d %H:%M:%S UTC").to_string())
}

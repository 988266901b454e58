//! What happened to an issue: the made-up company's past, and the edits since.

use super::issue::Issue;
use crate::json::{self, Members, Object};

/// All histories as JSON, oldest first.
pub(crate) fn of(issue: &Issue) -> Vec<String> {
    let past = issue.past.as_ref().map(|born| born.dress.histories(born.place)).unwrap_or_default();
    past.into_iter().chain(issue.edits.iter().cloned()).collect()
}

/// A history with only the changes of these fields; `None` if none is left. No fields means all of them.
pub(crate) fn about(history: &str, fields: &[String]) -> Option<String> {
    if fields.is_empty() {
        return Some(history.to_owned());
    }
    let members = Members::read(history).ok()?;
    let items: Vec<_> = members
        .list("items")?
        .into_iter()
        .filter(|item| {
            let field = Members::read(item).ok().and_then(|item| item.text("fieldId"));
            field.is_some_and(|field| fields.contains(&field))
        })
        .collect();
    let whole = members.iter().fold(Object::new(), |whole, (name, value)| match name {
        "items" => whole.raw(name, &json::list(&items)),
        _ => whole.raw(name, value),
    });
    (!items.is_empty()).then(|| whole.end())
}

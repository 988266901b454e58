//! People as Jira names them.

use std::collections::BTreeSet;

use daybook_core::model::document::{Part, Person};

use crate::object::Object;

/// Adds whoever a field names, if it names somebody.
pub(super) fn add(people: &mut BTreeSet<Person>, part: Part, user: Option<&Object<'_>>) {
    let Some(user) = user else { return };
    let (id, name) = (user.id("accountId"), name(user));
    // A deleted account has lost one of the two at times.
    let (Some(account_id), Some(name)) =
        (id.as_deref().or(name.as_deref()), name.as_deref().or(id.as_deref()))
    else {
        return;
    };
    people.insert(Person { part, account_id: account_id.to_owned(), name: name.to_owned() });
}

/// The name that people read.
pub(super) fn name(user: &Object<'_>) -> Option<String> {
    user.text("displayName").filter(|name| !name.trim().is_empty()).map(std::borrow::Cow::into_owned)
}

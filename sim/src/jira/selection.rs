//! Which fields of an issue are sent, and the issue with just these: whole issues are copied, never parsed.

use std::collections::BTreeSet;

use super::caller::Caller;
use super::issue::{Issue, parts};
use crate::json::{self, Members, Object};

/// Fields that lists of issues do not show.
const NOT_NAVIGABLE: [&str; 5] = ["comment", "attachment", "worklog", "timetracking", "issuerestriction"];

/// Which fields are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// The id and nothing else.
    Id,
    /// Id, key and address, but no fields.
    Key,
    Fields {
        base: Base,
        added: BTreeSet<String>,
        without: BTreeSet<String>,
    },
}

/// The fields that a selection starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Nothing,
    Navigable,
    All,
}

impl Selection {
    /// Every field.
    pub(crate) fn all() -> Self {
        Self::Fields { base: Base::All, added: BTreeSet::new(), without: BTreeSet::new() }
    }

    /// Reads `["*all","-comment"]` or `summary,updated`; `None` if nothing is named.
    pub(crate) fn read(names: &[String]) -> Option<Self> {
        let mut base = None;
        let (mut added, mut without) = (BTreeSet::new(), BTreeSet::new());
        for name in
            names.iter().flat_map(|names| names.split(',')).map(str::trim).filter(|name| !name.is_empty())
        {
            match name.strip_prefix('-') {
                Some(name) => _ = without.insert(name.to_owned()),
                None if name == "*all" => base = Some(Base::All),
                None if name == "*navigable" => base = base.or(Some(Base::Navigable)),
                None => _ = added.insert(name.to_owned()),
            }
        }
        let only_names = base.is_none() && without.is_empty();
        match (added.contains("key"), added.contains("id"), added.len()) {
            (_, _, 0) if only_names => return None,
            (false, true, 1) if only_names => return Some(Self::Id),
            (true, false, 1) | (true, true, 2) if only_names => return Some(Self::Key),
            _ => {}
        }
        let base = base.unwrap_or(if added.is_empty() { Base::All } else { Base::Nothing });
        Some(Self::Fields { base, added, without })
    }

    /// The most rows of a search page with these fields.
    pub(crate) fn largest_page(&self) -> usize {
        match self {
            Self::Id | Self::Key => 5_000,
            Self::Fields { .. } => 100,
        }
    }

    /// Fields that are named one by one, none of them with many values; `None` for anything wider.
    pub(crate) fn few(&self) -> Option<usize> {
        match self {
            Self::Id | Self::Key => Some(1),
            Self::Fields { base: Base::Nothing, added, .. } => {
                let many = ["comment", "worklog", "attachment"].iter().any(|field| added.contains(*field));
                (!many).then_some(added.len())
            }
            Self::Fields { .. } => None,
        }
    }

    fn takes(&self, field: &str) -> bool {
        match self {
            Self::Id | Self::Key => false,
            Self::Fields { base, added, without } => {
                let based = match base {
                    Base::Nothing => false,
                    Base::Navigable => !NOT_NAVIGABLE.contains(&field),
                    Base::All => true,
                };
                (based || added.contains(field)) && !without.contains(field)
            }
        }
    }

    /// Appends the issue as this caller gets it.
    pub(crate) fn write(&self, page: &mut Vec<u8>, issue: &Issue, caller: &Caller) {
        let censored = caller.limited && issue.guarded;
        match self {
            Self::Id => {
                page.extend_from_slice(Object::new().text("id", &issue.id.to_string()).end().as_bytes());
            }
            Self::Fields { base: Base::All, without, .. } if without.is_empty() && !censored => {
                page.extend_from_slice(issue.json().as_bytes());
            }
            _ => {
                let json = issue.json();
                let (members, fields) = parts(&json);
                let mut whole = Object::new();
                for name in ["expand", "id", "self", "key"] {
                    whole = whole.raw(name, members.get(name).unwrap_or("null"));
                }
                if *self != Self::Key {
                    whole = whole.raw("fields", &self.fields(&fields, censored));
                }
                page.extend_from_slice(whole.end().as_bytes());
            }
        }
    }

    fn fields(&self, fields: &Members<'_>, censored: bool) -> String {
        let mut chosen = Object::new();
        for (name, value) in fields.iter().filter(|(name, _)| self.takes(name)) {
            chosen = match fields.object(name) {
                Some(comment) if censored && name == "comment" => chosen.raw(name, &for_everybody(&comment)),
                _ => chosen.raw(name, value),
            };
        }
        chosen.end()
    }
}

/// The embedded comments without those that are not for everybody; the vendor still counts them.
fn for_everybody(comment: &Members<'_>) -> String {
    let open: Vec<_> =
        comment.list("comments").unwrap_or_default().into_iter().filter(|one| is_open(one)).collect();
    comment
        .iter()
        .fold(Object::new(), |whole, (name, value)| match name {
            "comments" => whole.raw(name, &json::list(&open)),
            _ => whole.raw(name, value),
        })
        .end()
}

/// Whether a comment is for everybody who sees the issue: for no role alone, and no internal note of the desk.
pub(crate) fn is_open(comment: &str) -> bool {
    Members::read(comment)
        .is_ok_and(|members| members.get("visibility").is_none() && members.get("jsdPublic") != Some("false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> Option<Selection> {
        Selection::read(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn id_and_key_alone_allow_large_pages() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["id"]).unwrap().largest_page(), 5_000);
        assert_eq!(read(&["key"]).unwrap().largest_page(), 5_000);
        assert_eq!(read(&["id,key"]).unwrap().largest_page(), 5_000);
        assert_eq!(read(&["id", "updated"]).unwrap().largest_page(), 100);
        assert_eq!(read(&["*all"]), Some(Selection::all()));
    }

    #[test]
    fn fields_can_be_added_and_taken_away() {
        let all_but = read(&["*all", "-comment"]).unwrap();
        assert!(all_but.takes("summary") && !all_but.takes("comment"));
        let navigable = read(&["*navigable", "comment", "-status"]).unwrap();
        assert!(navigable.takes("comment") && navigable.takes("summary") && !navigable.takes("status"));
        assert!(!navigable.takes("attachment"));
        let only = read(&["summary", "status"]).unwrap();
        assert!(only.takes("status") && !only.takes("labels"));
        assert!(read(&["-comment"]).unwrap().takes("summary"));
    }
}

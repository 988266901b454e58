//! Who may see a document, and who asks. Both are part of every query, before ranking, counting or suggesting.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Who may see a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every member of the workspace.
    Members,
    /// Only those who hold one of these tokens (`group:...`, `person:...`).
    Only(BTreeSet<String>),
    /// The source restricts it and we could not find out to whom: admins only.
    Unknown,
}

/// The token that stands for every member.
pub const MEMBERS: &str = "members";

impl Audience {
    /// The tokens of which a viewer must hold one; empty: admins only.
    pub fn tokens(&self) -> Vec<&str> {
        match self {
            Self::Members => vec![MEMBERS],
            Self::Only(tokens) => tokens.iter().map(String::as_str).collect(),
            Self::Unknown => Vec::new(),
        }
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    admin: bool,
    tokens: BTreeSet<String>,
}

impl Viewer {
    /// A member of the workspace without further groups.
    pub fn member() -> Self {
        Self { admin: false, tokens: BTreeSet::from([MEMBERS.to_owned()]) }
    }

    /// Somebody who may see everything that Daybook holds.
    pub fn admin() -> Self {
        Self { admin: true, tokens: BTreeSet::new() }
    }

    /// Whether nothing is hidden from this viewer.
    pub fn is_admin(&self) -> bool {
        self.admin
    }

    /// The tokens this viewer holds.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    /// Whether this viewer may see a document of that audience.
    pub fn may_see(&self, audience: &Audience) -> bool {
        self.admin || audience.tokens().iter().any(|token| self.tokens.contains(*token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_audience_is_for_admins_only() {
        assert!(!Viewer::member().may_see(&Audience::Unknown));
        assert!(Viewer::admin().may_see(&Audience::Unknown));
    }

    #[test]
    fn a_listed_audience_needs_one_of_its_tokens() {
        let listed = Audience::Only(BTreeSet::from(["group:board".to_owned()]));
        assert!(!Viewer::member().may_see(&listed));
        assert!(Viewer::member().may_see(&Audience::Members));
    }
}

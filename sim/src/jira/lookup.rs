//! What other vendors want to know of Jira's issues: they name them by ids alone.

use std::sync::RwLockReadGuard;

use chrono::{DateTime, Utc};

use super::{Jira, seed};
use crate::jira::site::Site;

/// A look at the issues as they are now.
#[derive(Debug)]
pub(crate) struct Lookup<'a> {
    site: RwLockReadGuard<'a, Site>,
}

/// The id of a piece of work of the made-up company.
pub(crate) fn issue_id(place: u32) -> u64 {
    seed::id(place)
}

/// The id of one of its projects.
pub(crate) fn project_id(place: usize) -> u64 {
    u64::try_from(seed::nouns::project_id(place)).unwrap_or_default()
}

impl Jira {
    /// Issues, for those that point to them.
    pub(crate) fn look(&self) -> Lookup<'_> {
        Lookup { site: self.site() }
    }
}

impl Lookup<'_> {
    pub(crate) fn has_issue(&self, id: u64) -> bool {
        self.site.issue_by_id(id).is_some()
    }

    /// The id of an issue by its id or a key that it has or had.
    pub(crate) fn issue_called(&self, id_or_key: &str) -> Option<u64> {
        self.site.any_issue(id_or_key.trim()).map(|issue| issue.id)
    }

    /// The key of the project in which an issue is now.
    pub(crate) fn project_key(&self, issue: u64) -> Option<&str> {
        self.site.issue_by_id(issue).map(|issue| issue.project.as_str())
    }

    /// The id of the project in which an issue is now.
    pub(crate) fn project_of(&self, issue: u64) -> Option<u64> {
        self.site.project(self.project_key(issue)?)?.id.parse().ok()
    }

    pub(crate) fn has_project(&self, id: u64) -> bool {
        self.site
            .project_keys()
            .filter_map(|key| self.site.project(key))
            .any(|project| project.id == id.to_string())
    }

    /// Issues that were deleted after so many others, and when.
    pub(crate) fn removed_since(&self, heard: usize) -> Vec<(u64, DateTime<Utc>)> {
        self.site.removed.get(heard..).unwrap_or_default().to_vec()
    }
}

//! The four systems whose history Daybook keeps, and how fresh what we hold of each is.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A system that a team's work is scattered over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Jira Cloud: issues and their comments.
    Jira,
    /// Notion: pages and data sources.
    Notion,
    /// Tempo: worklogs.
    Tempo,
    /// Fireflies: meetings.
    Fireflies,
}

impl SourceKind {
    /// All sources, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Jira, Self::Notion, Self::Tempo, Self::Fireflies];

    /// The word for this source in URLs, columns, logs and commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Jira => "jira",
            Self::Notion => "notion",
            Self::Tempo => "tempo",
            Self::Fireflies => "fireflies",
        }
    }

    /// The days that a backfill reaches back when nobody says.
    pub fn default_days(self) -> i64 {
        if self == Self::Jira { 2555 } else { 365 }
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names none of the sources.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a source; the sources are jira, notion, tempo and fireflies")]
pub struct UnknownSource(pub String);

impl FromStr for SourceKind {
    type Err = UnknownSource;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.word() == word).ok_or_else(|| UnknownSource(word.to_owned()))
    }
}

/// How fresh what Daybook holds of one source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// Which source.
    pub source: SourceKind,
    /// Documents held that the viewer may see, tombstones left out.
    pub held: u64,
    /// Records that could not be read and are kept aside with their reason.
    pub quarantined: u64,
    /// Everything up to this moment had been read when the last run ended well. `None`: never confirmed.
    pub confirmed_until: Option<DateTime<Utc>>,
    /// When the last run that ended well ended.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Why the newest run failed, if it did.
    pub last_error: Option<String>,
}

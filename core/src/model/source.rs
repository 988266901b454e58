//! The four systems whose history Daybook keeps, and how fresh what we hold of each is.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::audience::Viewer;

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

    /// The column of documents by which this source's history is read and compared: when it happened, or else when it
    /// changed.
    pub fn is_read_by_occurrence(self) -> bool {
        matches!(self, Self::Tempo | Self::Fireflies)
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

/// A stretch of a source's history of which every change was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// From this moment on.
    pub from: DateTime<Utc>,
    /// Up to this one.
    pub until: DateTime<Utc>,
}

impl Confirmed {
    /// What is known after another stretch was read: both, if they meet; else the later one, because what lies between
    /// two that do not meet was never read.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let meets = self.from <= other.until && other.from <= self.until;
        match (meets, other.until > self.until) {
            (true, _) => Self { from: self.from.min(other.from), until: self.until.max(other.until) },
            (false, true) => other,
            (false, false) => self,
        }
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
    /// The stretch whose changes had all been read when the last run ended well. `None`: never confirmed.
    pub confirmed: Option<Confirmed>,
    /// When the last run that ended well ended.
    pub last_success_at: Option<DateTime<Utc>>,
    /// Why the newest run failed, if it did.
    pub last_error: Option<String>,
    /// Things that Daybook knows it does not hold: blocks of unknown types, comments beyond a bound.
    pub gaps: u64,
    /// Records that their source has not finished, and that are asked for again.
    pub open: u64,
    /// What the credential is not shown, in words.
    pub unseen: Vec<String>,
    /// The newest comparison with the source's own list.
    pub census: Option<CensusSummary>,
    /// What is being done right now, in words.
    pub running: Option<String>,
    /// When it is next read on its own. `None`: it is not.
    pub next_sync_at: Option<DateTime<Utc>>,
    /// When it is next compared on its own.
    pub next_census_at: Option<DateTime<Utc>>,
}

/// The newest comparison with a source's own list, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CensusSummary {
    /// Records that the source listed.
    pub source: u64,
    /// Records held then.
    pub held: u64,
    /// How many differed.
    pub differing: u64,
    /// When.
    pub compared_at: DateTime<Utc>,
}

impl Freshness {
    /// As much of it as a viewer is told: the reason of a failure may speak of settings and servers.
    #[must_use]
    pub fn told_to(mut self, viewer: &Viewer) -> Self {
        if !viewer.is_admin() {
            if self.last_error.is_some() {
                self.last_error = Some("the newest run failed; an administrator can see why".to_owned());
            }
            // After the comma comes what holds it up, in the source's words.
            self.running = self.running.map(|words| words.split(',').take(1).collect());
            // These count what a member may not see.
            self.census = None;
            self.unseen = Vec::new();
            // Behind the first comma may stand why a run has to wait.
            self.running = self.running.and_then(|words| words.split(", ").next().map(str::to_owned));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: i64, until: i64) -> Confirmed {
        let day = |day: i64| DateTime::from_timestamp(day * 86_400, 0).unwrap();
        Confirmed { from: day(from), until: day(until) }
    }

    #[test]
    fn a_member_is_told_what_runs_and_not_what_troubles_it() {
        let fresh = Freshness {
            source: SourceKind::Jira,
            held: 3,
            quarantined: 0,
            confirmed: None,
            last_success_at: None,
            last_error: Some("jira refused the credential at 10.0.0.1".to_owned()),
            gaps: 1,
            open: 0,
            unseen: vec!["project SECRET".to_owned()],
            census: Some(CensusSummary {
                source: 9,
                held: 9,
                differing: 0,
                compared_at: DateTime::UNIX_EPOCH,
            }),
            running: Some(
                "sync since 2026-11-24 15:00 UTC, jira refused the credential at 10.0.0.1".to_owned(),
            ),
            next_sync_at: None,
            next_census_at: None,
        };
        let told = fresh.clone().told_to(&Viewer::member());
        assert_eq!(told.running.as_deref(), Some("sync since 2026-11-24 15:00 UTC"));
        assert!(!format!("{told:?}").contains("10.0.0.1") && !format!("{told:?}").contains("SECRET"));
        assert_eq!((told.census, told.gaps), (None, 1));
        assert_eq!(fresh.clone().told_to(&Viewer::admin()), fresh);
    }

    #[test]
    fn stretches_that_meet_become_one_and_a_gap_is_never_bridged() {
        assert_eq!(days(10, 20).and(days(15, 30)), days(10, 30));
        assert_eq!(days(10, 20).and(days(5, 10)), days(5, 20));
        assert_eq!(days(10, 20).and(days(12, 15)), days(10, 20));
        assert_eq!(days(10, 20).and(days(30, 40)), days(30, 40));
        assert_eq!(days(30, 40).and(days(10, 20)), days(30, 40));
    }
}

//! What a store is told and what it answers, beyond the nouns of the model.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::model::census::Line;
use crate::model::document::{DocumentId, StoredDocument};
use crate::model::job::JobState;
use crate::model::passage::Piece;
use crate::ports::source::Listed;

/// What a worker would like to claim.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The worker's name.
    pub worker: &'a str,
    /// The kind of job.
    pub kind: &'a str,
    /// How many at most.
    pub most: u32,
    /// The fencing token that the claims are to have; new every time.
    pub token: Uuid,
    /// How long the claim holds without a sign of life.
    pub lease: Duration,
}

/// Hears of jobs that are put into the queue.
#[async_trait]
pub trait Announcements: Send {
    /// Waits until something was announced since it was last asked.
    async fn next(&mut self);
}

/// Which jobs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// In this state.
    pub state: Option<JobState>,
    /// Of this kind.
    pub kind: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// How long what is over is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// What came of jobs (`JOB_RESULT_TTL`).
    pub results: Duration,
    /// Jobs with their errors.
    pub jobs: Duration,
    /// Syncs and censuses, and which tick started which. Backfills stay.
    pub runs: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            results: Duration::from_hours(1),
            jobs: Duration::from_hours(7 * 24),
            runs: Duration::from_hours(30 * 24),
        }
    }
}

/// What became of a page's records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Saved {
    /// Not held before.
    pub new: u64,
    /// Different from what was held.
    pub changed: u64,
    /// Held just so.
    pub unchanged: u64,
    /// Unreadable, kept aside.
    pub quarantined: u64,
}

/// A document that lacks vectors for its present content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unembedded {
    /// The document.
    pub stored: StoredDocument,
    /// Pieces that have a vector of the model already, with the hash of the text it was made from.
    pub held: Vec<(Piece, String)>,
}

/// A document's fresh vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// Which document.
    pub document: DocumentId,
    /// The content they were made from.
    pub content_hash: String,
    /// Its pieces.
    pub pieces: Vec<EmbeddedPiece>,
}

/// A piece of a document, embedded.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddedPiece {
    /// Which piece.
    pub piece: Piece,
    /// The hash of its text.
    pub text_hash: String,
    /// Its squeezed vector: numbers and scale; `None`: the one held for that hash stays.
    pub vector: Option<(Vec<i8>, f32)>,
}

/// How many documents there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DocumentCounts {
    /// Held, tombstones left out.
    pub held: u64,
    /// Of these, with vectors for their present content.
    pub with_vectors: u64,
    /// Of these, of kinds that get no vector.
    pub without_meaning: u64,
}

/// Something of a record that Daybook does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The record's id at the source.
    pub external_id: String,
    /// What is missing, in words.
    pub what: String,
    /// Since when.
    pub first_seen_at: DateTime<Utc>,
}

/// A record that its source had not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRecord {
    /// Its id at the source.
    pub external_id: String,
    /// What is waited for.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// How a census compares with what is held: `held` is `source` without the missing ones and with the surplus.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Records listed.
    pub source: u64,
    /// Records held.
    pub held: u64,
    /// By project.
    pub lines: Vec<Line>,
    /// Listed and not held: the first of them, at most [`Comparison::MOST_LISTED`].
    pub missing: Vec<Listed>,
    /// How many more are missing.
    pub missing_beyond: u64,
    /// Held and not listed, with what people call it: the first of them, at most [`Comparison::MOST_LISTED`].
    pub surplus: Vec<(Listed, String)>,
    /// How many more there are.
    pub surplus_beyond: u64,
    /// Listed in another state than the one that is held, with what people call it: the first of them.
    pub stale: Vec<(Listed, String)>,
    /// How many more there are.
    pub stale_beyond: u64,
    /// Projects of which something is held and that the census did not list.
    pub unseen_projects: Vec<String>,
    /// Records held from before the moment from which on is compared.
    pub older: u64,
}

impl Comparison {
    /// So many records of either kind are named one by one.
    pub const MOST_LISTED: usize = 100_000;

    /// How many are held and were not listed.
    pub fn gone(&self) -> u64 {
        self.surplus.len() as u64 + self.surplus_beyond
    }
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its id at the source.
    pub external_id: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub first_seen_at: DateTime<Utc>,
}

//! From scores to an answer: the best, whoever was asked about, and how all scores were spread.

use std::cmp::Ordering;

use daybook_core::model::hit::{Ranked, Scored};

/// Best first; equal scores by id, so that the order never depends on how the index happens to lie.
pub(crate) fn by_score(a: &Scored, b: &Scored) -> Ordering {
    b.score.total_cmp(&a.score).then(a.id.cmp(&b.id))
}

/// Leaves the best `take` of a list, best first.
pub(crate) fn keep_best(scored: &mut Vec<Scored>, take: usize) {
    if take < scored.len() {
        scored.select_nth_unstable_by(take, by_score);
        scored.truncate(take);
    }
    scored.sort_unstable_by(by_score);
}

/// Mean and standard deviation while they are gathered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spread {
    sum: f64,
    squares: f64,
}

impl Spread {
    pub(crate) fn add(&mut self, score: f32) {
        let score = f64::from(score);
        self.sum += score;
        self.squares += score * score;
    }

    /// The answer, with `considered` documents of which those never added scored 0.
    pub(crate) fn ranked(self, scored: Vec<Scored>, considered: u64) -> Ranked {
        if considered == 0 {
            return Ranked::default();
        }
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        let count = considered as f64;
        let mean = self.sum / count;
        let deviation = (self.squares / count - mean * mean).max(0.0).sqrt();
        #[expect(clippy::cast_possible_truncation, reason = "of numbers that were f32")]
        let (mean, deviation) = (mean as f32, deviation as f32);
        Ranked { scored, mean, deviation, considered }
    }
}

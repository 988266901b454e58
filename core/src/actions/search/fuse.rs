//! Two rankings become one: scores on one scale, summed. Ranks are not fused: that loses whenever one side is the better
//! one (measured).

use std::collections::HashMap;

use crate::model::document::DocumentId;
use crate::model::hit::Ranked;
use crate::ports::vectors::Nearest;

/// How much each side says. The scores are standardised over every document that passed the filters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchWeights {
    /// By words.
    pub words: f32,
    /// By the meaning of title and text.
    pub text: f32,
    /// By the meaning of the title.
    pub title: f32,
    /// What is expected of the meaning of a document that has no vector yet, from its standing by words.
    pub guess: f32,
}

impl Default for SearchWeights {
    /// Measured on 598 real duplicates among 14,629 issues: the best of a broad plateau (words .3 to .4, title .1 to
    /// .3 lose less than .003). The guess is how the two sides go together over all documents; with half of the vectors
    /// missing, 0 loses a quarter of the score against it, and full trust in words a fifth.
    fn default() -> Self {
        Self { words: 0.35, text: 0.45, title: 0.2, guess: 0.45 }
    }
}

/// A document with its fused score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fused {
    pub(super) id: DocumentId,
    pub(super) score: f32,
    pub(super) words: f32,
    pub(super) meaning: Option<f32>,
}

/// Every document that either side named, best first. Without meaning, the order is that of the words.
pub(super) fn fuse(words: &Ranked, meaning: Option<&Nearest>, weights: &SearchWeights) -> Vec<Fused> {
    let mut by_id: HashMap<DocumentId, Fused> = HashMap::new();
    let mut standing = |id: DocumentId, score: f32| {
        let words = weights.words * words.standard(score);
        by_id.insert(id, Fused { id, score: words, words, meaning: None });
    };
    // First, so that a word's score takes the place of none: a document may be in one index and not yet in the other.
    meaning.iter().flat_map(|nearest| &nearest.text.scored).for_each(|near| standing(near.id, 0.0));
    words.scored.iter().for_each(|found| standing(found.id, found.score));
    if let Some(nearest) = meaning {
        add(&mut by_id, &nearest.text, weights.text);
        add(&mut by_id, &nearest.title, weights.title);
        let share = weights.guess * (weights.text + weights.title) / weights.words.max(f32::EPSILON);
        for fused in by_id.values_mut() {
            fused.score = fused.words + fused.meaning.unwrap_or(fused.words * share);
        }
    }
    let mut fused: Vec<Fused> = by_id.into_values().collect();
    fused.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
    fused
}

fn add(by_id: &mut HashMap<DocumentId, Fused>, side: &Ranked, weight: f32) {
    for near in &side.scored {
        if let Some(fused) = by_id.get_mut(&near.id) {
            *fused.meaning.get_or_insert(0.0) += weight * side.standard(near.score);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hit::Scored;

    fn ranked(pairs: &[(i64, f32)]) -> Ranked {
        let scored = pairs.iter().map(|(id, score)| Scored { id: DocumentId(*id), score: *score }).collect();
        Ranked { scored, mean: 0.0, deviation: 1.0, considered: 100 }
    }

    fn order(words: &[(i64, f32)], text: Option<&[(i64, f32)]>) -> Vec<i64> {
        let nearest = text.map(|text| Nearest { text: ranked(text), title: ranked(text) });
        fuse(&ranked(words), nearest.as_ref(), &SearchWeights::default()).iter().map(|f| f.id.0).collect()
    }

    #[test]
    fn without_meaning_words_decide() {
        assert_eq!(order(&[(1, 9.0), (2, 3.0)], None), [1, 2]);
    }

    #[test]
    fn both_sides_count() {
        assert_eq!(order(&[(1, 6.0), (2, 5.0), (3, 0.0)], Some(&[(2, 4.0), (3, 4.5), (1, 0.0)])), [2, 3, 1]);
    }

    #[test]
    fn a_document_without_a_vector_is_ranked_by_what_its_words_promise() {
        // Better by words than one with the same standing on both sides; worse than one that meaning supports too.
        assert_eq!(order(&[(1, 8.0), (2, 8.0), (3, 2.0)], Some(&[(2, 4.0), (3, 2.0)])), [2, 1, 3]);
    }

    #[test]
    fn a_document_that_the_keyword_index_lacks_is_ranked_by_meaning() {
        assert_eq!(order(&[(1, 1.0)], Some(&[(7, 5.0), (1, 0.0)])), [7, 1]);
    }
}

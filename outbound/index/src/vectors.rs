//! An exact scan over every vector, a byte a dimension. Filters and audience come before anything is scored.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use daybook_core::model::document::{DocumentId, Revision, StoredDocument};
use daybook_core::model::hit::{Ranked, Scored};
use daybook_core::model::passage::{PassageVector, Piece};
use daybook_core::ports::keywords::IndexError;
use daybook_core::ports::vectors::{Nearest, VectorIndex, VectorQuery};

use crate::marks::{Facets, Gate, mark};

/// Vectors in memory. From empty, following the store fills it.
#[derive(Debug, Default)]
pub struct FlatVectors {
    inner: RwLock<Flat>,
}

#[derive(Debug, Default)]
struct Flat {
    dimension: usize,
    places: HashMap<DocumentId, usize>,
    entries: Vec<Entry>,
    /// Two vectors an entry, text then title, one after the other.
    numbers: Vec<i8>,
    documents: Revision,
    vectors: Revision,
}

#[derive(Debug, Clone)]
struct Entry {
    id: DocumentId,
    /// `None`: not known yet, or gone; such an entry is never scored.
    facets: Option<Facets>,
    tokens: Vec<u64>,
    /// Of text and title; 0: there is no vector.
    scales: [f32; 2],
}

impl Flat {
    fn place(&mut self, id: DocumentId) -> usize {
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        let place = self.entries.len();
        self.places.insert(id, place);
        self.entries.push(Entry { id, facets: None, tokens: Vec::new(), scales: [0.0; 2] });
        self.numbers.resize(self.entries.len() * 2 * self.dimension, 0);
        place
    }

    fn vector(&self, place: usize, side: usize) -> &[i8] {
        let start = (place * 2 + side) * self.dimension;
        &self.numbers[start..start + self.dimension]
    }
}

#[async_trait]
impl VectorIndex for FlatVectors {
    async fn nearest(&self, query: VectorQuery<'_>) -> Result<Nearest, IndexError> {
        let flat = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        if flat.dimension == 0 {
            return Ok(Nearest::default());
        }
        if query.vector.len() != flat.dimension {
            let said = format!(
                "the question's vector has {} numbers and the index {}",
                query.vector.len(),
                flat.dimension
            );
            return Err(IndexError { doing: "compare vectors", source: said.into() });
        }
        let gate = Gate::new(query.filter, query.viewer);
        let (asked, scale) = widened(query.vector);
        let mut scores: [Vec<Scored>; 2] = [Vec::new(), Vec::new()];
        for (place, entry) in flat.entries.iter().enumerate() {
            let Some(facets) = &entry.facets else { continue };
            if entry.scales[0] == 0.0 || !gate.admits(facets, entry.tokens.iter().copied()) {
                continue;
            }
            for (side, scores) in scores.iter_mut().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "a score")]
                let score = dot(&asked, flat.vector(place, side)) as f32 * entry.scales[side] * scale;
                scores.push(Scored { id: entry.id, score });
            }
        }
        let [text, title] = scores;
        let chosen = chosen(&text, query.take, query.also);
        Ok(Nearest { text: ranked(&text, &chosen), title: ranked(&title, &chosen) })
    }

    async fn position(&self) -> Result<(Revision, Revision), IndexError> {
        let flat = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        Ok((flat.documents, flat.vectors))
    }

    async fn apply_documents(&self, documents: &[StoredDocument], upto: Revision) -> Result<(), IndexError> {
        let mut flat = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for stored in documents {
            let place = flat.place(stored.id);
            let entry = &mut flat.entries[place];
            entry.facets = stored.tombstone.is_none().then(|| facets(stored));
            entry.tokens =
                stored.document.audience.tokens().iter().map(|token| mark("token", token)).collect();
        }
        flat.documents = upto;
        Ok(())
    }

    async fn apply_vectors(&self, vectors: &[PassageVector], upto: Revision) -> Result<(), IndexError> {
        let mut flat = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        for vector in vectors {
            if flat.dimension == 0 {
                flat.dimension = vector.numbers.len();
                let size = flat.entries.len() * 2 * flat.dimension;
                flat.numbers.resize(size, 0);
            }
            if vector.numbers.len() != flat.dimension {
                let said = format!(
                    "a vector of {} numbers among vectors of {}",
                    vector.numbers.len(),
                    flat.dimension
                );
                return Err(IndexError { doing: "take in vectors", source: said.into() });
            }
            let place = flat.place(vector.document);
            let side = usize::from(vector.piece == Piece::Title);
            let start = (place * 2 + side) * flat.dimension;
            let end = start + flat.dimension;
            flat.numbers[start..end].copy_from_slice(&vector.numbers);
            flat.entries[place].scales[side] = vector.scale;
        }
        flat.vectors = upto;
        Ok(())
    }

    async fn count(&self) -> Result<u64, IndexError> {
        let flat = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        Ok(flat.entries.iter().filter(|entry| entry.facets.is_some() && entry.scales[0] != 0.0).count()
            as u64)
    }
}

pub(crate) fn facets(stored: &StoredDocument) -> Facets {
    let document = &stored.document;
    Facets {
        source: mark("source", document.source.word()),
        project: document.project.as_ref().map_or(0, |project| mark("project", &project.key)),
        state: document.state.as_ref().map_or(0, |state| mark("state", state)),
        category: document.state_category.map_or(0, |category| mark("category", category.word())),
        updated: document.updated_at.timestamp_micros(),
    }
}

/// The question's vector in 12 bits: products with bytes fit 32, and the compiler makes multiply-adds of them.
fn widened(vector: &[f32]) -> (Vec<i16>, f32) {
    let largest = vector.iter().fold(f32::MIN_POSITIVE, |most, number| most.max(number.abs()));
    let scale = largest / 2047.0;
    #[expect(clippy::cast_possible_truncation, reason = "within 12 bits by the scale")]
    let numbers = vector.iter().map(|number| (number / scale).round() as i16).collect();
    (numbers, scale)
}

fn dot(asked: &[i16], held: &[i8]) -> i32 {
    asked.iter().zip(held).map(|(a, b)| i32::from(*a) * i32::from(i16::from(*b))).sum()
}

/// Places of the best, best first, then of the others asked about.
fn chosen(scores: &[Scored], take: usize, also: &[DocumentId]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let by_score = |a: &usize, b: &usize| {
        scores[*b].score.total_cmp(&scores[*a].score).then(scores[*a].id.cmp(&scores[*b].id))
    };
    if take < order.len() {
        order.select_nth_unstable_by(take, by_score);
    }
    let rest = order.split_off(take.min(order.len()));
    order.sort_unstable_by(by_score);
    if !also.is_empty() {
        let wanted: std::collections::HashSet<DocumentId> = also.iter().copied().collect();
        order.extend(rest.into_iter().filter(|place| wanted.contains(&scores[*place].id)));
    }
    order
}

pub(crate) fn spread(scores: impl Iterator<Item = f32> + Clone, count: usize) -> (f32, f32) {
    if count == 0 {
        return (0.0, 0.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    let count = count as f64;
    let mean = scores.clone().map(f64::from).sum::<f64>() / count;
    let square = scores.map(|score| (f64::from(score) - mean).powi(2)).sum::<f64>() / count;
    #[expect(clippy::cast_possible_truncation, reason = "a mean and a deviation of f32")]
    (mean as f32, square.sqrt() as f32)
}

fn ranked(scores: &[Scored], chosen: &[usize]) -> Ranked {
    let (mean, deviation) = spread(scores.iter().map(|scored| scored.score), scores.len());
    Ranked {
        scored: chosen.iter().map(|place| scores[*place]).collect(),
        mean,
        deviation,
        considered: scores.len() as u64,
    }
}

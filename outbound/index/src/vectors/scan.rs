//! The scan itself, compiled for the widest registers of the machine it runs on.

use std::collections::HashSet;

use daybook_core::model::document::DocumentId;
use daybook_core::model::hit::{Ranked, Scored};
use daybook_core::ports::vectors::{Nearest, VectorQuery};
use pulp::{Arch, Simd, WithSimd};

use super::flat::Flat;
use crate::marks::{Allowed, Classes, Gate};
use crate::ranking::{Spread, by_score};

/// A document's two scores.
#[derive(Debug, Clone, Copy)]
struct Pair {
    id: DocumentId,
    text: f32,
    title: f32,
}

impl Pair {
    fn by_text(&self) -> Scored {
        Scored { id: self.id, score: self.text }
    }
}

pub(super) fn nearest(flat: &Flat, query: &VectorQuery<'_>) -> Nearest {
    let gate = Gate::new(query.filter, query.viewer);
    let (asked, scale) = widened(query.vector);
    let allowed: Vec<bool> =
        Classes::allowed(flat.classes(), &gate).into_iter().map(|a| a == Allowed::Admitted).collect();
    let scan = Scan { flat, asked: &asked, scale, allowed: &allowed, gate: &gate };
    let pairs = Arch::new().dispatch(scan);
    let (mut text, mut title) = (Spread::default(), Spread::default());
    for pair in &pairs {
        text.add(pair.text);
        title.add(pair.title);
    }
    let considered = pairs.len() as u64;
    let chosen = chosen(pairs, query.take, query.also);
    let titles = chosen.iter().map(|pair| Scored { id: pair.id, score: pair.title }).collect();
    let texts = chosen.iter().map(Pair::by_text).collect();
    Nearest {
        text: text.ranked(texts, considered),
        title: by_score_of(title.ranked(titles, considered), query.take),
    }
}

/// Puts the best in the order of their own scores.
fn by_score_of(mut ranked: Ranked, take: usize) -> Ranked {
    let best = take.min(ranked.scored.len());
    ranked.scored[..best].sort_unstable_by(by_score);
    ranked
}

struct Scan<'a> {
    flat: &'a Flat,
    asked: &'a [i16],
    scale: f32,
    allowed: &'a [bool],
    gate: &'a Gate,
}

impl WithSimd for Scan<'_> {
    type Output = Vec<Pair>;

    #[expect(
        clippy::inline_always,
        reason = "inlined, plain loops are compiled for the registers that `S` stands for"
    )]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) -> Vec<Pair> {
        let length = self.asked.len();
        let mut pairs = Vec::with_capacity(self.flat.entries().len());
        for (entries, numbers) in self.flat.blocks() {
            for (entry, numbers) in entries.iter().zip(numbers.chunks_exact(2 * length)) {
                let is_admitted = entry.class.is_some_and(|class| self.allowed[class as usize]);
                if !is_admitted || entry.scales[0] <= 0.0 || !self.gate.is_within(entry.updated) {
                    continue;
                }
                let (text, title) = numbers.split_at(length);
                #[expect(clippy::cast_precision_loss, reason = "sums below 2^27, as a score")]
                let (text, title) = (dot(self.asked, text) as f32, dot(self.asked, title) as f32);
                let [text_scale, title_scale] = entry.scales;
                pairs.push(Pair {
                    id: entry.id,
                    text: text * text_scale * self.scale,
                    title: title * title_scale * self.scale,
                });
            }
        }
        pairs
    }
}

#[expect(clippy::inline_always, reason = "a part of the scan, and compiled with it")]
#[inline(always)]
fn dot(asked: &[i16], held: &[i8]) -> i32 {
    asked.iter().zip(held).map(|(a, b)| i32::from(*a) * i32::from(i16::from(*b))).sum()
}

/// The question's vector in 12 bits: a product with a byte and the sum of thousands of them fit 32 bits, and the
/// compiler makes multiply-adds of them.
fn widened(vector: &[f32]) -> (Vec<i16>, f32) {
    let largest = vector.iter().fold(f32::MIN_POSITIVE, |most, number| most.max(number.abs()));
    let scale = largest / 2047.0;
    #[expect(clippy::cast_possible_truncation, reason = "within 12 bits by the scale")]
    let numbers = vector.iter().map(|number| (number / scale).round() as i16).collect();
    (numbers, scale)
}

/// The best, best first, then whoever else was asked about.
fn chosen(mut pairs: Vec<Pair>, take: usize, also: &[DocumentId]) -> Vec<Pair> {
    let order = |a: &Pair, b: &Pair| by_score(&a.by_text(), &b.by_text());
    let best = take.min(pairs.len());
    if best < pairs.len() {
        pairs.select_nth_unstable_by(best, order);
    }
    pairs[..best].sort_unstable_by(order);
    let wanted: HashSet<DocumentId> = also.iter().copied().collect();
    let mut place = 0;
    pairs.retain(|pair| {
        place += 1;
        place <= best || wanted.contains(&pair.id)
    });
    pairs
}

//! What each token of a text takes from the others.
#![expect(clippy::inline_always, reason = "only what is inlined is compiled for the registers of its caller")]

use super::machine::{COLUMNS, Kernel, LANES, LINES, Line, ROWS, Step, Work, run};
use super::rows::softmax;

/// Numbers of a head: a tile's columns, so that a head's values are one tile wide.
const HEAD: usize = COLUMNS;
/// A score that no share is left of.
const NOTHING: f32 = -1e30;

/// Room that is used again for each head and text.
#[derive(Debug, Default)]
pub(crate) struct Room {
    queries: Vec<[f32; ROWS]>,
    keys: Vec<Step<f32>>,
    values: Vec<Step<f32>>,
    scores: Vec<f32>,
    shares: Vec<[f32; ROWS]>,
}

/// Attends within one text: `projected` holds for each token its queries, keys and values; `out` gets a row for each.
pub(crate) fn attend(projected: &[f32], out: &mut [f32], width: usize, room: &mut Room) {
    run(Attend { projected, out, width, room });
}

struct Attend<'a> {
    projected: &'a [f32],
    out: &'a mut [f32],
    width: usize,
    room: &'a mut Room,
}

impl Work for Attend<'_> {
    type Output = ();
    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) {
        let Self { projected, out, width, room } = self;
        let tokens = out.len() / width;
        let padded = tokens.next_multiple_of(COLUMNS);
        room.queries.resize(HEAD, [0.0; ROWS]);
        room.keys.resize(padded, [Line::default(); LINES]);
        room.values.resize(tokens, [Line::default(); LINES]);
        room.scores.resize(ROWS * padded, 0.0);
        room.shares.resize(tokens, [0.0; ROWS]);
        for head in (0..width).step_by(HEAD) {
            room.take_in(projected, head, width);
            for first in (0..tokens).step_by(ROWS) {
                room.take_in_queries(projected, head, width, first);
                room.score(kernel, tokens, padded);
                let tile = kernel.float(&room.shares, &room.values);
                for (out, row) in out[first * width..].chunks_mut(width).zip(&tile) {
                    out[head..head + HEAD].copy_from_slice(row.as_flattened());
                }
            }
        }
    }
}

impl Room {
    /// Lays out a head's keys, across, and values.
    #[inline(always)]
    fn take_in(&mut self, projected: &[f32], head: usize, width: usize) {
        for (token, row) in projected.chunks_exact(3 * width).enumerate() {
            let keys = &row[width + head..][..HEAD];
            let (panel, place) = (token / COLUMNS, token % COLUMNS);
            for (step, key) in self.keys[panel * HEAD..(panel + 1) * HEAD].iter_mut().zip(keys) {
                step[place / LANES].0[place % LANES] = *key;
            }
            let values = &row[2 * width + head..][..HEAD];
            for (line, values) in self.values[token].iter_mut().zip(values.as_chunks::<LANES>().0) {
                *line = Line(*values);
            }
        }
    }

    /// Lays out the queries of a tile's rows; rows beyond the text keep what they had, and nobody reads their sums.
    #[inline(always)]
    fn take_in_queries(&mut self, projected: &[f32], head: usize, width: usize, first: usize) {
        let rows = projected[first * 3 * width..].chunks_exact(3 * width).take(ROWS);
        for (place, row) in rows.enumerate() {
            for (step, query) in self.queries.iter_mut().zip(&row[head..head + HEAD]) {
                step[place] = *query;
            }
        }
    }

    /// Scores every key for the queries, and shares out.
    #[inline(always)]
    fn score<K: Kernel>(&mut self, kernel: K, tokens: usize, padded: usize) {
        for (panel, keys) in self.keys.chunks_exact(HEAD).enumerate() {
            let tile = kernel.float(&self.queries, keys);
            for (scores, row) in self.scores.chunks_exact_mut(padded).zip(&tile) {
                scores[panel * COLUMNS..][..COLUMNS].copy_from_slice(row.as_flattened());
            }
        }
        for (place, scores) in self.scores.chunks_exact_mut(padded).enumerate() {
            scores[tokens..].fill(NOTHING);
            let scores = &mut scores[..tokens.next_multiple_of(LANES)];
            softmax(scores);
            for (shares, score) in self.shares.iter_mut().zip(scores.iter()) {
                shares[place] = *score;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn attention_is_that_of_the_book() {
        let (tokens, width) = (45, 2 * HEAD);
        let projected: Vec<f32> = (0..tokens * 3 * width).map(|at| (at as f32 * 0.77).sin()).collect();
        let mut out = vec![0.0; tokens * width];
        let mut room = Room::default();
        // Whatever an earlier, longer text left behind must not be seen.
        attend(&vec![9.0; 80 * 3 * width], &mut vec![0.0; 80 * width], width, &mut room);
        attend(&projected, &mut out, width, &mut room);
        let part = |token: usize, which: usize, head: usize| {
            &projected[token * 3 * width + which * width + head * HEAD..][..HEAD]
        };
        for (query, head) in [(0, 0), (13, 1), (44, 0)] {
            let dots =
                |key| part(query, 0, head).iter().zip(part(key, 1, head)).map(|(a, b)| a * b).sum::<f32>();
            let powers: Vec<f32> = (0..tokens).map(|key| dots(key).exp()).collect();
            let total: f32 = powers.iter().sum();
            for at in 0..HEAD {
                let wanted: f32 = (0..tokens).map(|key| powers[key] / total * part(key, 2, head)[at]).sum();
                let got = out[query * width + head * HEAD + at];
                assert!((wanted - got).abs() < 1e-4, "{wanted} {got}");
            }
        }
    }
}

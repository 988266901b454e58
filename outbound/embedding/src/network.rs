//! The model itself: six layers of BERT over the tokens of several texts at once, without padding.

mod attention;
mod load;
mod machine;
mod matrix;
mod rows;

pub(crate) use load::load;

use attention::{Room, attend};
use matrix::{Matrix, Numbers};
use rows::{Norm, activate};

/// Numbers in a vector, and in each token's row.
pub(crate) const WIDTH: usize = 384;
/// Tokens that the model knows.
pub(crate) const WORDS: usize = 30_522;
/// Tokens of a text that are read at most, of the 512 that the model has places for.
pub(crate) const PLACES: usize = 256;
const INNER: usize = 4 * WIDTH;
const LAYERS: usize = 6;

/// Weights, laid out for the machine.
#[derive(Debug)]
pub(crate) struct Network {
    words: Vec<i8>,
    word_scales: Vec<f32>,
    places: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    projections: Matrix,
    attended: Matrix,
    attended_norm: Norm,
    inner: Matrix,
    outer: Matrix,
    outer_norm: Norm,
}

/// Room that is used again from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    rows: Vec<f32>,
    wide: Vec<f32>,
    attended: Vec<f32>,
    numbers: Numbers,
    room: Room,
}

impl Network {
    /// A vector of length 1 for each text, given as its tokens (at least one, at most [`PLACES`], all below [`WORDS`]).
    pub(crate) fn vectors(&self, texts: &[Vec<u32>], workspace: &mut Workspace) -> Vec<Vec<f32>> {
        let Workspace { rows, wide, attended, numbers, room } = workspace;
        let tokens: usize = texts.iter().map(Vec::len).sum();
        rows.resize(tokens * WIDTH, 0.0);
        attended.resize(tokens * WIDTH, 0.0);
        self.look_up(texts, rows);
        for layer in &self.layers {
            numbers.set_rows(rows, WIDTH);
            wide.resize(tokens * 3 * WIDTH, 0.0);
            layer.projections.store(numbers, wide);
            let mut first = 0;
            for text in texts {
                let span = first * WIDTH..(first + text.len()) * WIDTH;
                attend(&wide[3 * span.start..3 * span.end], &mut attended[span], WIDTH, room);
                first += text.len();
            }
            numbers.set_rows(attended, WIDTH);
            layer.attended.add(numbers, rows);
            layer.attended_norm.apply(rows);
            numbers.set_rows(rows, WIDTH);
            wide.resize(tokens * INNER, 0.0);
            layer.inner.store(numbers, wide);
            activate(wide, INNER, numbers);
            layer.outer.add(numbers, rows);
            layer.outer_norm.apply(rows);
        }
        means(texts, rows)
    }

    fn look_up(&self, texts: &[Vec<u32>], rows: &mut [f32]) {
        let places = texts.iter().flat_map(|text| text.iter().zip(self.places.chunks_exact(WIDTH)));
        for ((word, place), row) in places.zip(rows.chunks_exact_mut(WIDTH)) {
            let word = *word as usize;
            let scale = self.word_scales[word];
            let numbers = &self.words[word * WIDTH..(word + 1) * WIDTH];
            for ((out, number), place) in row.iter_mut().zip(numbers).zip(place) {
                *out = f32::from(*number) * scale + place;
            }
        }
        self.norm.apply(rows);
    }
}

/// The mean of each text's rows, made as long as 1.
fn means(texts: &[Vec<u32>], rows: &[f32]) -> Vec<Vec<f32>> {
    let mut rows = rows.chunks_exact(WIDTH);
    texts
        .iter()
        .map(|text| {
            let mut vector = vec![0.0; WIDTH];
            for row in rows.by_ref().take(text.len()) {
                for (sum, value) in vector.iter_mut().zip(row) {
                    *sum += value;
                }
            }
            let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            let factor = 1.0 / length.max(1e-12);
            for value in &mut vector {
                *value *= factor;
            }
            vector
        })
        .collect()
}

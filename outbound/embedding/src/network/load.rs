//! Weights from a file into their places, a tensor at a time, so that the file is never in memory as a whole.

use std::io::Read;

use super::matrix::Matrix;
use super::rows::Norm;
use super::{INNER, LAYERS, Layer, Network, PLACES, WIDTH, WORDS};
use crate::safetensors::{Damage, Reader, Tensor};

/// Tensors outside the layers, and in each.
const OUTER_TENSORS: usize = 5;
const LAYER_TENSORS: usize = 16;
/// Queries are made shorter by the root of a head's 32 numbers, once, here.
const QUERY_FACTOR: f32 = 0.176_776_7;

/// Reads the model.
pub(crate) fn load(file: impl Read) -> Result<Network, Damage> {
    let mut reader = Reader::open(file)?;
    let mut network = Network::empty();
    let mut taken = 0;
    let mut values = Vec::new();
    while let Some(tensor) = reader.next()? {
        let is_taken = if tensor.name == "embeddings.word_embeddings.weight" {
            network.take_words(&tensor, &mut reader)?
        } else if tensor.is_float {
            values.resize(tensor.count, 0.0);
            reader.read(&mut values)?;
            network.take(&tensor, &values)?
        } else {
            reader.skip(&tensor)?;
            false
        };
        taken += usize::from(is_taken);
    }
    if taken != OUTER_TENSORS + LAYERS * LAYER_TENSORS {
        return Err(Damage(format!("it holds {taken} of the model's tensors")));
    }
    Ok(network)
}

impl Network {
    fn empty() -> Self {
        let layer = || Layer {
            projections: Matrix::new(WIDTH, 3 * WIDTH),
            attended: Matrix::new(WIDTH, WIDTH),
            attended_norm: Norm::default(),
            inner: Matrix::new(WIDTH, INNER),
            outer: Matrix::new(INNER, WIDTH),
            outer_norm: Norm::default(),
        };
        Self {
            words: Vec::new(),
            word_scales: Vec::new(),
            places: vec![0.0; PLACES * WIDTH],
            norm: Norm::default(),
            layers: (0..LAYERS).map(|_| layer()).collect(),
        }
    }

    /// The table of words is half the file: a byte a number and a scale a row is all that the sums can tell apart.
    fn take_words(&mut self, tensor: &Tensor, reader: &mut Reader<impl Read>) -> Result<bool, Damage> {
        tensor.expect(&[WORDS, WIDTH])?;
        self.words.reserve_exact(WORDS * WIDTH);
        self.word_scales.reserve_exact(WORDS);
        let mut block = vec![0.0; 64 * WIDTH];
        let mut left = WORDS;
        while left > 0 {
            let rows = left.min(64);
            left -= rows;
            let block = &mut block[..rows * WIDTH];
            reader.read(block)?;
            for row in block.chunks_exact(WIDTH) {
                let largest = row.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
                let factor = 127.0 / largest;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "rounded and within a byte by the factor"
                )]
                self.words.extend(row.iter().map(|value| (value * factor).round() as i8));
                self.word_scales.push(largest / 127.0);
            }
        }
        Ok(true)
    }

    /// Puts a tensor into its place. False for one that the model can do without.
    fn take(&mut self, tensor: &Tensor, values: &[f32]) -> Result<bool, Damage> {
        if let Some(name) = tensor.name.strip_prefix("encoder.layer.") {
            let (number, name) = name.split_once('.').unwrap_or((name, ""));
            let layer = number.parse().ok().and_then(|number: usize| self.layers.get_mut(number));
            let Some(layer) = layer else {
                return Err(Damage(format!("it holds a layer {number:?}")));
            };
            return layer.take(tensor, name, values);
        }
        match tensor.name.strip_prefix("embeddings.").unwrap_or_default() {
            "position_embeddings.weight" => {
                tensor.expect(&[512, WIDTH])?;
                add(&mut self.places, values);
            }
            // Every text is a first sentence: the first row belongs to every place.
            "token_type_embeddings.weight" => {
                tensor.expect(&[2, WIDTH])?;
                self.places.chunks_exact_mut(WIDTH).for_each(|place| add(place, values));
            }
            "LayerNorm.weight" => set(&mut self.norm.weights, tensor, values)?,
            "LayerNorm.bias" => set(&mut self.norm.biases, tensor, values)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Layer {
    fn take(&mut self, tensor: &Tensor, name: &str, values: &[f32]) -> Result<bool, Damage> {
        let (matrix, inputs, first, outputs, factor) = match name.rsplit_once('.') {
            Some(("attention.self.query", _)) => (&mut self.projections, WIDTH, 0, WIDTH, QUERY_FACTOR),
            Some(("attention.self.key", _)) => (&mut self.projections, WIDTH, WIDTH, WIDTH, 1.0),
            Some(("attention.self.value", _)) => (&mut self.projections, WIDTH, 2 * WIDTH, WIDTH, 1.0),
            Some(("attention.output.dense", _)) => (&mut self.attended, WIDTH, 0, WIDTH, 1.0),
            Some(("intermediate.dense", _)) => (&mut self.inner, WIDTH, 0, INNER, 1.0),
            Some(("output.dense", _)) => (&mut self.outer, INNER, 0, WIDTH, 1.0),
            _ => return self.take_norm(tensor, name, values),
        };
        if name.ends_with(".weight") {
            tensor.expect(&[outputs, inputs])?;
            matrix.set_weights(first, values, factor);
        } else {
            tensor.expect(&[outputs])?;
            matrix.set_biases(first, values, factor);
        }
        Ok(true)
    }

    fn take_norm(&mut self, tensor: &Tensor, name: &str, values: &[f32]) -> Result<bool, Damage> {
        let place = match name {
            "attention.output.LayerNorm.weight" => &mut self.attended_norm.weights,
            "attention.output.LayerNorm.bias" => &mut self.attended_norm.biases,
            "output.LayerNorm.weight" => &mut self.outer_norm.weights,
            "output.LayerNorm.bias" => &mut self.outer_norm.biases,
            _ => return Ok(false),
        };
        set(place, tensor, values)?;
        Ok(true)
    }
}

fn set(place: &mut Vec<f32>, tensor: &Tensor, values: &[f32]) -> Result<(), Damage> {
    tensor.expect(&[WIDTH])?;
    *place = values.to_vec();
    Ok(())
}

fn add(place: &mut [f32], values: &[f32]) {
    for (sum, value) in place.iter_mut().zip(values) {
        *sum += value;
    }
}

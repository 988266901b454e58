//! What happens to rows of activations between the products.
#![expect(clippy::inline_always, reason = "only what is inlined is compiled for the registers of its caller")]

use std::f32::consts::FRAC_1_SQRT_2;

use super::machine::{Kernel, LANES, Work, run};
use super::matrix::{DEPTH, Numbers};

/// Factors and offsets that follow on a normalisation.
#[derive(Debug, Default)]
pub(crate) struct Norm {
    /// Factors.
    pub(crate) weights: Vec<f32>,
    /// Offsets.
    pub(crate) biases: Vec<f32>,
}

impl Norm {
    /// Gives each row mean 0 and variance 1, then its factors and offsets.
    pub(crate) fn apply(&self, rows: &mut [f32]) {
        run(Normalise { norm: self, rows });
    }
}

struct Normalise<'a> {
    norm: &'a Norm,
    rows: &'a mut [f32],
}

impl Work for Normalise<'_> {
    type Output = ();
    #[inline(always)]
    fn run<K: Kernel>(self, _kernel: K) {
        let width = self.norm.weights.len();
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let share = 1.0 / width as f32;
        for row in self.rows.chunks_exact_mut(width) {
            let mean = sum(row, |value| value) * share;
            let variance = sum(row, |value| (value - mean) * (value - mean)) * share;
            let factor = 1.0 / (variance + 1e-12).sqrt();
            for ((value, weight), bias) in row.iter_mut().zip(&self.norm.weights).zip(&self.norm.biases) {
                *value = (*value - mean) * factor * weight + bias;
            }
        }
    }
}

/// A sum in as many strands as a register has lanes.
#[inline(always)]
fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0; LANES];
    for values in row.as_chunks::<LANES>().0 {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += of(*value);
        }
    }
    sums.into_iter().sum()
}

/// Applies the activation function and gives whole numbers. `rows` are spoilt.
pub(crate) fn activate(rows: &mut [f32], width: usize, numbers: &mut Numbers) {
    numbers.resize(rows.len() / width, width);
    run(Activate { rows, width, numbers });
}

struct Activate<'a> {
    rows: &'a mut [f32],
    width: usize,
    numbers: &'a mut Numbers,
}

impl Work for Activate<'_> {
    type Output = ();
    #[inline(always)]
    fn run<K: Kernel>(self, _kernel: K) {
        for (row, values) in self.rows.chunks_exact_mut(self.width).enumerate() {
            for (section, values) in values.chunks_exact_mut(DEPTH).enumerate() {
                for value in values.iter_mut() {
                    *value = gelu(*value);
                }
                self.numbers.set(row, section, values);
            }
        }
    }
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * FRAC_1_SQRT_2))
}

/// The error function as a quotient of polynomials (Eigen's), right to 4e-7.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let s = x * x;
    let above = [2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906e-4, -2.954_6e-3, -1.609_603_3e-2];
    let below = [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_2e-3, -1.426_474e-2];
    let above = above.into_iter().fold(-2.726_142_3e-10, |sum, next| sum * s + next);
    let below = below.into_iter().fold(-1.456_607_2e-5, |sum, next| sum * s + next);
    x * above / below
}

/// e to the power of a number that is not above 0.
#[inline(always)]
fn exponential(x: f32) -> f32 {
    // As in `matrix`: the sum is rounded, and its low bits are the whole part of the exponent.
    const ROUNDING: f32 = 12_582_912.0;
    let x = if x < -87.0 { -87.0 } else { x };
    let whole = x * std::f32::consts::LOG2_E + ROUNDING;
    let rounded = whole - ROUNDING;
    let rest = x - rounded * 0.693_359_4 + rounded * 2.121_944_4e-4;
    let terms = [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5, 1.0, 1.0];
    let power = terms.into_iter().fold(1.987_569_1e-4, |sum, next| sum * rest + next);
    power * f32::from_bits((whole.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// Turns scores into shares of 1. The length is of whole lines; what is beyond the text must be very low.
#[inline(always)]
pub(crate) fn softmax(scores: &mut [f32]) {
    let mut most = [f32::MIN; LANES];
    for values in scores.as_chunks::<LANES>().0 {
        for (most, value) in most.iter_mut().zip(values) {
            *most = if *value > *most { *value } else { *most };
        }
    }
    let most = most.into_iter().fold(f32::MIN, f32::max);
    let mut sums = [0.0; LANES];
    for values in scores.as_chunks_mut::<LANES>().0 {
        for (sum, value) in sums.iter_mut().zip(values) {
            *value = exponential(*value - most);
            *sum += *value;
        }
    }
    let factor = 1.0 / sums.into_iter().sum::<f32>();
    for value in scores {
        *value *= factor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By its series, in `f64`.
    fn exact_erf(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200_i32 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        sum * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn the_error_function_is_right_to_a_millionth() {
        for step in -500..=500_i16 {
            let x = f32::from(step) / 100.0;
            let wanted = if x.abs() > 4.5 { f64::from(x.signum()) } else { exact_erf(f64::from(x)) };
            assert!((f64::from(erf(x)) - wanted).abs() < 1e-6, "{x}: {} {wanted}", erf(x));
        }
    }

    #[test]
    fn the_exponential_is_right_to_a_millionth() {
        for step in 0..8_000_i16 {
            let x = -f32::from(step) / 100.0;
            let wanted = f64::from(x).exp();
            assert!((f64::from(exponential(x)) / wanted - 1.0).abs() < 1e-6, "{x}");
        }
        assert!(exponential(-1e30) < 1e-37);
    }

    #[test]
    fn shares_add_up_to_one() {
        let mut scores = [-1e30_f32; 32];
        scores[..3].copy_from_slice(&[1.0, 2.0, 900.0]);
        softmax(&mut scores);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6 && scores[2] > 0.999);
    }

    #[test]
    fn rows_are_normalised() {
        let norm = Norm { weights: vec![2.0; 32], biases: vec![1.0; 32] };
        let mut row: Vec<f32> = (0..32_u8).map(f32::from).collect();
        norm.apply(&mut row);
        let mean = row.iter().sum::<f32>() / 32.0;
        let variance = row.iter().map(|v| (v - 1.0).powi(2)).sum::<f32>() / 32.0;
        assert!((mean - 1.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4);
    }
}

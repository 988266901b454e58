//! Products of activations and weights in whole numbers of 12 bits: half the memory and twice the speed of `f32`, at
//! an error far below what moves a vector.
#![expect(clippy::inline_always, reason = "only what is inlined is compiled for the registers of its caller")]
#![expect(clippy::cast_precision_loss, reason = "sums in 31 bits become f32 on purpose")]

use super::machine::{COLUMNS, Kernel, LANES, LINES, Line, ROWS, Step, Tile, Work, paired, run};

/// How far one sum goes before it becomes `f32`: 384 products of two numbers of 12 bits fit 31 bits.
pub(crate) const DEPTH: usize = 384;
const PAIRS: usize = DEPTH / 2;
/// The largest whole number.
const LARGEST: f32 = 2047.0;
/// Adding and taking away 1.5 * 2^23 rounds an `f32` to a whole number and leaves it in the low bits.
const ROUNDING: f32 = 12_582_912.0;

/// A layer's weights and biases, laid out in the order in which the sums read them.
#[derive(Debug)]
pub(crate) struct Matrix {
    outputs: usize,
    steps: Vec<Step<i32>>,
    scales: Vec<f32>,
    biases: Vec<f32>,
}

impl Matrix {
    /// A matrix of zeros; both sizes are of whole tiles.
    pub(crate) fn new(inputs: usize, outputs: usize) -> Self {
        debug_assert!(inputs.is_multiple_of(DEPTH) && outputs.is_multiple_of(COLUMNS));
        let sections = inputs / DEPTH;
        Self {
            outputs,
            steps: vec![[Line::default(); LINES]; sections * (outputs / COLUMNS) * PAIRS],
            scales: vec![0.0; sections * outputs],
            biases: vec![0.0; outputs],
        }
    }

    /// Takes in the weights of some outputs, row after row, each times a factor.
    pub(crate) fn set_weights(&mut self, first: usize, weights: &[f32], factor: f32) {
        let sections = self.scales.len() / self.outputs;
        for (at, section) in weights.chunks_exact(DEPTH).enumerate() {
            let (output, part) = (first + at / sections, at % sections);
            let (numbers, scale) = rounded(section);
            self.scales[part * self.outputs + output] = scale * factor;
            let (panel, column) = (output / COLUMNS, output % COLUMNS);
            let start = (part * (self.outputs / COLUMNS) + panel) * PAIRS;
            for (step, pair) in self.steps[start..start + PAIRS].iter_mut().zip(numbers.chunks_exact(2)) {
                step[column / LANES].0[column % LANES] = paired(pair[0], pair[1]);
            }
        }
    }

    /// Takes in the biases of some outputs, each times a factor.
    pub(crate) fn set_biases(&mut self, first: usize, biases: &[f32], factor: f32) {
        for (own, given) in self.biases[first..].iter_mut().zip(biases) {
            *own = given * factor;
        }
    }

    /// Replaces `out` by the product.
    pub(crate) fn store(&self, numbers: &Numbers, out: &mut [f32]) {
        run(Product { matrix: self, numbers, out, is_sum: false });
    }

    /// Adds the product to `out`.
    pub(crate) fn add(&self, numbers: &Numbers, out: &mut [f32]) {
        run(Product { matrix: self, numbers, out, is_sum: true });
    }
}

/// Rows of activations as whole numbers, with a scale for each row and section.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    rows: usize,
    sections: usize,
    panels: Vec<[i32; ROWS]>,
    scales: Vec<f32>,
}

impl Numbers {
    /// Makes room; every row must then be set.
    #[inline(always)]
    pub(crate) fn resize(&mut self, rows: usize, width: usize) {
        (self.rows, self.sections) = (rows, width / DEPTH);
        self.panels.resize(self.sections * self.panel_count() * PAIRS, [0; ROWS]);
        self.scales.resize(self.sections * rows, 0.0);
    }

    fn panel_count(&self) -> usize {
        self.rows.div_ceil(ROWS)
    }

    /// Takes in one section of a row.
    #[inline(always)]
    pub(crate) fn set(&mut self, row: usize, section: usize, values: &[f32]) {
        let (numbers, scale) = rounded(values);
        self.scales[section * self.rows + row] = scale;
        let start = (section * self.panel_count() + row / ROWS) * PAIRS;
        let place = row % ROWS;
        for (step, pair) in self.panels[start..start + PAIRS].iter_mut().zip(numbers.as_chunks::<2>().0) {
            step[place] = paired(pair[0], pair[1]);
        }
    }

    /// Takes in whole rows.
    pub(crate) fn set_rows(&mut self, values: &[f32], width: usize) {
        self.resize(values.len() / width, width);
        run(Rounding { numbers: self, values, width });
    }
}

struct Rounding<'a> {
    numbers: &'a mut Numbers,
    values: &'a [f32],
    width: usize,
}

impl Work for Rounding<'_> {
    type Output = ();
    #[inline(always)]
    fn run<K: Kernel>(self, _kernel: K) {
        for (row, values) in self.values.chunks_exact(self.width).enumerate() {
            for (section, values) in values.chunks_exact(DEPTH).enumerate() {
                self.numbers.set(row, section, values);
            }
        }
    }
}

/// A section in whole numbers, and what to multiply them by.
#[inline(always)]
fn rounded(values: &[f32]) -> ([i32; DEPTH], f32) {
    let mut largest = [0_f32; LANES];
    for values in values.as_chunks::<LANES>().0 {
        for (most, value) in largest.iter_mut().zip(values) {
            let size = value.abs();
            *most = if size > *most { size } else { *most };
        }
    }
    let largest = largest.into_iter().fold(f32::MIN_POSITIVE, f32::max);
    let factor = LARGEST / largest;
    let mut numbers = [0; DEPTH];
    for (number, value) in numbers.iter_mut().zip(values) {
        *number = (value * factor + ROUNDING).to_bits().wrapping_sub(ROUNDING.to_bits()).cast_signed();
    }
    (numbers, largest / LARGEST)
}

struct Product<'a> {
    matrix: &'a Matrix,
    numbers: &'a Numbers,
    out: &'a mut [f32],
    is_sum: bool,
}

impl Work for Product<'_> {
    type Output = ();
    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) {
        let Self { matrix, numbers, out, is_sum } = self;
        let (outputs, rows) = (matrix.outputs, numbers.rows);
        let section_steps = matrix.outputs / COLUMNS * PAIRS;
        let section_panels = numbers.panel_count() * PAIRS;
        for section in 0..numbers.sections {
            let steps = &matrix.steps[section * section_steps..][..section_steps];
            let panels = &numbers.panels[section * section_panels..][..section_panels];
            let row_scales = &numbers.scales[section * rows..][..rows];
            for (at, steps) in steps.chunks_exact(PAIRS).enumerate() {
                let column = at * COLUMNS;
                let scales = columns(&matrix.scales[section * outputs + column..]);
                // The biases are added once, with the first section; later sections are added to it.
                let biases = if section == 0 { columns(&matrix.biases[column..]) } else { [0.0; COLUMNS] };
                let keeps = is_sum || section > 0;
                for (panel, row_scales) in panels.chunks_exact(PAIRS).zip(row_scales.chunks(ROWS).enumerate())
                {
                    let (panel_at, row_scales) = row_scales;
                    let tile = kernel.whole(panel, steps);
                    let start = panel_at * ROWS * outputs + column;
                    spread(&tile, row_scales, &scales, &biases, &mut out[start..], outputs, keeps);
                }
            }
        }
    }
}

#[inline(always)]
fn columns(values: &[f32]) -> [f32; COLUMNS] {
    let mut columns = [0.0; COLUMNS];
    columns.copy_from_slice(&values[..COLUMNS]);
    columns
}

/// Turns a tile back into `f32` and puts it into its place in `out`.
#[inline(always)]
fn spread(
    tile: &Tile<i32>,
    row_scales: &[f32],
    scales: &[f32; COLUMNS],
    biases: &[f32; COLUMNS],
    out: &mut [f32],
    outputs: usize,
    keeps: bool,
) {
    for ((sums, row_scale), out) in tile.iter().zip(row_scales).zip(out.chunks_mut(outputs)) {
        let out = &mut out[..COLUMNS];
        let sums = sums.as_flattened();
        for column in 0..COLUMNS {
            let value = sums[column] as f32 * (row_scale * scales[column]) + biases[column];
            out[column] = if keeps { out[column] + value } else { value };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_that_of_f32_but_for_rounding() {
        let (rows, inputs, outputs) = (14_u16, 2 * DEPTH, 64);
        let wave = |at: usize, step: f32| (at as f32 * step).sin();
        let values: Vec<f32> = (0..usize::from(rows) * inputs).map(|at| wave(at, 0.37)).collect();
        let weights: Vec<f32> = (0..outputs * inputs).map(|at| wave(at, 0.71) * 0.1).collect();
        let biases: Vec<f32> = (0..outputs).map(|at| wave(at, 0.13)).collect();
        let mut matrix = Matrix::new(inputs, outputs);
        matrix.set_weights(0, &weights, 0.5);
        matrix.set_biases(0, &biases, 0.5);
        let mut numbers = Numbers::default();
        numbers.set_rows(&values, inputs);
        let mut out = vec![1.0; usize::from(rows) * outputs];
        matrix.add(&numbers, &mut out);
        for (row, values) in values.chunks_exact(inputs).enumerate() {
            for (output, weights) in weights.chunks_exact(inputs).enumerate() {
                let sum: f32 = values.iter().zip(weights).map(|(a, b)| a * b).sum();
                let wanted = 1.0 + 0.5 * (sum + biases[output]);
                let got = out[row * outputs + output];
                assert!((wanted - got).abs() < 2e-3, "{wanted} {got}");
            }
        }
        matrix.store(&numbers, &mut out);
        assert!(
            (out[0] - 0.5 * (values.iter().zip(&weights).take(inputs).map(|(a, b)| a * b).sum::<f32>()))
                .abs()
                < 2e-3
        );
    }

    #[test]
    fn the_extremes_do_not_overflow() {
        let mut matrix = Matrix::new(DEPTH, COLUMNS);
        matrix.set_weights(0, &vec![-3.0; DEPTH * COLUMNS], 1.0);
        let mut numbers = Numbers::default();
        numbers.set_rows(&[1e20; DEPTH], DEPTH);
        let mut out = [0.0; COLUMNS];
        matrix.store(&numbers, &mut out);
        assert!((out[5] / (-3.0 * 1e20 * 384.0) - 1.0).abs() < 1e-5);
    }
}

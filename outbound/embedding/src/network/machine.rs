//! The two innermost sums, written for each family of registers, and the run-time choice between them.
#![expect(clippy::inline_always, reason = "only what is inlined is compiled for the registers of its caller")]

#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};
#[cfg(target_arch = "x86_64")]
use pulp::{NullaryFnOnce, cast, i16x16, i16x32, simd_type};

/// Rows of a tile: with two lines each, all but eight of the 32 wide registers hold sums.
pub(crate) const ROWS: usize = 12;
/// Numbers in a line.
pub(crate) const LANES: usize = 16;
/// Lines side by side in a tile.
pub(crate) const LINES: usize = 2;
/// Columns of a tile.
pub(crate) const COLUMNS: usize = LANES * LINES;

/// Sixteen numbers that one wide register takes from one line of the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Line<T>(pub(crate) [T; LANES]);

/// The columns of a tile at one step of its sums.
pub(crate) type Step<T> = [Line<T>; LINES];
/// A block of sums.
pub(crate) type Tile<T> = [[[T; LANES]; LINES]; ROWS];

/// The sums of a tile over as many steps as both sides have.
pub(crate) trait Kernel: Copy {
    /// Each `i32` is a pair of 16-bit numbers; pairs are multiplied and added. Exact, so equal on every machine.
    fn whole(self, rows: &[[i32; ROWS]], columns: &[Step<i32>]) -> Tile<i32>;
    /// The same with floating point.
    fn float(self, rows: &[[f32; ROWS]], columns: &[Step<f32>]) -> Tile<f32>;
}

/// Work whose inner loops are compiled once for each kernel. All that `run` calls must be inlined into it.
pub(crate) trait Work {
    /// What comes out.
    type Output;
    /// Does it.
    fn run<K: Kernel>(self, kernel: K) -> Self::Output;
}

/// Does the work with the widest registers that this machine has.
pub(crate) fn run<W: Work>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let (Some(dots), Some(simd)) = (Dots::try_new(), V4::try_new()) {
            return dots.vectorize(Inlined { work, kernel: simd });
        }
        if let Some(simd) = V4::try_new() {
            return simd.vectorize(Inlined { work, kernel: simd });
        }
        if let Some(simd) = V3::try_new() {
            return simd.vectorize(Inlined { work, kernel: simd });
        }
    }
    work.run(Plain)
}

// With these features the compiler joins the product and the sum of `V4::whole` into one instruction, for 1.5 times the
// speed. The macro is pulp's own for what pulp does not name.
#[cfg(target_arch = "x86_64")]
simd_type! {
    /// [`V4`] and the sums of products that came after it.
    struct Dots {
        sse: "sse",
        sse2: "sse2",
        fxsr: "fxsr",
        sse3: "sse3",
        ssse3: "ssse3",
        sse4_1: "sse4.1",
        sse4_2: "sse4.2",
        popcnt: "popcnt",
        avx: "avx",
        avx2: "avx2",
        bmi1: "bmi1",
        bmi2: "bmi2",
        fma: "fma",
        lzcnt: "lzcnt",
        avx512f: "avx512f",
        avx512bw: "avx512bw",
        avx512cd: "avx512cd",
        avx512dq: "avx512dq",
        avx512vl: "avx512vl",
        avx512vnni: "avx512vnni",
    }
}

#[cfg(target_arch = "x86_64")]
struct Inlined<W, K> {
    work: W,
    kernel: K,
}

#[cfg(target_arch = "x86_64")]
impl<W: Work, K: Kernel> NullaryFnOnce for Inlined<W, K> {
    type Output = W::Output;
    #[inline(always)]
    fn call(self) -> W::Output {
        self.work.run(self.kernel)
    }
}

#[cfg(target_arch = "x86_64")]
impl Kernel for V4 {
    #[inline(always)]
    fn whole(self, rows: &[[i32; ROWS]], columns: &[Step<i32>]) -> Tile<i32> {
        let mut sums = [[self.splat_i32x16(0); LINES]; ROWS];
        for (row, step) in rows.iter().zip(columns) {
            let lines: [i16x32; LINES] = [cast(step[0].0), cast(step[1].0)];
            for (sums, pair) in sums.iter_mut().zip(row) {
                let pair: i16x32 = cast(self.splat_i32x16(*pair));
                for (sum, line) in sums.iter_mut().zip(lines) {
                    *sum = self
                        .wrapping_add_i32x16(*sum, self.multiply_wrapping_add_adjacent_i16x32(pair, line));
                }
            }
        }
        written(sums, cast)
    }

    #[inline(always)]
    fn float(self, rows: &[[f32; ROWS]], columns: &[Step<f32>]) -> Tile<f32> {
        let mut sums = [[self.splat_f32x16(0.0); LINES]; ROWS];
        for (row, step) in rows.iter().zip(columns) {
            let lines = [cast(step[0].0), cast(step[1].0)];
            for (sums, number) in sums.iter_mut().zip(row) {
                let number = self.splat_f32x16(*number);
                for (sum, line) in sums.iter_mut().zip(lines) {
                    *sum = self.mul_add_f32x16(number, line, *sum);
                }
            }
        }
        written(sums, cast)
    }
}

/// Not `map`, which the compiler does not always inline.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn written<V: Copy, T: Copy + Default>(sums: [[V; LINES]; ROWS], cast: impl Fn(V) -> [T; LANES]) -> Tile<T> {
    let mut tile = [[[T::default(); LANES]; LINES]; ROWS];
    for (row, sums) in tile.iter_mut().zip(sums) {
        for (line, sum) in row.iter_mut().zip(sums) {
            *line = cast(sum);
        }
    }
    tile
}

/// Rows that sixteen registers can sum at once.
#[cfg(target_arch = "x86_64")]
const HALF: usize = ROWS / 2;

// Sixteen registers of eight lanes: a tile is summed in four passes, each of half the rows and one line.
#[cfg(target_arch = "x86_64")]
impl Kernel for V3 {
    #[inline(always)]
    fn whole(self, rows: &[[i32; ROWS]], columns: &[Step<i32>]) -> Tile<i32> {
        let mut tile = [[[0; LANES]; LINES]; ROWS];
        for line in 0..LINES {
            for first in [0, HALF] {
                let mut sums = [[self.splat_i32x8(0); 2]; HALF];
                for (row, step) in rows.iter().zip(columns) {
                    let halves: [i16x16; 2] = cast(step[line].0);
                    for (sums, pair) in sums.iter_mut().zip(&row[first..first + HALF]) {
                        let pair: i16x16 = cast(self.splat_i32x8(*pair));
                        for (sum, half) in sums.iter_mut().zip(halves) {
                            let products = self.multiply_wrapping_add_adjacent_i16x16(pair, half);
                            *sum = self.wrapping_add_i32x8(*sum, products);
                        }
                    }
                }
                for (row, sums) in tile[first..first + HALF].iter_mut().zip(sums) {
                    row[line] = cast(sums);
                }
            }
        }
        tile
    }

    #[inline(always)]
    fn float(self, rows: &[[f32; ROWS]], columns: &[Step<f32>]) -> Tile<f32> {
        let mut tile = [[[0.0; LANES]; LINES]; ROWS];
        for line in 0..LINES {
            for first in [0, HALF] {
                let mut sums = [[self.splat_f32x8(0.0); 2]; HALF];
                for (row, step) in rows.iter().zip(columns) {
                    let halves: [pulp::f32x8; 2] = cast(step[line].0);
                    for (sums, number) in sums.iter_mut().zip(&row[first..first + HALF]) {
                        let number = self.splat_f32x8(*number);
                        for (sum, half) in sums.iter_mut().zip(halves) {
                            *sum = self.mul_add_f32x8(number, half, *sum);
                        }
                    }
                }
                for (row, sums) in tile[first..first + HALF].iter_mut().zip(sums) {
                    row[line] = cast(sums);
                }
            }
        }
        tile
    }
}

/// Loops that any compiler turns into what its target has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

// Tried against it: a line of sums at a time, and three rows at once; both were slower where this is used.
impl Kernel for Plain {
    #[inline(always)]
    fn whole(self, rows: &[[i32; ROWS]], columns: &[Step<i32>]) -> Tile<i32> {
        let mut tile = [[[0; LANES]; LINES]; ROWS];
        for (row, step) in rows.iter().zip(columns) {
            for (sums, pair) in tile.iter_mut().zip(row) {
                let (low, high) = halves(*pair);
                for (sums, line) in sums.iter_mut().zip(step) {
                    for (sum, other) in sums.iter_mut().zip(line.0) {
                        let (other_low, other_high) = halves(other);
                        *sum += low * other_low + high * other_high;
                    }
                }
            }
        }
        tile
    }

    #[inline(always)]
    fn float(self, rows: &[[f32; ROWS]], columns: &[Step<f32>]) -> Tile<f32> {
        let mut tile = [[[0.0; LANES]; LINES]; ROWS];
        for (row, step) in rows.iter().zip(columns) {
            for (sums, number) in tile.iter_mut().zip(row) {
                for (sums, line) in sums.iter_mut().zip(step) {
                    for (sum, other) in sums.iter_mut().zip(line.0) {
                        *sum += number * other;
                    }
                }
            }
        }
        tile
    }
}

#[inline(always)]
fn halves(pair: i32) -> (i32, i32) {
    ((pair << 16) >> 16, pair >> 16)
}

/// Two numbers of 16 bits in one, as the kernels take them.
#[inline(always)]
pub(crate) fn paired(low: i32, high: i32) -> i32 {
    (low & 0xffff) | (high << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Both;

    impl Work for Both {
        type Output = (Tile<i32>, Tile<f32>);
        #[inline(always)]
        fn run<K: Kernel>(self, kernel: K) -> Self::Output {
            let number = |seed: usize| i32::try_from(seed * 7919 % 4095).unwrap() - 2047;
            let whole_rows: Vec<[i32; ROWS]> = (0..192)
                .map(|s| std::array::from_fn(|r| paired(number(s * 31 + r), number(s * 17 + r + 5))))
                .collect();
            let whole_columns: Vec<Step<i32>> = (0..192)
                .map(|s| {
                    std::array::from_fn(|l| {
                        Line(std::array::from_fn(|c| {
                            paired(number(s + 3 * l + 11 * c), number(2 * s + l + c))
                        }))
                    })
                })
                .collect();
            let as_float = |n: i32| f32::from(i16::try_from(n % 1000).unwrap()) / 1000.0;
            let float_rows: Vec<[f32; ROWS]> = whole_rows.iter().map(|row| row.map(as_float)).collect();
            let float_columns: Vec<Step<f32>> =
                whole_columns.iter().map(|s| s.map(|line| Line(line.0.map(as_float)))).collect();
            (kernel.whole(&whole_rows, &whole_columns), kernel.float(&float_rows, &float_columns))
        }
    }

    #[test]
    fn every_machine_comes_to_the_same_sums() {
        let (whole, float) = Both.run(Plain);
        let mut others = vec![run(Both)];
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = V4::try_new() {
            others.push(simd.vectorize(Inlined { work: Both, kernel: simd }));
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = V3::try_new() {
            others.push(simd.vectorize(Inlined { work: Both, kernel: simd }));
        }
        for (other_whole, other_float) in others {
            assert_eq!(whole, other_whole);
            for (a, b) in
                float.as_flattened().as_flattened().iter().zip(other_float.as_flattened().as_flattened())
            {
                assert!((a - b).abs() < 1e-3, "{a} {b}");
            }
        }
    }

    #[test]
    fn pairs_keep_their_signs() {
        for (low, high) in [(-1, 2), (2047, -2047), (-2047, -1), (0, 0)] {
            assert_eq!(halves(paired(low, high)), (low, high));
        }
    }
}

//! Forward, and backward to the input, with outputs side by side: for any stride, dilation and padding.
//!
//! ```text
//!                  a register of outputs, or sixteen of them
//!                ┌───────────────────────┐
//!      N places  │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│   each tap loads a vector of weights,
//!                ├───────────────────────┤     broadcasts N elements of `from`,
//!                │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│     and does N multiply-adds of vectors
//!                └───────────────────────┘
//! ```
//!
//! The places of a tile have the same taps and may lie anywhere. At the end each sum is stored in the plane of its
//! output, one by one.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, Whole, array};

use super::{Group, Weights};
use crate::activation::formula::{Formula, Relu};
use crate::conv2d::axis::Places;
use crate::tile::has_special_loops;

impl<T: Float> Group<'_, T> {
    /// All outputs, one vector of outputs at a time.
    #[inline(always)]
    pub fn outputs<S: Simd<T = T>>(mut self, simd: S) {
        let mut out = 0;
        while out < self.outs {
            out += match self.outs - out {
                _ if const { !S::NATIVE } => self.vector::<_, true, 2>(simd, out),
                left if left <= S::Part::WIDTH => self.vector::<_, false, 8>(simd, out),
                _ if const { S::REGISTERS / S::PARTS >= 16 } => self.vector::<_, true, 8>(simd, out),
                _ if const { S::REGISTERS / S::PARTS >= 8 } => self.vector::<_, true, 6>(simd, out),
                _ => self.vector::<_, true, 3>(simd, out),
            };
        }
    }

    /// As many outputs as `P` holds, or all outputs that are left, at all places. Returns the number of outputs that
    /// `P` holds.
    #[inline(always)]
    fn vector<S: Simd<T = T>, const WHOLE: bool, const N: usize>(&mut self, simd: S, out: usize) -> usize {
        let width = if WHOLE { LANES } else { S::Part::WIDTH };
        self.pack(out, width);
        let (row_way, column_way) = (self.rows, self.columns);
        for rows in row_way.classes() {
            for columns in column_way.classes() {
                for rows in rows.alike() {
                    for columns in columns.alike() {
                        for first in (0..rows.count * columns.count).step_by(N) {
                            // The usual numbers of neighbouring taps have their own loops.
                            match columns.taps.count * usize::from(columns.taps.ahead.abs() == 1) {
                                2 if const { S::NATIVE && has_special_loops::<T>() } => {
                                    simd.outline(Tile::<_, WHOLE, N, 2>(self, (out, &rows, &columns, first)))
                                }
                                3 if const { S::NATIVE && has_special_loops::<T>() } => {
                                    simd.outline(Tile::<_, WHOLE, N, 3>(self, (out, &rows, &columns, first)))
                                }
                                _ => {
                                    simd.outline(Tile::<_, WHOLE, N, 0>(self, (out, &rows, &columns, first)))
                                }
                            }
                        }
                    }
                }
            }
        }
        width
    }

    /// Packs the weights of the outputs from `out` on side by side. If there are fewer outputs than `width`, zeros
    /// follow.
    fn pack(&mut self, out: usize, width: usize) {
        let Weights { w, per_out, per_plane, per_tap } = self.weights;
        let (taps, outs) = (self.rows.kernel() * self.columns.kernel(), width.min(self.outs - out));
        for tap in 0..taps {
            for plane in 0..self.planes.len() {
                let w = &w[plane * per_plane + tap * per_tap + out * per_out..];
                let packed = &mut self.packed[(plane * taps + tap) * width..][..width];
                if per_out == 1 && outs == width {
                    packed.copy_from_slice(&w[..width]);
                    continue;
                }
                for (n, packed) in packed.iter_mut().enumerate() {
                    *packed = if n < outs { w[n * per_out] } else { T::ZERO };
                }
            }
        }
    }

    /// `N` places of places that have the same taps, from place `first` on. If there are fewer, the last place is
    /// repeated.
    #[inline(always)]
    fn tile<P: Part<T = T>, const N: usize, const K: usize>(
        &mut self,
        part: P,
        out: usize,
        rows: &Places,
        columns: &Places,
        first: usize,
    ) {
        let last = rows.count * columns.count - 1;
        let places: [(usize, usize); N] = array!(|n| {
            let n = last.min(first + n);
            (n / columns.count, n % columns.count)
        });
        let outs = P::WIDTH.min(self.outs - out);
        let begin = match self.b {
            Some(b) => part.read_lanes(&b[out..], 0, 0..outs),
            None => part.splat(T::ZERO),
        };
        let mut sums = [begin; N];
        if rows.taps.count > 0 && columns.taps.count > 0 {
            let (width, kernel) = (self.columns.from, self.columns.kernel());
            let image = self.rows.from * width;
            let at: [usize; N] =
                places.map(|(row, column)| rows.lowest(row) * width + columns.lowest(column));
            let (count, apart) = match K {
                0 => (columns.taps.count, columns.taps.ahead.unsigned_abs()),
                _ => (K, 1),
            };
            let step = columns.taps.step * P::WIDTH;
            let across = (count - 1) * apart + 1;
            let reach = (rows.taps.span() - 1) * width + across;
            let taps = self.rows.kernel() * kernel * P::WIDTH;
            for (n, plane) in self.planes.clone().enumerate() {
                let w = &self.packed[n * taps..][..taps];
                let from = &self.from[plane * image..][..image];
                let from: [&[T]; N] = array!(|n| &from[at[n]..][..reach]);
                for (r, y) in rows.taps {
                    let line = (y as usize - rows.taps.lowest()) * width;
                    let from: [&[T]; N] = array!(|n| &from[n][line..][..across]);
                    let w = &w[(r * kernel + columns.taps.first) * P::WIDTH..];
                    for s in 0..count {
                        let x = apart * if self.back { count - 1 - s } else { s };
                        let w = part.read(&w[s * step..]);
                        for n in 0..N {
                            sums[n] = part.pin(w.mul_add(part.splat(from[n][x]), sums[n]));
                        }
                    }
                }
            }
        }
        let mut numbers = [[T::ZERO; LANES]; N];
        for n in 0..N {
            let sum = if self.relu { Relu.value(sums[n]) } else { sums[n] };
            part.write(sum, &mut numbers[n][..P::WIDTH]);
        }
        let (image, width) = (self.rows.to * self.columns.to, self.columns.to);
        let at = places.map(|(row, column)| rows.place(row) * width + columns.place(column));
        for (f, to) in self.to[out * image..].chunks_exact_mut(image).take(outs).enumerate() {
            for n in 0..N {
                to[at[n]] = numbers[n][f];
            }
        }
    }
}

/// The arguments of [`Group::tile`], for one register of outputs, or for sixteen outputs if `WHOLE`.
struct Tile<'a, 'b, T, const WHOLE: bool, const N: usize, const K: usize>(
    &'a mut Group<'b, T>,
    (usize, &'a Places, &'a Places, usize),
);

impl<T: Float, const WHOLE: bool, const N: usize, const K: usize> Kernel<T> for Tile<'_, '_, T, WHOLE, N, K> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let (out, rows, columns, first) = self.1;
        if const { WHOLE } {
            self.0.tile::<_, N, K>(Whole(simd), out, rows, columns, first)
        } else {
            self.0.tile::<_, N, K>(simd.part(), out, rows, columns, first)
        }
    }
}

//! Forward, and backward to the input, with outputs side by side: for any stride, dilation and padding.
//!
//! ```text
//!                  sixteen outputs
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

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

use super::{Group, Weights, fits};
use crate::Lane;
use crate::activation::formula::{Formula, Relu};
use crate::conv2d::axis::Places;

impl<T: Float> Group<'_, T> {
    /// All outputs, one vector of outputs at a time.
    #[inline(always)]
    pub fn outputs<S: Simd<T = T>>(mut self, simd: S) {
        for out in (0..self.outs).step_by(LANES) {
            self.pack(out);
            let (row_axis, column_axis) = (self.rows, self.columns);
            for rows in row_axis.classes() {
                for columns in column_axis.classes() {
                    for rows in rows.alike() {
                        for columns in columns.alike() {
                            self.places(simd, out, &rows, &columns);
                        }
                    }
                }
            }
        }
    }

    /// Packs the weights of sixteen outputs from `out` on side by side. If there are fewer outputs, zeros follow.
    fn pack(&mut self, out: usize) {
        let Weights { w, per_out, per_plane, per_tap } = self.weights;
        let (taps, outs) = (self.rows.kernel() * self.columns.kernel(), LANES.min(self.outs - out));
        let packed = self.packed.as_chunks_mut::<LANES>().0;
        for tap in 0..taps {
            for plane in 0..self.planes.len() {
                let w = &w[plane * per_plane + tap * per_tap + out * per_out..];
                let packed = &mut packed[plane * taps + tap];
                match w.first_chunk() {
                    Some(w) if per_out == 1 && outs == LANES => *packed = *w,
                    _ => *packed = array!(|n| if n < outs { w[n * per_out] } else { T::ZERO }),
                }
            }
        }
    }

    /// The vector of outputs from `out` on, at places that have the same taps.
    #[inline(always)]
    fn places<S: Simd<T = T>>(&mut self, simd: S, out: usize, rows: &Places, columns: &Places) {
        let count = rows.count * columns.count;
        let mut first = 0;
        while first < count {
            let at = At { out, rows, columns, first };
            first += match () {
                () if const { fits::<S>(8) } => simd.outline(Tile::<_, 8>(self, at)),
                () if const { fits::<S>(6) } => simd.outline(Tile::<_, 6>(self, at)),
                () if const { fits::<S>(3) } => simd.outline(Tile::<_, 3>(self, at)),
                () => simd.outline(Tile::<_, 2>(self, at)),
            };
        }
    }
}

/// Where a tile is: the outputs from `out` on, at some rows and columns, from place `first` on.
struct At<'a> {
    out: usize,
    rows: &'a Places,
    columns: &'a Places,
    first: usize,
}

/// A tile of sixteen outputs × `N` places. If there are fewer places, the last place is repeated.
struct Tile<'a, 'b, T, const N: usize>(&'a mut Group<'b, T>, At<'a>);

impl<T: Float, const N: usize> Kernel<T> for Tile<'_, '_, T, N> {
    type Output = usize;

    /// Returns `N`.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) -> usize {
        let At { rows, columns, first, .. } = self.1;
        let last = rows.count * columns.count - 1;
        let places: [(usize, usize); N] = array!(|n| {
            let n = last.min(first + n);
            (n / columns.count, n % columns.count)
        });
        let mut sums = self.begin(simd);
        if rows.taps.count > 0 && columns.taps.count > 0 {
            self.taps(simd, &places, &mut sums);
        }
        self.end(simd, &places, &sums);
        N
    }
}

impl<T: Float, const N: usize> Tile<'_, '_, T, N> {
    /// The sums before the first tap.
    #[inline(always)]
    fn begin<S: Simd<T = T>>(&self, simd: S) -> [S::V; N] {
        let Tile(group, At { out, .. }) = self;
        let outs = LANES.min(group.outs - out);
        [group.b.map_or(simd.splat(T::ZERO), |b| simd.load_partial(&b[*out..][..outs])); N]
    }

    /// Adds all taps of all planes to the sums.
    #[inline(always)]
    fn taps<S: Simd<T = T>>(&self, simd: S, places: &[(usize, usize); N], sums: &mut [S::V; N]) {
        let Tile(group, At { rows, columns, .. }) = self;
        let (width, kernel) = (group.columns.from, group.columns.kernel());
        let image = group.rows.from * width;
        let at: [usize; N] = places.map(|(row, column)| rows.lowest(row) * width + columns.lowest(column));
        let (count, apart) = (columns.taps.count, columns.taps.ahead.unsigned_abs());
        let across = (count - 1) * apart + 1;
        let reach = (rows.taps.span() - 1) * width + across;
        let taps = group.rows.kernel() * kernel;
        let packed: &[Lane<T>] = group.packed.as_chunks().0;
        for (n, plane) in group.planes.clone().enumerate() {
            let w = &packed[n * taps..][..taps];
            let from = &group.from[plane * image..][..image];
            let from: [&[T]; N] = array!(|n| &from[at[n]..][..reach]);
            for (r, y) in rows.taps {
                let line = (y as usize - rows.taps.lowest()) * width;
                let from: [&[T]; N] = array!(|n| &from[n][line..][..across]);
                let w = &w[r * kernel + columns.taps.first..];
                for s in 0..count {
                    let x = apart * if group.back { count - 1 - s } else { s };
                    let w = simd.load(&w[s * columns.taps.step]);
                    for n in 0..N {
                        sums[n] = simd.pin(w.mul_add(simd.splat(from[n][x]), sums[n]));
                    }
                }
            }
        }
    }

    /// Stores the sums, each in the plane of its output.
    #[inline(always)]
    fn end<S: Simd<T = T>>(&mut self, simd: S, places: &[(usize, usize); N], sums: &[S::V; N]) {
        let Tile(group, At { out, rows, columns, .. }) = self;
        let mut elements = [[T::ZERO; LANES]; N];
        for n in 0..N {
            let sum = if group.relu { Relu.value(sums[n]) } else { sums[n] };
            simd.store(sum, &mut elements[n]);
        }
        let (image, width) = (group.rows.to * group.columns.to, group.columns.to);
        let at = places.map(|(row, column)| rows.place(row) * width + columns.place(column));
        for (f, to) in group.to[*out * image..].chunks_exact_mut(image).take(LANES).enumerate() {
            for n in 0..N {
                to[at[n]] = elements[n][f];
            }
        }
    }
}

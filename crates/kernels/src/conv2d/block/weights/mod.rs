//! The gradient to the weights.
//!
//! ```text
//!     for a few filters, for some rows of `dy` at a time:
//!
//!       for each channel and each row of the window:
//!         P neighbouring taps at a time: the tile of `tile.rs`
//!
//!     at the end: the tree over the sixteen lanes of each sum
//! ```
//!
//! Each lane has a chain over the pixels of its sample. The loop takes as many rows at a time as stay in the first-level
//! cache. Between two such groups of rows, the sums are stored in `scratch`.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

mod tile;

use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Simd, array};

use crate::Lane;
use crate::conv2d::Geometry;
use tile::{Tile, Tiled};

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy·t+r·d−p, ox·t+s·d−p]`, first lane by lane and then over the lanes:
/// the leaf of [`reference::backward_weights`](crate::conv2d::reference::backward_weights).
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [Lane<T>],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [Lane<T>],
    /// Gradient to the weights, r×s×c×k; the result is added to it.
    pub dw: &'a mut [T],
    /// Gradient to the biases, k, or empty. The result is added to it, as [`BackwardBias`](super::BackwardBias) does.
    pub db: &'a mut [T],
    /// Scratch memory of [`scratch`](super::scratch) vectors.
    pub scratch: &'a mut [Lane<T>],
}

/// The most filters in a tile.
const FILTERS: usize = 4;

/// The length of the scratch memory of [`BackwardWeights`], in vectors.
pub(super) fn room(g: &Geometry) -> usize {
    FILTERS.min(g.group_filters()) * (g.group_channels() * g.rows.kernel * g.columns.kernel + 1)
}

/// Whether the sums of `filters` × `taps` fit in the registers. Tiles that do not fit are not compiled.
const fn fits<S: Simd>(filters: usize, taps: usize) -> bool {
    filters * taps <= S::TILE_REGISTERS
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        for group in 0..self.g.groups {
            let mut k = group * self.g.group_filters();
            let end = k + self.g.group_filters();
            while k < end {
                k += match end - k {
                    FILTERS.. if const { fits::<S>(FILTERS, 3) } => self.filters::<S, FILTERS>(simd, k),
                    2.. if const { fits::<S>(2, 3) } => self.filters::<S, 2>(simd, k),
                    _ => self.filters::<S, 1>(simd, k),
                };
            }
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// All taps of `F` filters of one group. Returns `F`.
    #[inline(always)]
    fn filters<S: Simd<T = T>, const F: usize>(&mut self, simd: S, k: usize) -> usize {
        let g = self.g;
        let taps = g.group_channels() * g.rows.kernel * g.columns.kernel;
        self.scratch[..(taps + 1) * F].fill([T::ZERO; LANES]);
        // The rows of `dy` take five eighths of the first-level cache.
        let row = F * g.columns.output * size_of::<Lane<T>>();
        let together = (S::FIRST_LEVEL / 8 * 5 / row).max(1);
        for first in (0..g.rows.output).step_by(together) {
            let oys = first..(first + together).min(g.rows.output);
            if !self.db.is_empty() {
                self.biases::<S, F>(simd, k, taps * F, &oys);
            }
            self.taps::<S, F>(simd, k, &oys);
        }
        self.add_lanes::<S, F>(simd, k);
        F
    }

    /// All taps of `F` filters, over the pixels of the rows `oys`.
    #[inline(always)]
    fn taps<S: Simd<T = T>, const F: usize>(&mut self, simd: S, k: usize, oys: &Range<usize>) {
        let kernel = self.g.columns.kernel;
        let mut s = 0;
        while s < kernel {
            s += match kernel - s {
                5 if const { fits::<S>(F, 5) } => self.neighbours::<S, F, 5>(simd, k, s, oys),
                3.. if const { fits::<S>(F, 3) } => self.neighbours::<S, F, 3>(simd, k, s, oys),
                _ => self.neighbours::<S, F, 1>(simd, k, s, oys),
            };
        }
    }

    /// `P` neighbouring taps of `F` filters, in all rows and channels, over the pixels of the rows `oys`. Returns `P`.
    #[inline(always)]
    fn neighbours<S: Simd<T = T>, const F: usize, const P: usize>(
        &mut self,
        simd: S,
        k: usize,
        s: usize,
        oys: &Range<usize>,
    ) -> usize {
        let g = self.g;
        for (c, channel) in g.channels_of(k).enumerate() {
            for r in 0..g.rows.kernel {
                let readers = g.rows.readers(r);
                let oys = oys.start.max(readers.start)..oys.end.min(readers.end);
                simd.outline(Tiled::<_, F, P>(self, Tile { k, c, channel, r, s, oys }));
            }
        }
        P
    }

    /// The bias sums of `F` filters over the pixels of the rows `oys`. The sums are stored at `sums_at`.
    #[inline(always)]
    fn biases<S: Simd<T = T>, const F: usize>(
        &mut self,
        simd: S,
        k: usize,
        sums_at: usize,
        oys: &Range<usize>,
    ) {
        let (width, waiting) = (self.g.columns.output, &mut self.scratch[sums_at..][..F]);
        for part in simd.parts() {
            let dy: [&[Lane<T>]; F] =
                array!(|f| &self.dy[self.g.y(k + f, oys.start, 0)..][..oys.len() * width]);
            let mut sums: [_; F] = array!(|f| part.load(&waiting[f]));
            for pixel in 0..oys.len() * width {
                for f in 0..F {
                    sums[f] = sums[f] + part.load(&dy[f][pixel]);
                }
            }
            for f in 0..F {
                part.store(sums[f], &mut waiting[f]);
            }
        }
    }

    /// Adds the lanes of all sums of `F` filters to `dw` and `db`.
    #[inline(always)]
    fn add_lanes<S: Simd<T = T>, const F: usize>(&mut self, simd: S, k: usize) {
        let g = self.g;
        let mut sums = self.scratch.iter();
        for c in 0..g.group_channels() {
            for r in 0..g.rows.kernel {
                for s in 0..g.columns.kernel {
                    let dw = &mut self.dw[g.w(r, s, c, k)..][..F];
                    for (dw, sum) in dw.iter_mut().zip(&mut sums) {
                        *dw += simd.sum(simd.load(sum));
                    }
                }
            }
        }
        if !self.db.is_empty() {
            for (db, sum) in self.db[k..][..F].iter_mut().zip(sums) {
                *db += simd.sum(simd.load(sum));
            }
        }
    }
}

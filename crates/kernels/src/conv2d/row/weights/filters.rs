//! The gradient to the weights with filters side by side.
//!
//! ```text
//!                  sixteen filters
//!                ┌───────────────────────┐
//!      N taps    │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│   each pixel of a lane loads a vector of `dy`,
//!                ├───────────────────────┤     broadcasts N elements of `x`,
//!                │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│     and does N multiply-adds of vectors
//!                └───────────────────────┘
//! ```
//!
//! The columns of one partial sum of the reference are a *lane*. The tile computes one lane after the other, and adds
//! the lanes by the tree.

use core::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

use super::BackwardWeights;
use crate::Lane;
use crate::conv2d::row::fits;
use crate::conv2d::{Axis, Geometry};

impl<T: Float> BackwardWeights<'_, T> {
    /// All filters, one vector of filters at a time.
    #[inline(always)]
    pub(super) fn filters<S: Simd<T = T>>(mut self, simd: S) {
        for group in 0..self.g.groups {
            let (first, end) = (group * self.g.group_filters(), (group + 1) * self.g.group_filters());
            for k in (first..end).step_by(LANES) {
                let ks = k..end.min(k + LANES);
                match () {
                    () if const { fits::<S>(8) } => simd.outline(Filters::<_, 8>(&mut self, ks)),
                    () if const { fits::<S>(6) } => simd.outline(Filters::<_, 6>(&mut self, ks)),
                    () if const { fits::<S>(3) } => simd.outline(Filters::<_, 3>(&mut self, ks)),
                    () => simd.outline(Filters::<_, 2>(&mut self, ks)),
                }
            }
        }
    }
}

/// All taps of up to sixteen filters, `N` taps at a time.
struct Filters<'a, 'b, T, const N: usize>(&'a mut BackwardWeights<'b, T>, Range<usize>);

impl<T: Float, const N: usize> Kernel<T> for Filters<'_, '_, T, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        self.pack();
        let g = self.0.g;
        for r in 0..g.rows.kernel {
            for first in (0..g.group_channels() * g.columns.kernel).step_by(N) {
                self.tile(simd, r, first);
            }
        }
    }
}

impl<T: Float, const N: usize> Filters<'_, '_, T, N> {
    /// Puts the elements of `dy` of the filters side by side in the scratch memory. What the vectors hold after the last
    /// filter is not used.
    #[inline(always)]
    fn pack(&mut self) {
        let Filters(all, ks) = self;
        let pixels = all.g.rows.output * all.g.columns.output;
        let dys = all.dy[ks.start * pixels..ks.end * pixels].chunks_exact(pixels);
        let packed = all.scratch.as_chunks_mut::<LANES>().0;
        for (k, dy) in dys.enumerate() {
            for (dy, to) in dy.iter().zip(&mut *packed) {
                to[k] = *dy;
            }
        }
    }

    /// `N` taps of row `r`, from tap `first` of all channels on. If there are fewer, the last tap is repeated.
    #[inline(always)]
    fn tile<S: Simd<T = T>>(&mut self, simd: S, r: usize, first: usize) {
        let Filters(all, ks) = self;
        let g = &{ *all.g };
        let channels = g.group_channels();
        let count = N.min(channels * g.columns.kernel - first);
        let mut taps = [(first % channels, first / channels); N];
        for n in 1..N {
            let (c, s) = taps[n - 1];
            taps[n] = match (n < count, c + 1 < channels) {
                (false, _) => (c, s),
                (true, true) => (c + 1, s),
                (true, false) => (0, s + 1),
            };
        }
        let tile = TileTaps::new(g, r, taps, &all.x[g.x(g.channels_of(ks.start).start, 0, 0)..]);
        let sums = tile.all_lanes(simd, g, all.scratch.as_chunks().0);
        for n in 0..count {
            let (c, s) = taps[n];
            let dw = &mut all.dw[g.w(r, s, c, ks.start)..][..ks.len()];
            simd.store_partial(simd.load_partial(dw) + sums[n], dw);
        }
    }
}

/// Some taps of row `r`, each given by channel and column, and the pixels that they read.
struct TileTaps<'a, T, const N: usize> {
    r: usize,
    taps: [(usize, usize); N],
    /// The columns for which some tap reads a pixel, and the columns for which all taps do.
    some: Range<usize>,
    all: Range<usize>,
    /// The channels.
    images: &'a [T],
    /// For each tap, its channel, from the pixel that the tap reads for the first column of `all` on.
    x: [&'a [T]; N],
}

impl<'a, T: Float, const N: usize> TileTaps<'a, T, N> {
    #[inline(always)]
    fn new(g: &Geometry, r: usize, taps: [(usize, usize); N], images: &'a [T]) -> Self {
        // The further right a tap is, the further left are the columns for which it reads a pixel.
        let (left, right) = (g.columns.readers(taps[0].1), g.columns.readers(taps[N - 1].1));
        let (some, all) = (right.start..left.end, left.start..right.end);
        let at: [usize; N] =
            array!(|n| if all.is_empty() { 0 } else { g.columns.reads(all.start, taps[n].1) });
        let image = g.x(1, 0, 0);
        let mut reach = image;
        for at in at {
            reach = reach.min(image - at);
        }
        let x = array!(|n| &images[taps[n].0 * image + at[n]..][..reach]);
        TileTaps { r, taps, some, all, images, x }
    }

    /// The sums over all pixels: the tree over the lanes. `dy` holds vectors of filters.
    #[inline(always)]
    fn all_lanes<S: Simd<T = T>>(&self, simd: S, g: &Geometry, dy: &[Lane<T>]) -> [S::V; N] {
        let nothing = simd.splat(T::ZERO);
        // `waiting[n]` is the sum of 2ⁿ lanes. In short rows, half of the lanes or more are zero.
        let lanes = g.columns.output.next_power_of_two().min(LANES);
        let levels = lanes.trailing_zeros();
        let mut waiting = [[nothing; N]; 5];
        for turn in 0..lanes {
            let lane = turn.reverse_bits() >> 1 >> (usize::BITS - 1 - levels);
            let mut sums = self.lane(simd, g, dy, lane);
            if lanes < LANES {
                for n in 0..N {
                    sums[n] = sums[n] + nothing;
                }
            }
            let level = turn.trailing_ones() as usize;
            for before in &waiting[..level] {
                for n in 0..N {
                    sums[n] = before[n] + sums[n];
                }
            }
            waiting[level] = sums;
        }
        waiting[levels as usize]
    }

    /// The sums over the pixels of one lane. `dy` holds vectors of filters.
    #[inline(always)]
    fn lane<S: Simd<T = T>>(&self, simd: S, g: &Geometry, dy: &[Lane<T>], lane: usize) -> [S::V; N] {
        let TileTaps { r, taps, some, all, images, x } = self;
        let Axis { input, output: width, stride, .. } = g.columns;
        let rows = g.rows;
        let first = some.start + (lane + LANES - some.start % LANES) % LANES;
        let count = some.end.saturating_sub(first).div_ceil(LANES);
        let mut sums = [simd.splat(T::ZERO); N];
        if all.start <= first && first + count * LANES < all.end + LANES {
            for oy in rows.readers(*r) {
                let mut pixel = oy * width + first;
                let mut at = rows.reads(oy, *r) * input + (first - all.start) * stride;
                for _ in 0..count {
                    let dy = simd.load(&dy[pixel]);
                    for n in 0..N {
                        sums[n] = simd.pin(dy.mul_add(simd.splat(x[n][at]), sums[n]));
                    }
                    pixel += LANES;
                    at += LANES * stride;
                }
            }
        } else {
            for oy in rows.readers(*r) {
                let line = rows.reads(oy, *r) * input;
                for ox in (first..some.end).step_by(LANES) {
                    let dy = simd.load(&dy[oy * width + ox]);
                    for n in 0..N {
                        let (c, s) = taps[n];
                        if let Some(ix) = g.columns.read(ox, s) {
                            let x = simd.splat(images[g.x(c, 0, line + ix)]);
                            sums[n] = simd.pin(dy.mul_add(x, sums[n]));
                        }
                    }
                }
            }
        }
        sums
    }
}

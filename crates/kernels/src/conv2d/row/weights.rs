//! The gradient to the weights of one sample.
//!
//! ```text
//!                  a register of filters, or sixteen of them
//!                ┌───────────────────────┐
//!      N taps    │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│   each pixel of a lane loads a vector of `dy`,
//!                ├───────────────────────┤     broadcasts N elements of `x`,
//!                │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│     and does N multiply-adds of vectors
//!                └───────────────────────┘
//! ```
//!
//! The reference has sixteen partial sums. Partial sum `l` has the columns `ox` with `ox mod 16 = l`. Here these
//! columns are one *lane*. The tile computes the columns of one lane after the other. The tree adds the sixteen
//! results.
//!
//! If there is one channel, or if there are few filters, and all taps read a pixel for all columns, then columns are
//! side by side instead, and a vector holds the sixteen partial sums.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

use std::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Part, Real, Simd, Whole, array};

use crate::conv2d::{Axis, Geometry};

/// `dw[r,s,c,k] += Σ oy,ox  dy[k,oy,ox] · x[c, oy·t+r·d−p, ox·t+s·d−p]`:
/// [`reference::backward_weights_row`](crate::conv2d::reference::backward_weights_row).
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// The convolution.
    pub g: &'a Geometry,
    /// Input, c×h×w.
    pub x: &'a [T],
    /// Gradient to the output, k×oh×ow.
    pub dy: &'a [T],
    /// Gradient to the weights, r×s×c×k; the result is added to it.
    pub dw: &'a mut [T],
    /// Scratch memory of [`scratch`](super::scratch) elements.
    pub scratch: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let few = self.g.channels == 1 || 2 * self.g.filters <= S::Part::WIDTH;
        match self.g.usual().filter(|g| few && g.columns.forward().unclipped()) {
            Some(g) => BackwardWeights { g: &g, ..self }.columns(simd),
            None => self.filters(simd),
        }
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// Filters side by side, one vector of filters at a time.
    #[inline(always)]
    fn filters<S: Simd<T = T>>(mut self, simd: S) {
        for group in 0..self.g.groups {
            let (mut k, end) = (group * self.g.group_filters(), (group + 1) * self.g.group_filters());
            while k < end {
                k += match end - k {
                    _ if const { !S::NATIVE } => simd.outline(Vector::<_, true, 2>(&mut self, k..end)),
                    left if left <= S::Part::WIDTH => simd.outline(Vector::<_, false, 8>(&mut self, k..end)),
                    _ if const { S::REGISTERS / S::PARTS >= 16 } => {
                        simd.outline(Vector::<_, true, 8>(&mut self, k..end))
                    }
                    _ if const { S::REGISTERS / S::PARTS >= 8 } => {
                        simd.outline(Vector::<_, true, 6>(&mut self, k..end))
                    }
                    _ => simd.outline(Vector::<_, true, 3>(&mut self, k..end)),
                };
            }
        }
    }

    /// As many filters as `P` holds, or all filters `ks`, and all taps. Returns the number of filters that `P` holds.
    #[inline(always)]
    fn vector<P: Part<T = T>, const N: usize>(&mut self, part: P, ks: Range<usize>) -> usize {
        let Geometry { rows, columns, .. } = *self.g;
        let ks = ks.start..ks.end.min(ks.start + P::WIDTH);
        let pixels = rows.output * columns.output;
        let dys = self.dy[ks.start * pixels..ks.end * pixels].chunks_exact(pixels);
        for (k, dy) in dys.enumerate() {
            for (dy, to) in dy.iter().zip(self.scratch.chunks_exact_mut(P::WIDTH)) {
                to[k] = *dy;
            }
        }
        for r in 0..rows.kernel {
            for first in (0..self.g.group_channels() * columns.kernel).step_by(N) {
                self.tile::<_, N>(part, &ks, r, first);
            }
        }
        P::WIDTH
    }

    /// `N` taps of row `r`, from tap `first` of all channels on. If there are fewer, the last tap is repeated.
    #[inline(always)]
    fn tile<P: Part<T = T>, const N: usize>(&mut self, part: P, ks: &Range<usize>, r: usize, first: usize) {
        let g = &{ *self.g };
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
        let tile = Taps::new(g, r, taps, &self.x[g.x(g.channels_of(ks.start).start, 0, 0)..]);
        let nothing = part.splat(T::ZERO);
        // The tree over the lanes. `waiting[n]` is the sum of 2ⁿ lanes. In short rows, half of the lanes or more are
        // zero.
        let lanes = g.columns.output.next_power_of_two().min(LANES);
        let levels = lanes.trailing_zeros();
        let mut waiting = [[nothing; N]; 5];
        for turn in 0..lanes {
            let lane = turn.reverse_bits() >> 1 >> (usize::BITS - 1 - levels);
            let mut sums = tile.lane(part, g, self.scratch, lane);
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
        let sums = waiting[levels as usize];
        for n in 0..count {
            let (c, s) = taps[n];
            let dw = &mut self.dw[g.w(r, s, c, ks.start)..][..ks.len()];
            part.write(part.read_lanes(dw, 0, 0..ks.len()) + sums[n], dw);
        }
    }
}

/// [`BackwardWeights::vector`] for some filters: one register of filters, or sixteen filters if `WHOLE`.
struct Vector<'a, 'b, T, const WHOLE: bool, const N: usize>(&'a mut BackwardWeights<'b, T>, Range<usize>);

impl<T: Float, const WHOLE: bool, const N: usize> Kernel<T> for Vector<'_, '_, T, WHOLE, N> {
    type Output = usize;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) -> usize {
        if const { WHOLE } {
            self.0.vector::<_, N>(Whole(simd), self.1)
        } else {
            self.0.vector::<_, N>(simd.part(), self.1)
        }
    }
}

/// Some taps of row `r`, each given by channel and column, and the pixels that they read.
struct Taps<'a, T, const N: usize> {
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

impl<'a, T: Float, const N: usize> Taps<'a, T, N> {
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
        Taps { r, taps, some, all, images, x }
    }

    /// The sums over the pixels of one lane. [`BackwardWeights::vector`] has prepared `dy`.
    #[inline(always)]
    fn lane<P: Part<T = T>>(&self, part: P, g: &Geometry, dy: &[T], lane: usize) -> [P::R; N] {
        let Taps { r, taps, some, all, images, x } = self;
        let Axis { input, output: width, stride, .. } = g.columns;
        let rows = g.rows;
        let first = some.start + (lane + LANES - some.start % LANES) % LANES;
        let count = some.end.saturating_sub(first).div_ceil(LANES);
        let mut sums = [part.splat(T::ZERO); N];
        if all.start <= first && first + count * LANES < all.end + LANES {
            for oy in rows.readers(*r) {
                let mut pixel = oy * width + first;
                let mut at = rows.reads(oy, *r) * input + (first - all.start) * stride;
                for _ in 0..count {
                    let dy = part.read(&dy[pixel * P::WIDTH..]);
                    for n in 0..N {
                        sums[n] = part.pin(dy.mul_add(part.splat(x[n][at]), sums[n]));
                    }
                    pixel += LANES;
                    at += LANES * stride;
                }
            }
        } else {
            for oy in rows.readers(*r) {
                let line = rows.reads(oy, *r) * input;
                for ox in (first..some.end).step_by(LANES) {
                    let dy = part.read(&dy[(oy * width + ox) * P::WIDTH..]);
                    for n in 0..N {
                        let (c, s) = taps[n];
                        if let Some(ix) = g.columns.read(ox, s) {
                            let x = part.splat(images[g.x(c, 0, line + ix)]);
                            sums[n] = part.pin(dy.mul_add(x, sums[n]));
                        }
                    }
                }
            }
        }
        sums
    }
}

impl<T: Float> BackwardWeights<'_, T> {
    /// Columns side by side, for convolutions in which all taps read a pixel for all columns.
    #[inline(always)]
    fn columns<S: Simd<T = T>>(mut self, simd: S) {
        let g = self.g;
        for k in 0..g.filters {
            for c in 0..g.group_channels() {
                for r in 0..g.rows.kernel {
                    let mut s = 0;
                    while s < g.columns.kernel {
                        s += match g.columns.kernel - s {
                            1 => self.taps::<S, 1>(simd, k, c, r, s),
                            2 => self.taps::<S, 2>(simd, k, c, r, s),
                            _ => self.taps::<S, 3>(simd, k, c, r, s),
                        };
                    }
                }
            }
        }
    }

    /// `P` neighbouring taps, in registers during the loop over all pixels. Returns `P`.
    #[inline(always)]
    fn taps<S: Simd<T = T>, const P: usize>(
        &mut self,
        simd: S,
        k: usize,
        c: usize,
        r: usize,
        s: usize,
    ) -> usize {
        let g = self.g;
        let Axis { dilation, padding, output: width, .. } = g.columns;
        // The last vector of a row adds −0 to the lanes that it does not fill. The addition of −0 changes no value.
        let (filled, nothing) = (simd.mask(0..width % LANES), simd.splat(-T::ZERO));
        let mut sums = [simd.splat(T::ZERO); P];
        for oy in g.rows.readers(r) {
            let iy = g.rows.reads(oy, r);
            let x: [&[T]; P] = array!(|p| &self.x[g.x(c, iy, (s + p) * dilation - padding)..][..width]);
            let dy = &self.dy[g.y(k, oy, 0)..][..width];
            let (full, rest) = dy.as_chunks::<LANES>();
            for (n, dy) in full.iter().enumerate() {
                let dy = simd.load(dy);
                for p in 0..P {
                    sums[p] = dy.mul_add(simd.load(&x[p].as_chunks().0[n]), sums[p]);
                }
            }
            let dy = S::V::select(filled, simd.load_part(rest), nothing);
            for p in 0..P {
                sums[p] = dy.mul_add(simd.load_part(x[p].as_chunks::<LANES>().1), sums[p]);
            }
        }
        for p in 0..P {
            self.dw[g.w(r, s + p, c, k)] += simd.sum(sums[p]);
        }
        P
    }
}

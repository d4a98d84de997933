//! Dense layers for one sample, sixteen outputs side by side.
//!
//! ```text
//!                N vectors of outputs
//!     x[i]  ·  ┌───────────┬───────────┬───────────┐     each input loads N vectors of weights
//!              │  w[i, ·]  │  w[i, ·]  │  w[i, ·]  │     and does N multiply-adds of vectors
//!              └───────────┴───────────┴───────────┘
//! ```
//!
//! Forward equals `reference` in every bit. Backward to the input equals `reference::backward_input_row`. A step equals
//! `reference::descend_row`.
//!
//! The weights do not fit in the first-level cache, and each weight is used once or twice. So forward takes a part of
//! the weights at a time. This part stays in the cache during the loop over all outputs. A step ([`Descend`]) reads and
//! writes each weight once, for backward and for the update.
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

mod descend;

use core::ops::Range;

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, array};

pub use descend::Descend;

/// `y[o] = b[o] + Σ i  x[i] · w[i,o]`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Input, i.
    pub x: &'a [T],
    /// Weights, i×o.
    pub w: &'a [T],
    /// Biases, o. Without biases, each sum begins with zero.
    pub b: Option<&'a [T]>,
    /// Output, o.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    /// The loop takes as many inputs at a time as have weights that stay in the first-level cache during the loop over
    /// all outputs. Between two such groups of inputs, the sums are stored in `y`.
    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let (inputs, outputs) = (self.x.len(), self.y.len());
        // Half of the first-level cache.
        let together = (S::FIRST_LEVEL / 2 / (outputs * size_of::<T>())).max(1);
        match self.b {
            Some(b) => self.y.copy_from_slice(b),
            None => self.y.fill(T::ZERO),
        }
        for first in (0..inputs).step_by(together) {
            let inputs = first..(first + together).min(inputs);
            let mut o = 0;
            while o < outputs {
                o += LANES
                    * match tile_width::<S>((outputs - o).div_ceil(LANES)) {
                        1 => self.tile::<S, 1>(simd, &inputs, o),
                        2 => self.tile::<S, 2>(simd, &inputs, o),
                        3 | 5 => self.tile::<S, 3>(simd, &inputs, o),
                        4 => self.tile::<S, 4>(simd, &inputs, o),
                        7 => self.tile::<S, 7>(simd, &inputs, o),
                        8 => self.tile::<S, 8>(simd, &inputs, o),
                        _ => self.tile::<S, 6>(simd, &inputs, o),
                    };
            }
        }
    }
}

/// The width of the next tile of sums, in vectors, if `left` vectors are left. No single vector is left for the last tile.
#[inline(always)]
fn tile_width<S: Simd>(left: usize) -> usize {
    let most = (S::TILE_REGISTERS / S::PARTS).clamp(1, 8);
    if most < left && left < 2 * most { left / 2 } else { left.min(most) }
}

impl<T: Float> Forward<'_, T> {
    #[inline(always)]
    fn tile<S: Simd<T = T>, const N: usize>(&mut self, simd: S, inputs: &Range<usize>, o: usize) -> usize {
        if const { N * S::PARTS > S::TILE_REGISTERS } {
            return N;
        }
        if o + N * LANES <= self.y.len() {
            self.outputs::<S, N, false>(simd, inputs, o);
        } else {
            self.outputs::<S, N, true>(simd, inputs, o);
        }
        N
    }

    /// `N` vectors of outputs, in registers during the loop over some inputs. The last vector is partly filled if
    /// `PARTIAL`.
    #[inline(always)]
    fn outputs<S: Simd<T = T>, const N: usize, const PARTIAL: bool>(
        &mut self,
        simd: S,
        inputs: &Range<usize>,
        o: usize,
    ) {
        let outputs = self.y.len();
        let here = o..(o + N * LANES).min(outputs);
        let (x, w) = (&self.x[inputs.clone()], &self.w[inputs.start * outputs..inputs.end * outputs]);
        let y = &mut self.y[here.clone()];
        let mut sums: [S::V; N] = array!(|n| simd.load_partial(&y[n * LANES..]));
        for (x, w) in x.iter().zip(w.chunks_exact(outputs)) {
            let x = simd.splat(*x);
            let (full, rest) = w[here.clone()].as_chunks();
            let full = &full[..if PARTIAL { N - 1 } else { N }];
            for n in 0..N {
                let w = if PARTIAL && n == N - 1 { simd.load_partial(rest) } else { simd.load(&full[n]) };
                sums[n] = x.mul_add(w, sums[n]);
            }
        }
        for n in 0..N {
            simd.store_partial(sums[n], &mut y[n * LANES..]);
        }
    }
}

/// `dx[i] = Σ o  dy[o] · w[i,o]`: [`reference::backward_input_row`](super::reference::backward_input_row).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// Weights, i×o.
    pub w: &'a [T],
    /// Gradient to the output, o.
    pub dy: &'a [T],
    /// Gradient to the input, i.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardInput { w, dy, dx } = self;
        for (dx, w) in dx.iter_mut().zip(w.chunks_exact(dy.len())) {
            let mut sum = simd.splat(T::ZERO);
            for (w, dy) in w.chunks(LANES).zip(dy.chunks(LANES)) {
                sum = simd.load_partial(dy).mul_add(simd.load_partial(w), sum);
            }
            *dx = simd.sum(sum);
        }
    }
}

/// `dw[i,o] += x[i] · dy[o]` and `db[o] += dy[o]`: [`reference::backward_weights`](super::reference::backward_weights).
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// Input, i.
    pub x: &'a [T],
    /// Gradient to the output, o.
    pub dy: &'a [T],
    /// Gradient to the weights, i×o; the result is added to it.
    pub dw: &'a mut [T],
    /// Gradient to the biases, o; the result is added to it. Empty if there are no biases.
    pub db: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardWeights { x, dy, dw, db } = self;
        for (x, dw) in x.iter().zip(dw.chunks_exact_mut(dy.len())) {
            let x = simd.splat(*x);
            for (dw, dy) in dw.chunks_mut(LANES).zip(dy.chunks(LANES)) {
                simd.store_partial(x.mul_add(simd.load_partial(dy), simd.load_partial(dw)), dw);
            }
        }
        for (db, dy) in db.iter_mut().zip(dy) {
            *db += *dy;
        }
    }
}

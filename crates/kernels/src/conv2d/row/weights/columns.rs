//! The gradient to the weights with columns side by side.
//!
//! ```text
//!                  sixteen columns
//!                ┌───────────────────────┐
//!      P taps    │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│   each vector of `dy` loads P vectors of `x`,
//!                ├───────────────────────┤     and does P multiply-adds of vectors
//!                │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│
//!                └───────────────────────┘
//! ```

use toddle_lanes::{Float, LANES, Real, Simd, array};

use super::BackwardWeights;
use crate::conv2d::Axis;

impl<T: Float> BackwardWeights<'_, T> {
    /// Columns side by side, for convolutions in which all taps read a pixel for all columns.
    #[inline(always)]
    pub(super) fn columns<S: Simd<T = T>>(mut self, simd: S) {
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
            let dy = S::V::select(filled, simd.load_partial(rest), nothing);
            for p in 0..P {
                sums[p] = dy.mul_add(simd.load_partial(x[p].as_chunks::<LANES>().1), sums[p]);
            }
        }
        for p in 0..P {
            self.dw[g.w(r, s + p, c, k)] += simd.sum(sums[p]);
        }
        P
    }
}

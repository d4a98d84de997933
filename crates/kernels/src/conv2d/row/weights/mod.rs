//! The gradient to the weights of one sample.
//!
//! The reference has sixteen partial sums. Partial sum `l` has the columns `ox` with `ox mod 16 = l`. The tree adds the
//! partial sums.
//!
//! | file | a vector holds |
//! |---|---|
//! | `columns.rs` | the sixteen partial sums of one tap, if all taps read a pixel for all columns, and there is one channel or few filters |
//! | `filters.rs` | the same partial sum of sixteen filters |
//!
//! Measured in `bench/runs/2026-11-27-amd-epyc-family-26-model-2/kernels.json`.

mod columns;
mod filters;

use toddle_lanes::{Float, Kernel, Part, Simd};

use crate::conv2d::Geometry;

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

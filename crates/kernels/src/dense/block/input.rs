//! The gradient of a dense layer to its input.
//!
//! ```text
//!               one vector of samples
//!             ┌───────────────────────┐
//!     N inputs│ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│   each output loads a vector of `dy`,
//!             ├───────────────────────┤     broadcasts N weights,
//!             │ Σ  Σ  Σ  Σ  Σ  Σ  Σ  Σ│     and does N multiply-adds of vectors
//!             └───────────────────────┘
//! ```

use toddle_lanes::{Float, Kernel, Real, Simd, array};

use super::{fits, tile_height};
use crate::Lane;

/// `dx[i] = Σ o  dy[o] · w[i,o]`: [`reference::backward_input`](super::super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// Weights, i×o.
    pub w: &'a [T],
    /// Gradient to the output, o.
    pub dy: &'a [Lane<T>],
    /// Gradient to the input, i.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(mut self, simd: S) {
        let mut i = 0;
        while i < self.dx.len() {
            i += match tile_height::<S>(self.dx.len() - i) {
                16 => self.inputs::<S, 16>(simd, i),
                12 => self.inputs::<S, 12>(simd, i),
                6 => self.inputs::<S, 6>(simd, i),
                3 => self.inputs::<S, 3>(simd, i),
                2 => self.inputs::<S, 2>(simd, i),
                _ => self.inputs::<S, 1>(simd, i),
            };
        }
    }
}

impl<T: Float> BackwardInput<'_, T> {
    /// `N` inputs, in registers during the loop over all outputs. Returns `N`.
    #[inline(always)]
    fn inputs<S: Simd<T = T>, const N: usize>(&mut self, simd: S, i: usize) -> usize {
        if const { !fits::<S>(N) } {
            return N;
        }
        let outputs = self.dy.len();
        let w: [&[T]; N] = array!(|n| &self.w[(i + n) * outputs..][..outputs]);
        let mut sums = [simd.splat(T::ZERO); N];
        for (o, dy) in self.dy.iter().enumerate() {
            let dy = simd.load(dy);
            for n in 0..N {
                sums[n] = simd.pin(dy.mul_add(simd.splat(w[n][o]), sums[n]));
            }
        }
        for (sum, dx) in sums.into_iter().zip(&mut self.dx[i..]) {
            simd.store(sum, dx);
        }
        N
    }
}

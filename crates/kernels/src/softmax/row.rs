//! Softmax of one sample, sixteen exponentials side by side: equals `reference` in every bit, with sums in the same
//! order.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, math};

use super::{Jacobian, reference};

/// `y[i] = exp(x[i] − m) / Σ j exp(x[j] − m)`: [`reference::forward`].
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Input.
    pub x: &'a [T],
    /// Output, of the same length.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { x, y } = self;
        let (_, sum) = powers(simd, x, y);
        for y in y.chunks_mut(LANES) {
            simd.store_partial(simd.load_partial(y) / sum, y);
        }
    }
}

/// Sets `y[i] = exp(x[i] − m)`. Returns `m = max x` and the sum of `y`, both in all lanes.
#[inline(always)]
pub(crate) fn powers<S: Simd>(simd: S, x: &[S::T], y: &mut [S::T]) -> (S::V, S::V) {
    let largest = simd.splat(x.iter().fold(S::T::NEG_INFINITY, |m, &x| Real::max(m, x)));
    for (x, y) in x.chunks(LANES).zip(y.chunks_mut(LANES)) {
        simd.store_partial(math::exp(simd.load_partial(x) - largest), y);
    }
    let sum = y.iter().fold(S::T::ZERO, |sum, &power| sum + power);
    (largest, simd.splat(sum))
}

/// `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`, or with the diagonal only: [`reference::backward`] itself, compiled for
/// the CPU.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// The whole Jacobian or its diagonal.
    pub jacobian: Jacobian,
    /// Output of forward.
    pub y: &'a [T],
    /// Gradient to the output, of the same length.
    pub dy: &'a [T],
    /// Gradient to the input, of the same length.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        reference::backward(self.jacobian, self.y, self.dy, self.dx);
    }
}

//! Log-softmax of one sample, sixteen exponentials side by side: equals `reference` in every bit, with sums in the same
//! order.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, math};

use crate::softmax::row::powers;

/// `y[i] = (x[i] − m) − ln Σ j exp(x[j] − m)`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Input.
    pub x: &'a [T],
    /// Output, of the same length. It holds the exponentials until they are summed.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let (largest, sum) = powers(simd, self.x, self.y);
        let (x, y, log) = (self.x, self.y, math::ln(sum));
        for (x, y) in x.chunks(LANES).zip(y.chunks_mut(LANES)) {
            simd.store_partial((simd.load_partial(x) - largest) - log, y);
        }
    }
}

/// `dx[i] = dy[i] − exp(y[i]) · Σ j dy[j]`: [`reference::backward`](super::reference::backward).
#[derive(Debug)]
pub struct Backward<'a, T> {
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
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Backward { y, dy, dx } = self;
        let sum = simd.splat(dy.iter().fold(T::ZERO, |sum, &dy| sum + dy));
        for ((y, dy), dx) in y.chunks(LANES).zip(dy.chunks(LANES)).zip(dx.chunks_mut(LANES)) {
            let power = math::exp(simd.load_partial(y));
            simd.store_partial((-power).mul_add(sum, simd.load_partial(dy)), dx);
        }
    }
}

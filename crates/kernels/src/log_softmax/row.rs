//! Log-softmax of one sample, sixteen exponentials side by side: equals `reference` in every bit, with sums in the same
//! order.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, math};

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
        let Forward { x, y } = self;
        let largest = simd.splat(x.iter().fold(T::NEG_INFINITY, |m, &x| Real::max(m, x)));
        for (x, y) in x.chunks(LANES).zip(y.chunks_mut(LANES)) {
            simd.store_part(math::exp(simd.load_part(x) - largest), y);
        }
        let log = math::ln(simd.splat(y.iter().fold(T::ZERO, |sum, &power| sum + power)));
        for (x, y) in x.chunks(LANES).zip(y.chunks_mut(LANES)) {
            simd.store_part((simd.load_part(x) - largest) - log, y);
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
            let power = math::exp(simd.load_part(y));
            simd.store_part((-power).mul_add(sum, simd.load_part(dy)), dx);
        }
    }
}

//! Log-softmax of sixteen samples side by side: `reference` with each element replaced by a vector of sixteen.

use toddle_lanes::{Float, Kernel, Real, Simd, math};

use crate::Lane;
use crate::softmax::block::largest;

/// `y[i] = (x[i] − m) − ln Σ j exp(x[j] − m)`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Input.
    pub x: &'a [Lane<T>],
    /// Output, of the same length.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let (x, mut sum) = (self.x, simd.splat(T::ZERO));
        let largest = largest(simd, x);
        for x in x {
            sum = sum + math::exp(simd.load(x) - largest);
        }
        let log = math::ln(sum);
        for (x, y) in x.iter().zip(self.y) {
            simd.store((simd.load(x) - largest) - log, y);
        }
    }
}

/// `dx[i] = dy[i] − exp(y[i]) · Σ j dy[j]`: [`reference::backward`](super::reference::backward).
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Output of forward.
    pub y: &'a [Lane<T>],
    /// Gradient to the output, of the same length.
    pub dy: &'a [Lane<T>],
    /// Gradient to the input, of the same length.
    pub dx: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Backward { y, dy, dx } = self;
        let mut sum = simd.splat(T::ZERO);
        for dy in dy {
            sum = sum + simd.load(dy);
        }
        for ((y, dy), dx) in y.iter().zip(dy).zip(dx) {
            simd.store((-math::exp(simd.load(y))).mul_add(sum, simd.load(dy)), dx);
        }
    }
}

//! Log-softmax of sixteen samples side by side: `reference` with each element replaced by a vector of sixteen.

use toddle_lanes::{Float, Kernel, Real, Simd, math};

use crate::Lane;
use crate::softmax::block::largest;

/// `y[i] = (x[i] − m) − ln Σ j exp(x[j] − m)`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Places of the image.
    pub places: usize,
    /// Input.
    pub x: &'a [Lane<T>],
    /// Output, of the same length.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { places, x, y } = self;
        for place in 0..places {
            let (x, y, mut sum) = (&x[place..], &mut y[place..], simd.splat(T::ZERO));
            let largest = largest(simd, places, x);
            for x in x.iter().step_by(places) {
                sum = sum + math::exp(simd.load(x) - largest);
            }
            let log = math::ln(sum);
            for (x, y) in x.iter().step_by(places).zip(y.iter_mut().step_by(places)) {
                simd.store((simd.load(x) - largest) - log, y);
            }
        }
    }
}

/// `dx[i] = dy[i] − exp(y[i]) · Σ j dy[j]`: [`reference::backward`](super::reference::backward).
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Places of the image.
    pub places: usize,
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
        let Backward { places, y, dy, dx } = self;
        for place in 0..places {
            let mut sum = simd.splat(T::ZERO);
            for dy in dy[place..].iter().step_by(places) {
                sum = sum + simd.load(dy);
            }
            let channels = y[place..].iter().zip(&dy[place..]).zip(&mut dx[place..]);
            for ((y, dy), dx) in channels.step_by(places) {
                simd.store((-math::exp(simd.load(y))).mul_add(sum, simd.load(dy)), dx);
            }
        }
    }
}

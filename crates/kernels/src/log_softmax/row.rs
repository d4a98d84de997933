//! Log-softmax of one sample: equals `reference` in every bit, with sums in the same order. A vector has sixteen
//! exponentials side by side, an image sixteen places.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, math};

use crate::softmax::row::{largest_at, powers};

/// `y[i] = (x[i] − m) − ln Σ j exp(x[j] − m)`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Places of the image.
    pub places: usize,
    /// Input.
    pub x: &'a [T],
    /// Output, of the same length. It holds the exponentials until they are summed.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { places, x, y } = self;
        if places == 1 {
            let (largest, sum) = powers(simd, x, y);
            let log = math::ln(sum);
            for (x, y) in x.chunks(LANES).zip(y.chunks_mut(LANES)) {
                simd.store_partial((simd.load_partial(x) - largest) - log, y);
            }
            return;
        }
        for first in (0..places).step_by(LANES) {
            let count = LANES.min(places - first);
            let largest = largest_at(simd, places, &x[first..], count);
            let mut sum = simd.splat(T::ZERO);
            for x in x[first..].chunks(places) {
                sum = sum + math::exp(simd.load_partial(&x[..count]) - largest);
            }
            let log = math::ln(sum);
            for (x, y) in x[first..].chunks(places).zip(y[first..].chunks_mut(places)) {
                simd.store_partial((simd.load_partial(&x[..count]) - largest) - log, &mut y[..count]);
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
        let Backward { places, y, dy, dx } = self;
        if places == 1 {
            let sum = simd.splat(dy.iter().fold(T::ZERO, |sum, &dy| sum + dy));
            for ((y, dy), dx) in y.chunks(LANES).zip(dy.chunks(LANES)).zip(dx.chunks_mut(LANES)) {
                let power = math::exp(simd.load_partial(y));
                simd.store_partial((-power).mul_add(sum, simd.load_partial(dy)), dx);
            }
            return;
        }
        for first in (0..places).step_by(LANES) {
            let count = LANES.min(places - first);
            let mut sum = simd.splat(T::ZERO);
            for dy in dy[first..].chunks(places) {
                sum = sum + simd.load_partial(&dy[..count]);
            }
            let channels = y[first..].chunks(places).zip(dy[first..].chunks(places));
            for ((y, dy), dx) in channels.zip(dx[first..].chunks_mut(places)) {
                let power = math::exp(simd.load_partial(&y[..count]));
                simd.store_partial((-power).mul_add(sum, simd.load_partial(&dy[..count])), &mut dx[..count]);
            }
        }
    }
}

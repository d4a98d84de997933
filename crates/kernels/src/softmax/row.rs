//! Softmax of one sample: equals `reference` in every bit, with sums in the same order. A vector has sixteen
//! exponentials side by side, an image sixteen places.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd, math};

use super::{Jacobian, reference};

/// `y[i] = exp(x[i] − m) / Σ j exp(x[j] − m)`: [`reference::forward`].
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Places of the image.
    pub places: usize,
    /// Input.
    pub x: &'a [T],
    /// Output, of the same length.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { places, x, y } = self;
        if places == 1 {
            let (_, sum) = powers(simd, x, y);
            for y in y.chunks_mut(LANES) {
                simd.store_partial(simd.load_partial(y) / sum, y);
            }
            return;
        }
        for first in (0..places).step_by(LANES) {
            let count = LANES.min(places - first);
            let largest = largest_at(simd, places, &x[first..], count);
            let mut sum = simd.splat(T::ZERO);
            for (x, y) in x[first..].chunks(places).zip(y[first..].chunks_mut(places)) {
                let power = math::exp(simd.load_partial(&x[..count]) - largest);
                sum = sum + power;
                simd.store_partial(power, &mut y[..count]);
            }
            for y in y[first..].chunks_mut(places) {
                let y = &mut y[..count];
                simd.store_partial(simd.load_partial(y) / sum, y);
            }
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

/// `max x` over the channels of the first `count` places of `x`, at most sixteen, each in its lane.
#[inline(always)]
pub(crate) fn largest_at<S: Simd>(simd: S, places: usize, x: &[S::T], count: usize) -> S::V {
    let mut largest = simd.splat(S::T::NEG_INFINITY);
    for x in x.chunks(places) {
        largest = largest.max(simd.load_partial(&x[..count]));
    }
    largest
}

/// `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`, or with the diagonal only: [`reference::backward`] itself, compiled for
/// the CPU.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Places of the image.
    pub places: usize,
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
        let Backward { places, jacobian, y, dy, dx } = self;
        match places {
            1 => reference::backward(1, jacobian, y, dy, dx),
            _ => reference::backward(places, jacobian, y, dy, dx),
        }
    }
}

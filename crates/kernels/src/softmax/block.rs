//! Softmax of sixteen samples side by side: `reference` with each element replaced by a vector of sixteen.

use toddle_lanes::{Float, Kernel, Real, Simd, math};

use super::Jacobian;
use crate::Lane;

/// `y[i] = exp(x[i] − m) / Σ j exp(x[j] − m)`: [`reference::forward`](super::reference::forward).
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
            let (x, y) = (&x[place..], &mut y[place..]);
            let largest = largest(simd, places, x);
            let mut sum = simd.splat(T::ZERO);
            for (x, y) in x.iter().step_by(places).zip(y.iter_mut().step_by(places)) {
                let power = math::exp(simd.load(x) - largest);
                sum = sum + power;
                simd.store(power, y);
            }
            for y in y.iter_mut().step_by(places) {
                simd.store(simd.load(y) / sum, y);
            }
        }
    }
}

/// `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`, or with the diagonal only:
/// [`reference::backward`](super::reference::backward).
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Places of the image.
    pub places: usize,
    /// The whole Jacobian or its diagonal.
    pub jacobian: Jacobian,
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
        let Backward { places, jacobian, y, dy, dx } = self;
        for place in 0..places {
            let mut dot = simd.splat(T::ZERO);
            for (y, dy) in y[place..].iter().zip(&dy[place..]).step_by(places) {
                dot = simd.load(y).mul_add(simd.load(dy), dot);
            }
            let channels = y[place..].iter().zip(&dy[place..]).zip(&mut dx[place..]);
            for ((y, dy), dx) in channels.step_by(places) {
                let (y, dy) = (simd.load(y), simd.load(dy));
                let gradient = match jacobian {
                    Jacobian::Full => y * (dy - dot),
                    Jacobian::Diagonal => (-y).mul_add(y, y) * dy,
                };
                simd.store(gradient, dx);
            }
        }
    }
}

/// `max x` over the channels of the place with which `x` begins, lane by lane.
#[inline(always)]
pub(crate) fn largest<S: Simd>(simd: S, places: usize, x: &[Lane<S::T>]) -> S::V {
    let mut largest = simd.splat(S::T::NEG_INFINITY);
    for x in x.iter().step_by(places) {
        largest = largest.max(simd.load(x));
    }
    largest
}

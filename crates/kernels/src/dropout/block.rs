//! Dropout of sixteen samples side by side: equals `reference` in every bit.

use toddle_lanes::{Float, Kernel, Real, Simd};

use super::{Chance, Draw};
use crate::Lane;

/// Sets elements to zero or scales them: [`reference::apply`](super::reference::apply) for the samples from
/// [`Draw::sample`] on.
#[derive(Debug)]
pub struct Apply<'a, T> {
    /// Selects the masks.
    pub draw: Draw,
    /// The probability of zero.
    pub rate: f64,
    /// Input, or the gradient to the output.
    pub x: &'a [Lane<T>],
    /// Output, or the gradient to the input.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Apply { draw, rate, x, y } = self;
        let chance = Chance::new(rate);
        let (zero, scale) = (simd.splat(T::ZERO), simd.splat(chance.scale));
        for (four, (x, y)) in x.chunks(4).zip(y.chunks_mut(4)).enumerate() {
            let words = simd.philox(draw.counter(four), draw.key());
            for ((x, y), words) in x.iter().zip(y).zip(&words) {
                let dropped = simd.below(words, chance.below);
                simd.store(S::V::select(dropped, zero, simd.load(x) * scale), y);
            }
        }
    }
}

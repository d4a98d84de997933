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
    /// The number of neighbouring elements that are dropped together.
    pub together: usize,
    /// Input, or the gradient to the output.
    pub x: &'a [Lane<T>],
    /// Output, or the gradient to the input.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        match self.together {
            1 => self.groups(simd, 1),
            together => self.groups(simd, together),
        }
    }
}

impl<T: Float> Apply<'_, T> {
    /// Groups of `together` elements, which have one word each.
    #[inline(always)]
    fn groups<S: Simd<T = T>>(self, simd: S, together: usize) {
        let Apply { draw, rate, x, y, .. } = self;
        let chance = Chance::new(rate);
        let (zero, scale) = (simd.splat(T::ZERO), simd.splat(chance.scale));
        for (four, (x, y)) in x.chunks(4 * together).zip(y.chunks_mut(4 * together)).enumerate() {
            let words = simd.philox(draw.counter(four), draw.key());
            for ((x, y), words) in x.chunks(together).zip(y.chunks_mut(together)).zip(&words) {
                let dropped = simd.below(words, chance.below);
                for (x, y) in x.iter().zip(y) {
                    simd.store(S::V::select(dropped, zero, simd.load(x) * scale), y);
                }
            }
        }
    }
}

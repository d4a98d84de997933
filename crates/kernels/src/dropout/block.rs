//! Dropout of sixteen samples side by side: equals `reference` in every bit.
//!
//! The sixteen samples' words come from sixteen counters side by side, in loops over plain arrays that the compiler turns
//! into vectors of integers.

use toddle_lanes::{Float, Kernel, LANES, Simd};

use super::{Chance, Draw};
use crate::Lane;

/// Numbers to zero or scaled: [`reference::apply`](super::reference::apply) of the samples from [`Draw::sample`] on.
#[derive(Debug)]
pub struct Apply<'a, T> {
    /// Whose masks.
    pub draw: Draw,
    /// The chance of zero.
    pub rate: f64,
    /// Input, or the gradient to the output.
    pub x: &'a [Lane<T>],
    /// Output, or the gradient to the input.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        let Apply { draw, rate, x, y } = self;
        let chance = Chance::new(rate);
        for (four, (x, y)) in x.chunks(4).zip(y.chunks_mut(4)).enumerate() {
            let mut words = [[0; LANES]; 4];
            for n in 0..LANES {
                let [a, b, c, d] = draw.words(four as u32, n as u32);
                (words[0][n], words[1][n], words[2][n], words[3][n]) = (a, b, c, d);
            }
            for ((x, y), words) in x.iter().zip(y).zip(&words) {
                // Arrays of their own, which share no memory: so the choices become vectors, not branches that no CPU foresees.
                let (x, mut kept) = (*x, [T::ZERO; LANES]);
                for n in 0..LANES {
                    kept[n] = chance.apply(words[n], x[n]);
                }
                *y = kept;
            }
        }
    }
}

//! Noise of sixteen samples side by side: equals `reference` in every bit.

use toddle_lanes::{Float, Kernel, Real, Simd, array};

use super::{normal, share};
use crate::Lane;
use crate::dropout::Draw;

/// `y[i] = x[i] + σ·n[i]`: [`reference::forward`](super::reference::forward) for the samples from [`Draw::sample`] on.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Selects the random numbers.
    pub draw: Draw,
    /// `σ`, the standard deviation.
    pub deviation: f64,
    /// Input.
    pub x: &'a [Lane<T>],
    /// Output, of the same length.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { draw, deviation, x, y } = self;
        let deviation = simd.splat(T::from_f64(deviation));
        for (four, (x, y)) in x.chunks(2).zip(y.chunks_mut(2)).enumerate() {
            let words = simd.philox(draw.counter(four), draw.key());
            for ((x, y), [a, b]) in x.iter().zip(y).zip(words.as_chunks().0) {
                let (u, v) = (array!(|n| share(a[n])), array!(|n| share(b[n])));
                let number = normal(simd.load(&u), simd.load(&v));
                simd.store(deviation.mul_add(number, simd.load(x)), y);
            }
        }
    }
}

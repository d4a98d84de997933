//! Losses of sixteen samples side by side: `reference` with each number replaced by sixteen.

use toddle_lanes::{Float, Kernel, Real, Simd};

use crate::Lane;

/// Sets `losses` and `dy`: [`reference::mean_squared_error`](super::reference::mean_squared_error) for the first
/// `losses.len()` lanes. The others, which pad a batch to whole blocks, get a gradient of zero.
#[derive(Debug)]
pub struct MeanSquaredError<'a, T> {
    /// Outputs.
    pub y: &'a [Lane<T>],
    /// Targets, as many.
    pub t: &'a [Lane<T>],
    /// Samples in the batch.
    pub samples: usize,
    /// Gradient to the outputs, as many.
    pub dy: &'a mut [Lane<T>],
    /// The loss of each sample of this block, at most sixteen.
    pub losses: &'a mut [T],
}

impl<T: Float> Kernel<T> for MeanSquaredError<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let MeanSquaredError { y, t, samples, dy, losses } = self;
        let n = simd.splat(T::from_f64(y.len() as f64));
        let all = simd.splat(T::from_f64((y.len() * samples) as f64));
        let (zero, live) = (simd.splat(T::ZERO), simd.mask(0..losses.len()));
        let mut sum = zero;
        for ((y, t), dy) in y.iter().zip(t).zip(dy) {
            let off = simd.load(y) - simd.load(t);
            sum = off.mul_add(off, sum);
            simd.store(S::V::select(live, (off + off) / all, zero), dy);
        }
        simd.store_part(sum / n, losses);
    }
}

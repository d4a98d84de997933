//! Noise of one sample: `reference` itself, compiled for the CPU.

use toddle_lanes::{Float, Kernel, Simd};

use super::reference;
use crate::dropout::Draw;

/// `y[i] = x[i] + σ·n[i]`: [`reference::forward`].
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Selects the random numbers.
    pub draw: Draw,
    /// `σ`, the standard deviation.
    pub deviation: f64,
    /// Input.
    pub x: &'a [T],
    /// Output, of the same length.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        reference::forward(&self.draw, self.deviation, self.x, self.y);
    }
}

//! Dropout of one sample: `reference` itself, compiled for the CPU.

use toddle_lanes::{Float, Kernel, Simd};

use super::{Draw, reference};

/// Sets elements to zero or scales them: [`reference::apply`].
#[derive(Debug)]
pub struct Apply<'a, T> {
    /// Selects the mask.
    pub draw: Draw,
    /// The probability of zero.
    pub rate: f64,
    /// Input, or the gradient to the output.
    pub x: &'a [T],
    /// Output, or the gradient to the input.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        reference::apply(&self.draw, self.rate, self.x, self.y);
    }
}

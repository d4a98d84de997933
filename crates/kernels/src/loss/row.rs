//! Losses of one sample: `reference` itself, compiled for the CPU.

use toddle_lanes::{Float, Kernel, Simd};

use super::reference;

/// Returns the loss and sets `dy`: [`reference::mean_squared_error`].
#[derive(Debug)]
pub struct MeanSquaredError<'a, T> {
    /// Outputs.
    pub y: &'a [T],
    /// Targets, as many.
    pub t: &'a [T],
    /// Gradient to the outputs, as many.
    pub dy: &'a mut [T],
}

impl<T: Float> Kernel<T> for MeanSquaredError<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) -> T {
        reference::mean_squared_error(self.y, self.t, 1, self.dy)
    }
}

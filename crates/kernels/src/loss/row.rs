//! Losses of one sample: `reference` itself, compiled for the CPU.

use toddle_lanes::{Float, Kernel, Simd};

use super::{Formula, Io};

/// Returns the loss of a single sample, and sets `dy`: [`Formula::sample`].
#[derive(Debug)]
pub struct Loss<'a, T, F> {
    /// The loss function.
    pub formula: F,
    /// Outputs.
    pub y: &'a [T],
    /// Targets, of the same number.
    pub t: &'a [T],
    /// Pixels of a channel: 1 if the outputs are a vector.
    pub pixels: usize,
    /// Gradient to the outputs, of the same number.
    pub dy: &'a mut [T],
}

impl<T: Float, F: Formula<T>> Kernel<T> for Loss<'_, T, F> {
    type Output = T;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) -> T {
        let Loss { formula, y, t, pixels, dy } = self;
        formula.sample(Io { y, t, samples: 1, pixels, dy })
    }
}

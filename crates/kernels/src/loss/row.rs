//! Losses of one sample: `reference` itself, compiled for the CPU.

use toddle_lanes::{Float, Kernel, Simd};

use super::{Formula, Io};

/// Returns the loss of one sample, and sets `dy`: [`Formula::sample`].
#[derive(Debug)]
pub struct Loss<'a, T, F> {
    /// The loss function.
    pub formula: F,
    /// Outputs.
    pub y: &'a [T],
    /// Targets, of the same number.
    pub t: &'a [T],
    /// Samples in the batch.
    pub samples: usize,
    /// Pixels of a channel: 1 if the outputs are a vector.
    pub pixels: usize,
    /// Gradient to the outputs, of the same number.
    pub dy: &'a mut [T],
}

impl<T: Float, F: Formula<T>> Kernel<T> for Loss<'_, T, F> {
    type Output = T;

    const WIDEST: bool = false;

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) -> T {
        let Loss { formula, y, t, samples, pixels, dy } = self;
        formula.sample(Io { y, t, samples, pixels, dy })
    }
}

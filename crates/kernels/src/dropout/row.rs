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
    /// The number of neighbouring elements that are dropped together.
    pub together: usize,
    /// Input, or the gradient to the output.
    pub x: &'a [T],
    /// Output, or the gradient to the input.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Apply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        let Apply { draw, rate, together, x, y } = self;
        match together {
            1 => reference::apply(&draw, rate, 1, x, y),
            _ => reference::apply(&draw, rate, together, x, y),
        }
    }
}

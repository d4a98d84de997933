//! An embedding of one sample: `reference` itself, compiled for the CPU.

use toddle_lanes::{Float, Kernel, Simd};

use super::reference;

/// `y[f,t] = w[k,f]`: [`reference::forward`].
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The number of features.
    pub features: usize,
    /// Input, t.
    pub x: &'a [T],
    /// The table, k×f.
    pub w: &'a [T],
    /// Output, f×t.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        reference::forward(self.features, self.x, self.w, self.y);
    }
}

/// `dw[k,f] += dy[f,t]` over the steps: [`reference::backward_weights`].
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// The number of features.
    pub features: usize,
    /// Input, t.
    pub x: &'a [T],
    /// Gradient to the output, f×t.
    pub dy: &'a [T],
    /// Gradient to the table; the result is added to it.
    pub dw: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        reference::backward_weights(self.features, self.x, self.dy, self.dw);
    }
}

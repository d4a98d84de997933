//! An embedding of sixteen samples side by side: equals `reference` in every bit. Each lane reads a row of its own.

use toddle_lanes::{Float, Kernel, LANES, Simd};

use super::class;
use crate::Lane;

/// `y[f,t] = w[k,f]`: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The number of features.
    pub features: usize,
    /// Input, t.
    pub x: &'a [Lane<T>],
    /// The table, k×f.
    pub w: &'a [T],
    /// Output, f×t.
    pub y: &'a mut [Lane<T>],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        let Forward { features, x, w, y } = self;
        for (t, numbers) in x.iter().enumerate() {
            for n in 0..LANES {
                let row = class(numbers[n], w.len() / features) * features;
                for (f, w) in w[row..row + features].iter().enumerate() {
                    y[f * x.len() + t][n] = *w;
                }
            }
        }
    }
}

/// `dw[k,f] += dy[f,t]` over the steps of each sample in turn: the leaf of
/// [`reference::backward_weights`](super::reference::backward_weights).
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// The number of features.
    pub features: usize,
    /// The number of samples. The lanes after them are left out.
    pub samples: usize,
    /// Input, t.
    pub x: &'a [Lane<T>],
    /// Gradient to the output, f×t.
    pub dy: &'a [Lane<T>],
    /// Gradient to the table; the result is added to it.
    pub dw: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, _simd: S) {
        let BackwardWeights { features, samples, x, dy, dw } = self;
        for n in 0..samples {
            for (t, numbers) in x.iter().enumerate() {
                let row = class(numbers[n], dw.len() / features) * features;
                for (f, dw) in dw[row..row + features].iter_mut().enumerate() {
                    *dw += dy[f * x.len() + t][n];
                }
            }
        }
    }
}

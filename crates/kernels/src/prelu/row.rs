//! PReLU of one sample, sixteen elements of a channel side by side.
//!
//! Forward and backward to the input equal `reference` in every bit. The gradient to the weights equals
//! `reference::backward_weights_row`.

use toddle_lanes::{Float, Kernel, LANES, Real, Simd};

/// `y = x` where `x > 0`, `w[c]·x` elsewhere: [`reference::forward`](super::reference::forward).
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// Input.
    pub x: &'a [T],
    /// The weight of each channel.
    pub w: &'a [T],
    /// Output, of the same length.
    pub y: &'a mut [T],
}

impl<T: Float> Kernel<T> for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let Forward { x, w, y } = self;
        let (size, zero) = (x.len() / w.len(), simd.splat(T::ZERO));
        for ((x, w), y) in x.chunks_exact(size).zip(w).zip(y.chunks_exact_mut(size)) {
            let w = simd.splat(*w);
            for (x, y) in x.chunks(LANES).zip(y.chunks_mut(LANES)) {
                let x = simd.load_partial(x);
                simd.store_partial(S::V::select(zero.lt(x), x, w * x).canonical(), y);
            }
        }
    }
}

/// `dx = dy` where `x > 0`, `w[c]·dy` elsewhere: [`reference::backward_input`](super::reference::backward_input).
#[derive(Debug)]
pub struct BackwardInput<'a, T> {
    /// Input of forward.
    pub x: &'a [T],
    /// The weight of each channel.
    pub w: &'a [T],
    /// Gradient to the output, of the same length.
    pub dy: &'a [T],
    /// Gradient to the input, of the same length.
    pub dx: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardInput<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardInput { x, w, dy, dx } = self;
        let (size, zero) = (x.len() / w.len(), simd.splat(T::ZERO));
        let channels = x.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dx.chunks_exact_mut(size));
        for (((x, dy), dx), w) in channels.zip(w) {
            let w = simd.splat(*w);
            for ((x, dy), dx) in x.chunks(LANES).zip(dy.chunks(LANES)).zip(dx.chunks_mut(LANES)) {
                let dy = simd.load_partial(dy);
                simd.store_partial(S::V::select(zero.lt(simd.load_partial(x)), dy, w * dy).canonical(), dx);
            }
        }
    }
}

/// `dw[c] += Σ x·dy` over the elements of the channel that are not above zero:
/// [`reference::backward_weights_row`](super::reference::backward_weights_row).
#[derive(Debug)]
pub struct BackwardWeights<'a, T> {
    /// Input of forward.
    pub x: &'a [T],
    /// Gradient to the output, of the same length.
    pub dy: &'a [T],
    /// Gradient to the weights; the result is added to it.
    pub dw: &'a mut [T],
}

impl<T: Float> Kernel<T> for BackwardWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd<T = T>>(self, simd: S) {
        let BackwardWeights { x, dy, dw } = self;
        let (size, zero) = (x.len() / dw.len(), simd.splat(T::ZERO));
        for ((x, dy), dw) in x.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dw) {
            let mut sum = zero;
            for (x, dy) in x.chunks(LANES).zip(dy.chunks(LANES)) {
                let x = simd.load_partial(x);
                sum = S::V::select(zero.lt(x), sum, x.mul_add(simd.load_partial(dy), sum));
            }
            *dw += simd.sum(sum);
        }
    }
}

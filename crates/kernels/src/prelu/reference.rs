//! The loops that define PReLU, one sample.

use toddle_lanes::{Float, LANES, tree_sum};

/// `y = x` where `x > 0`, `w[c]·x` elsewhere
pub fn forward<T: Float>(x: &[T], w: &[T], y: &mut [T]) {
    let size = x.len() / w.len();
    for (i, (x, y)) in x.iter().zip(y).enumerate() {
        *y = if *x > T::ZERO { *x } else { (w[i / size] * *x).canonical() };
    }
}

/// `dx = dy` where `x > 0`, `w[c]·dy` elsewhere
pub fn backward_input<T: Float>(x: &[T], w: &[T], dy: &[T], dx: &mut [T]) {
    let size = x.len() / w.len();
    for (i, ((x, dy), dx)) in x.iter().zip(dy).zip(dx).enumerate() {
        *dx = (if *x > T::ZERO { *dy } else { w[i / size] * *dy }).canonical();
    }
}

/// `dw[c] += Σ x·dy` over the elements of the channel, without the elements with `x > 0`.
///
/// The part of one sample in the leaf of a block. The leaf adds the sums of the sixteen samples by [`tree_sum`].
pub fn backward_weights<T: Float>(x: &[T], dy: &[T], dw: &mut [T]) {
    let size = x.len() / dw.len();
    for ((x, dy), dw) in x.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dw) {
        let mut sum = T::ZERO;
        for (x, dy) in x.iter().zip(dy) {
            sum = if *x > T::ZERO { sum } else { x.mul_add(*dy, sum) };
        }
        *dw += sum;
    }
}

/// The sums of [`backward_weights`] in the order for one sample: sixteen partial sums, then [`tree_sum`]. Element `i`
/// of the channel is added to partial sum `i mod 16`. Channels are padded with zeros to a multiple of sixteen elements.
pub fn backward_weights_row<T: Float>(x: &[T], dy: &[T], dw: &mut [T]) {
    let size = x.len() / dw.len();
    for ((x, dy), dw) in x.chunks_exact(size).zip(dy.chunks_exact(size)).zip(dw) {
        let mut sums = [T::ZERO; LANES];
        for i in 0..size.next_multiple_of(LANES) {
            let (x, dy) = if i < size { (x[i], dy[i]) } else { (T::ZERO, T::ZERO) };
            let sum = &mut sums[i % LANES];
            *sum = if x > T::ZERO { *sum } else { x.mul_add(dy, *sum) };
        }
        *dw += tree_sum(sums);
    }
}

//! The loops that define an embedding, one sample.

use toddle_lanes::Float;

use super::class;

/// `y[f,t] = w[k,f]` with the [`class`] `k` of `x[t]`
#[inline(always)]
pub fn forward<T: Float>(features: usize, x: &[T], w: &[T], y: &mut [T]) {
    for (t, &number) in x.iter().enumerate() {
        let row = class(number, w.len() / features) * features;
        for f in 0..features {
            y[f * x.len() + t] = w[row + f];
        }
    }
}

/// `dw[k,f] += dy[f,t]` for each step `t` in order, with the [`class`] `k` of `x[t]`.
///
/// The leaf of a block is this function for its samples, one after the other, from zero.
#[inline(always)]
pub fn backward_weights<T: Float>(features: usize, x: &[T], dy: &[T], dw: &mut [T]) {
    for (t, &number) in x.iter().enumerate() {
        let row = class(number, dw.len() / features) * features;
        for f in 0..features {
            dw[row + f] += dy[f * x.len() + t];
        }
    }
}

//! The loop that defines argmax, one sample.

use toddle_lanes::Float;

/// The index of the largest element of `x`, the first if several are the largest. A NaN is never the largest. If `x`
/// has only NaN or no elements, the index is 0.
#[inline(always)]
pub fn argmax<T: Float>(x: &[T]) -> usize {
    let mut best: Option<usize> = None;
    for (i, value) in x.iter().enumerate() {
        if best.map_or(!value.to_f64().is_nan(), |best| *value > x[best]) {
            best = Some(i);
        }
    }
    best.unwrap_or(0)
}

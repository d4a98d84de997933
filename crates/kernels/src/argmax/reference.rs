//! The loop that defines argmax, one sample.

use toddle_lanes::Float;

/// The place of the largest of `x`, the first where several are. A NaN is never the largest; the place is 0 where there is nothing
/// else, or nothing at all.
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

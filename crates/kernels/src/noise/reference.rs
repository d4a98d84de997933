//! The loop that defines noise.

use toddle_lanes::{Float, philox};

use super::{normal, share};
use crate::dropout::Draw;

/// `y[i] = x[i] + σ·n[i]`, where the random words `2i` and `2i + 1` of sample [`Draw::sample`] make the normal number
/// `n[i]`.
#[inline(always)]
pub fn forward<T: Float>(draw: &Draw, deviation: f64, x: &[T], y: &mut [T]) {
    let deviation = T::from_f64(deviation);
    for (four, (x, y)) in x.chunks(2).zip(y.chunks_mut(2)).enumerate() {
        let words = philox(draw.counter(four), draw.key());
        for ((x, y), [a, b]) in x.iter().zip(y).zip(words.as_chunks().0) {
            *y = deviation.mul_add(normal(share(*a), share(*b)), *x);
        }
    }
}

//! The loops that define the losses, one sample.

use toddle_lanes::Float;

/// Returns `Σ o (y[o] − t[o])² / n` and sets `dy[o] = 2·(y[o] − t[o]) / (n·samples)`.
#[inline(always)]
pub fn mean_squared_error<T: Float>(y: &[T], t: &[T], samples: usize, dy: &mut [T]) -> T {
    let n = T::from_f64(y.len() as f64);
    let all = T::from_f64((y.len() * samples) as f64);
    let mut sum = T::ZERO;
    for ((y, t), dy) in y.iter().zip(t).zip(dy) {
        let off = *y - *t;
        sum = off.mul_add(off, sum);
        *dy = (off + off) / all;
    }
    sum / n
}

//! The loops that define log-softmax, one sample.

use toddle_lanes::{Float, Real};

/// `y[i] = (x[i] − m) − ln Σ j exp(x[j] − m)`, `m = max x`
pub fn forward<T: Float>(x: &[T], y: &mut [T]) {
    let largest = x.iter().fold(T::NEG_INFINITY, |m, &x| Real::max(m, x));
    let sum = x.iter().fold(T::ZERO, |sum, &x| sum + Float::exp(x - largest));
    for (x, y) in x.iter().zip(y) {
        *y = (*x - largest) - Float::ln(sum);
    }
}

/// `dx[i] = dy[i] − exp(y[i]) · Σ j dy[j]`
pub fn backward<T: Float>(y: &[T], dy: &[T], dx: &mut [T]) {
    let sum = dy.iter().fold(T::ZERO, |sum, &dy| sum + dy);
    for ((y, dy), dx) in y.iter().zip(dy).zip(dx) {
        *dx = (-Float::exp(*y)).mul_add(sum, *dy);
    }
}

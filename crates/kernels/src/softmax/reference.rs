//! The loops that define softmax, one sample.

use toddle_lanes::{Float, Real};

use super::Jacobian;

/// `y[i] = exp(x[i] − m) / Σ j exp(x[j] − m)`, `m = max x`
pub fn forward<T: Float>(x: &[T], y: &mut [T]) {
    let largest = x.iter().fold(T::NEG_INFINITY, |m, &x| Real::max(m, x));
    let mut sum = T::ZERO;
    for (x, y) in x.iter().zip(&mut *y) {
        *y = Float::exp(*x - largest);
        sum += *y;
    }
    for y in y {
        *y = *y / sum;
    }
}

/// `dx[i] = y[i] · (dy[i] − Σ j y[j]·dy[j])`, or `dx[i] = (y[i] − y[i]²) · dy[i]`
#[inline(always)]
pub fn backward<T: Float>(jacobian: Jacobian, y: &[T], dy: &[T], dx: &mut [T]) {
    let dot = y.iter().zip(dy).fold(T::ZERO, |dot, (y, dy)| y.mul_add(*dy, dot));
    for ((y, dy), dx) in y.iter().zip(dy).zip(dx) {
        *dx = match jacobian {
            Jacobian::Full => *y * (*dy - dot),
            Jacobian::Diagonal => (-*y).mul_add(*y, *y) * *dy,
        };
    }
}

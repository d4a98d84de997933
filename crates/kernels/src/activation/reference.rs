//! The loops that define the activations.

use toddle_lanes::Float;

/// `y = tanh(x)`
pub fn tanh_forward<T: Float>(x: &[T], y: &mut [T]) {
    for (x, y) in x.iter().zip(y) {
        *y = Float::tanh(*x);
    }
}

/// `dx = dy · (1 − y²)`
pub fn tanh_backward<T: Float>(y: &[T], dy: &[T], dx: &mut [T]) {
    for ((y, dy), dx) in y.iter().zip(dy).zip(dx) {
        *dx = *dy * (-*y).mul_add(*y, T::ONE);
    }
}

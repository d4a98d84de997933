//! The loop that defines a sum.

use toddle_lanes::Float;

use crate::activation::formula::{Formula, Relu};

/// `y = one + other`. With `relu`, negative sums become 0.
pub fn forward<T: Float>(one: &[T], other: &[T], relu: bool, y: &mut [T]) {
    for i in 0..y.len() {
        let sum = one[i] + other[i];
        y[i] = if relu { Relu.value(sum) } else { sum };
    }
}

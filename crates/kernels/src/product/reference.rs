//! The loops that define a product of values.
//!
//! ```text
//! y[i] = (x₀[i] · x₁[i]) · x₂[i] …
//! dx_k[i] = (dy[i] · x₀[i]) · x₁[i] …          without x_k[i]
//! ```
//!
//! Each product is one chain of multiplications, in the order in which the values are written.

use toddle_lanes::Float;

/// `y = x₀ · x₁ · …`, for one value or more.
pub fn forward<T: Float>(values: &[&[T]], y: &mut [T]) {
    let (first, rest) = values.split_first().expect("a product has factors");
    for i in 0..y.len() {
        y[i] = rest.iter().fold(first[i], |product, x| product * x[i]);
    }
}

/// The gradient to value `k`: `dx = dy · x₀ · x₁ · …` without `x_k`.
pub fn backward<T: Float>(values: &[&[T]], k: usize, dy: &[T], dx: &mut [T]) {
    for i in 0..dx.len() {
        let others = values.iter().enumerate().filter(|(other, _)| *other != k);
        dx[i] = others.fold(dy[i], |product, (_, x)| product * x[i]);
    }
}

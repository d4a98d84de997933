//! The loops that define the activations.

use toddle_lanes::Float;

use super::formula::Formula;
use super::{Activation, with_formula};

/// `y = f(x)`
pub fn forward<T: Float>(activation: Activation, x: &[T], y: &mut [T]) {
    with_formula!(activation, |f| {
        for (x, y) in x.iter().zip(y) {
            *y = f.value(*x).canonical();
        }
    });
}

/// `dx = dy · f′(x)`. Some formulas compute `f′(x)` from `y = f(x)`.
pub fn backward<T: Float>(activation: Activation, x: &[T], y: &[T], dy: &[T], dx: &mut [T]) {
    with_formula!(activation, |f| {
        for (((x, y), dy), dx) in x.iter().zip(y).zip(dy).zip(dx) {
            *dx = (*dy * f.derivative(*x, *y)).canonical();
        }
    });
}

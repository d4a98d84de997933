//! The loops that define the updates.

use toddle_lanes::Float;

/// `w −= rate · g`, rounded once.
pub fn sgd<T: Float>(rate: T, g: &[T], w: &mut [T]) {
    for (g, w) in g.iter().zip(w) {
        *w = (-rate).mul_add(*g, *w);
    }
}

/// The sum of `leaves` by the binary tree over their index: `((0+1)+(2+3))+((4+5)+…)`, where a node without a right
/// child is its left one.
pub fn tree<T: Float>(leaves: &[T]) -> T {
    match leaves {
        [] => T::ZERO,
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            tree(left) + tree(right)
        }
    }
}

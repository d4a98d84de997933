//! The loops that define the updates.

use std::ops::Range;

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
    tree_of(0..leaves.len(), &|leaf| leaves[leaf])
}

/// The same sum of leaves that `leaf` gives.
pub fn tree_of<T: Float>(leaves: Range<usize>, leaf: &impl Fn(usize) -> T) -> T {
    match leaves.len() {
        0 => T::ZERO,
        1 => leaf(leaves.start),
        len => {
            let middle = leaves.start + len.next_power_of_two() / 2;
            tree_of(leaves.start..middle, leaf) + tree_of(middle..leaves.end, leaf)
        }
    }
}

//! The sum of the output of a residual block and its shortcut, and the sum of the gradients to a value that two nodes
//! read.

pub mod flat;
pub mod reference;

//! The sum of what comes out of a residual block and what goes around it, and of gradients to a value that goes two ways.

pub mod flat;
pub mod reference;

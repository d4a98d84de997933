//! The product of several values, element by element, and the gradients to them.

pub mod flat;
pub mod reference;

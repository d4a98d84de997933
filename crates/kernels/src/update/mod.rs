//! Optimizers: what a step does to the weights, given their gradient.
//!
//! Plain stochastic gradient descent: `w −= rate · g`.

pub mod flat;
pub mod reference;
pub mod tree;

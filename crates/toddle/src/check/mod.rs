//! What is wrong with a network, its data or its settings, found before a long training finds it.

mod difference;
mod gradients;

pub use difference::{Agreement, TOLERANCE, agreement};
pub use gradients::{GradientRow, Gradients, gradients};

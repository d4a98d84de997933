//! What the Rust programs share: options, data, the clock, and the line that each measurement prints.
#![forbid(unsafe_code)]

mod clock;
mod data;
mod options;

pub use clock::{infer, reach_99, report, train};
pub use data::{Samples, Weights, digits, number, samples};
pub use options::{BLOCKS, Options, Work};

/// What goes wrong in a program that measures.
pub type Error = Box<dyn std::error::Error>;

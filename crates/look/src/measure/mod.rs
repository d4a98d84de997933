//! The answers of a network, measured against what is true.
//!
//! | file | idea |
//! |---|---|
//! | `classes.rs` | samples of classes: accuracy, a line for each class, the most confident mistakes |
//! | `calibration.rs` | whether a probability of 90 % is right in 90 % of the cases |
//! | `numbers.rs` | samples with target numbers: errors, and the worst samples |

mod calibration;
mod classes;
mod numbers;

pub use calibration::{Bin, Calibration};
pub use classes::{Class, Classes, Mistake};
pub use numbers::{Errors, Miss, Numbers, Target};

//! Charts that are no curves over epochs, as SVG.
//!
//! | file | idea |
//! |---|---|
//! | `bars.rs` | what each input of a row says for or against an answer |
//! | `confusion.rs` | the confusion matrix |
//! | `histograms.rs` | how numbers are spread |
//! | `map.rs` | samples in a plane |
//! | `reliability.rs` | how often answers of some probability are right |
//! | `scatter.rs` | answers against targets |

mod bars;
mod confusion;
mod histograms;
mod map;
mod reliability;
mod scatter;
#[cfg(test)]
mod tests;

pub use bars::{MOST_BARS, bars};
pub use confusion::{MOST_CLASSES, confusion};
pub use histograms::{histogram, histograms};
pub use map::map;
pub use reliability::reliability;
pub use scatter::{MOST_SCATTERS, scatter, scatters};

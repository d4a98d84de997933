//! What a person asks to see of a trained network, as pictures.
//!
//! | file | idea |
//! |---|---|
//! | `scene.rs` | a network, and the sample that is looked at |
//! | `layers.rs` | filters, feature maps, and the pictures that excite units |
//! | `answer.rs` | why the sample gets its answer |
//! | `samples.rs` | the sample among the training samples |

mod answer;
mod layers;
mod samples;
mod scene;
#[cfg(test)]
mod tests;

pub use self::scene::{Limits, Scene};
use crate::picture::{Cell, Pixels, Sheet};

/// A picture of what was asked.
#[derive(Debug)]
pub enum Shown {
    /// Images in rows: as PNG or SVG.
    Sheet(Sheet),
    /// A chart, as SVG.
    Chart(String),
}

/// An image with some lines below it.
fn cell(pixels: Pixels, lines: Vec<String>) -> Cell {
    Cell { shape: pixels.shape, image: pixels.bytes, lines, alarm: false }
}

//! Pictures, and the files that they are written to.
//!
//! | file | idea |
//! |---|---|
//! | `canvas.rs` | text, areas and images on white |
//! | `sheet.rs` | images in rows, with words below each |
//! | `scatter.rs` | what is said against what is true, a point for each sample |
//! | `target.rs` | where a picture goes: never over a file of somebody else |

mod canvas;
mod scatter;
mod sheet;
mod target;

pub use canvas::{Canvas, FAINT, INK};
pub use scatter::{Plot, Scatter};
pub use sheet::{Cell, Sheet};
pub use target::{Format, Target};

use std::path::Path;

use crate::error::Error;

/// Writes a picture, PNG or SVG, whole, into a folder that is made where there is none.
pub fn save(file: &Path, picture: &[u8]) -> Result<(), Error> {
    Target::new(file, Format::of(picture))?.write(picture)
}

//! Pictures, and the files that they are written to.
//!
//! | file | idea |
//! |---|---|
//! | `canvas.rs` | text, areas and images on white |
//! | `sheet.rs` | images in rows, with text below each image |
//! | `scatter.rs` | answers against targets, a point for each sample |
//! | `target.rs` | the file of a picture, which never replaces a file that toddle has not drawn |

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

/// Writes a PNG or SVG picture, completely or not at all. The folder is made if it does not exist.
pub fn save(file: &Path, picture: &[u8]) -> Result<(), Error> {
    Target::new(file, Format::of(picture))?.write(picture)
}

//! Pictures made of pixels.
//!
//! | file | idea |
//! |---|---|
//! | `canvas.rs` | text, areas and images on white |
//! | `pixels.rs` | numbers as the colours of pixels |
//! | `sheet.rs` | images in rows, with text below each image |
//! | `scatter.rs` | answers against targets, a point for each sample |

mod canvas;
mod pixels;
mod scatter;
mod sheet;

pub use canvas::{Canvas, FAINT, INK};
pub use pixels::{MARK, Pixels, data_uri, grey, sample_pixels, signed};
pub use scatter::{Plot, Scatter};
pub use sheet::{Cell, Sheet};

//! Pictures of samples, as PNG files.
//!
//! | file | idea |
//! |---|---|
//! | `canvas.rs` | text, areas and images on white |
//! | `sheet.rs` | images in rows, with words below each |
//! | `scatter.rs` | what is said against what is true, a point for each sample |

mod canvas;
mod scatter;
mod sheet;

pub use canvas::{Canvas, FAINT, INK};
pub use scatter::{Plot, Scatter};
pub use sheet::{Cell, Sheet};

use std::path::Path;

use crate::error::Error;
use crate::folder::Folder;

/// Writes a PNG file whole, into a folder that is made where there is none.
pub fn save(file: &Path, png: &[u8]) -> Result<(), Error> {
    let Some(name) = file.file_name().map(|name| name.to_string_lossy()) else {
        return Err(Error::Refused {
            what: format!("cannot write a picture to `{}`", file.display()),
            expected: "the name of a file".into(),
            got: "a folder".into(),
            remedy: "a name that ends in .png".into(),
        });
    };
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Folder::open(folder, &[&name])?.write(&name, png)
}

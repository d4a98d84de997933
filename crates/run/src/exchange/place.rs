//! The file that is written. A file that toddle has not written is never overwritten.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use toddle_exchange::{arrays, c, keras, pytorch, rust};

use super::Form;
use crate::error::Error;
use crate::folder::Folder;

/// The number of bytes at the beginning and at the end of a file that may contain the mark of toddle. A comment about the columns of
/// a table may come before it.
const EDGE: u64 = 1 << 20;

/// The mark in the report of a check.
pub const REPORT: &str = "\"checked\":";

/// A file that may be written.
#[derive(Debug)]
pub struct Place {
    folder: Folder,
    name: String,
}

impl Place {
    /// Checks that `file` may be written, and makes its folder if it does not exist.
    pub fn new(file: &Path, form: Form) -> Result<Place, Error> {
        let refuse = |expected: &str, got: &str| Error::Refused {
            what: format!("cannot write the network to `{}`", file.display()),
            expected: expected.into(),
            got: got.into(),
            remedy: "the path of a new file".into(),
        };
        let Some(name) = file.file_name().filter(|_| !file.is_dir()) else {
            return Err(refuse("the name of a file", "a folder"));
        };
        if fs::symlink_metadata(file).is_ok() && !is_own(file, form) {
            let expected =
                "a new file, or one that toddle has exported: files of others are never overwritten";
            return Err(refuse(expected, "another file"));
        }
        let name = name.to_string_lossy().into_owned();
        let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Ok(Place { folder: Folder::open(parent, &[&name])?, name })
    }

    /// Writes the file, completely or not at all.
    pub fn write(&self, content: &[u8]) -> Result<(), Error> {
        self.folder.write(&self.name, content)
    }
}

/// Whether toddle has written `file`.
fn is_own(file: &Path, form: Form) -> bool {
    if !fs::metadata(file).is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let Ok([beginning, end]) = edges(file) else { return false };
    let holds = |mark: &[u8]| {
        [&beginning, &end].iter().any(|edge| edge.windows(mark.len()).any(|bytes| bytes == mark))
    };
    let marks: &[&str] = match form {
        // The name of the program that wrote the file, with its length.
        Form::Onnx => &["\x12\x06toddle"],
        Form::Pytorch => &[pytorch::MARK],
        Form::Keras => &[keras::MARK, arrays::MARK],
        Form::C => &[c::MARK],
        Form::Rust => &[rust::MARK],
        Form::Npz | Form::Safetensors => &[arrays::MARK],
    };
    marks.iter().any(|mark| holds(mark.as_bytes())) || holds(REPORT.as_bytes())
}

/// The first and the last bytes of a file.
fn edges(file: &Path) -> io::Result<[Vec<u8>; 2]> {
    let mut file = File::open(file)?;
    let length = file.metadata()?.len();
    let [mut beginning, mut end] = [Vec::new(), Vec::new()];
    (&file).take(EDGE).read_to_end(&mut beginning)?;
    file.seek(SeekFrom::Start(length.saturating_sub(EDGE)))?;
    file.take(EDGE).read_to_end(&mut end)?;
    Ok([beginning, end])
}

//! The kinds of files with samples.

use std::io::Read;
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::bounded::GZIP;
use crate::error::DataError;
use crate::file::open;
use crate::picture::Picture;

/// The number of bytes by which a file is recognised.
const FIRST: u64 = 512;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One array: NPY or IDX, also packed by gzip.
    Array,
    /// Arrays with names: NPZ or safetensors.
    Archive,
    /// A table, also packed by gzip, or a file of an unknown kind.
    Table,
}

impl Kind {
    /// The kind by the first bytes. The name tells a packed table and a workbook, whose bytes begin as those of arrays.
    pub(crate) fn of(name: &str, contents: &[u8]) -> Kind {
        let name = Path::new(name.strip_suffix(".gz").unwrap_or(name));
        let ending = name.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let is_packed_text = contents.starts_with(&GZIP) && is_text(contents);
        if matches!(ending.as_deref(), Some("csv" | "tsv" | "txt" | "xlsx" | "ods")) || is_packed_text {
            return Kind::Table;
        }
        let is_idx = matches!(contents, [0, 0, 0x08..=0x0e, 1..=255, ..]);
        let is_tensors = contents.get(8) == Some(&b'{') && contents[..8].contains(&0);
        if contents.starts_with(b"\x93NUMPY") || contents.starts_with(&GZIP) || is_idx {
            Kind::Array
        } else if contents.starts_with(b"PK") && contents.get(2).is_some_and(|&byte| byte < b' ')
            || is_tensors
        {
            Kind::Archive
        } else {
            Kind::Table
        }
    }
}

/// The first bytes of a file.
///
/// **Errors:** if the file cannot be read.
pub(crate) fn first_bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    let (file, _) = open(path)?;
    let mut bytes = Vec::new();
    file.take(FIRST).read_to_end(&mut bytes).map_err(|cause| DataError::read(path, cause))?;
    Ok(bytes)
}

/// Whether the first bytes of a file are those of a text, plain or packed by gzip.
pub(crate) fn is_text(contents: &[u8]) -> bool {
    let mut bytes = Vec::new();
    match contents.starts_with(&GZIP) {
        // The stream may be cut short, or damaged behind its beginning.
        true => drop(GzDecoder::new(contents).take(FIRST).read_to_end(&mut bytes)),
        false => bytes.extend(&contents[..contents.len().min(FIRST as usize)]),
    }
    let is_control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r');
    !bytes.is_empty() && !Picture::is_picture(&bytes) && !bytes.iter().any(is_control)
}

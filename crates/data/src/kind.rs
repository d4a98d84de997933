//! The kinds of files with samples.

use std::path::Path;

use crate::bounded::GZIP;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One array: NPY or IDX, also packed by gzip.
    Array,
    /// Arrays with names: NPZ or safetensors.
    Archive,
    /// A table, or a file of an unknown kind.
    Table,
}

impl Kind {
    /// The kind by the first bytes. The name tells a packed table and a workbook, whose bytes begin as those of arrays.
    pub(crate) fn of(name: &str, contents: &[u8]) -> Kind {
        let name = Path::new(name.strip_suffix(".gz").unwrap_or(name));
        let ending = name.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if matches!(ending.as_deref(), Some("csv" | "tsv" | "txt" | "xlsx" | "ods")) {
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

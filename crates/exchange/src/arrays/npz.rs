//! Arrays as an archive of NumPy: a zip archive with an NPY file for each array.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{Array, MARK};

/// The bytes before the header of an NPY file: the mark of the format, its version, and the length of the header.
const START: usize = 10;

/// The elements begin at a multiple of so many bytes.
const ALIGNMENT: usize = 64;

/// The file of `arrays`, which `numpy.load` reads. The same arrays give the same bytes.
///
/// ```
/// use toddle_exchange::arrays::{Array, npz};
///
/// let file = npz(&[Array { name: "dense1.bias".into(), dims: vec![2], values: vec![1.0, -0.5] }]);
/// assert!(file.starts_with(b"PK"));
/// assert!(file.windows(15).any(|bytes| bytes == b"dense1.bias.npy"));
/// ```
pub fn encode(arrays: &[Array]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT);
    for array in arrays {
        archive.start_file(format!("{}.npy", array.name), options).expect("every parameter has its own name");
        archive.write_all(&npy(array)).expect("a list of bytes takes any");
    }
    archive.set_comment(MARK).expect("the comment is short");
    archive.finish().expect("a list of bytes takes any").into_inner()
}

/// An array as an NPY file of version 1.
fn npy(array: &Array) -> Vec<u8> {
    // A tuple of one number has a comma, too.
    let dims: String = array.dims.iter().map(|size| format!("{size}, ")).collect();
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({})}}", dims.trim_end());
    let length = (START + header.len() + 1).next_multiple_of(ALIGNMENT) - START;
    header.extend(std::iter::repeat_n(' ', length - header.len() - 1));
    header.push('\n');
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), &array.bytes()].concat()
}

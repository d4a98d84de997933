//! The IDX format: a short header, then the values.
//!
//! | bytes | meaning (integers are big-endian) |
//! |---|---|
//! | 2 | zero |
//! | 1 | type of a value |
//! | 1 | number of dimensions *d* |
//! | 4·*d* | size of each dimension |
//! | the rest | the values, the last dimension varying fastest |

use std::path::{Path, PathBuf};

use crate::error::DataError;
use crate::values::{Kind, Scalar};

use super::{Array, ArrayValues, Sections};

pub(super) fn decode(file: &mut Sections<'_>) -> Result<Array, DataError> {
    let name = file.name.to_owned();
    let magic = file.next(4)?;
    if magic[..2] != [0, 0] {
        return Err(DataError::NotArray { name, found: [magic[0], magic[1]] });
    }
    let scalar = match magic[2] {
        0x08 => Scalar::big(Kind::Unsigned, 1),
        0x09 => Scalar::big(Kind::Signed, 1),
        0x0B => Scalar::big(Kind::Signed, 2),
        0x0C => Scalar::big(Kind::Signed, 4),
        0x0D => Scalar::big(Kind::Float, 4),
        0x0E => Scalar::big(Kind::Float, 8),
        code => return Err(DataError::ValueType { name, code }),
    };
    let sizes = file.next(4 * usize::from(magic[3]))?;
    let dims: Vec<usize> =
        sizes.as_chunks().0.iter().map(|&size| u32::from_be_bytes(size) as usize).collect();
    if dims.is_empty() || dims.contains(&0) {
        return Err(DataError::Empty { name, dims });
    }
    let values = ArrayValues::Numbers(file.numbers(scalar, &dims, false)?);
    Ok(Array { name, dims, values })
}

/// The file in `folder` that bears `name`, as `train-images-idx3-ubyte`, or one of the names that people give it.
///
/// These are with a dot before `idx`, with `.gz` behind, and in a folder of the same name, as some sites pack it. The
/// plain file goes first.
pub(crate) fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let dotted = name.replace("-idx", ".idx");
    let names = [name, &dotted].into_iter().flat_map(|name| [name.to_owned(), format!("{name}.gz")]);
    let inside = names.clone().map(|name| Path::new(&name).join(&name));
    names.map(PathBuf::from).chain(inside).map(|name| folder.join(name)).find(|path| path.is_file())
}

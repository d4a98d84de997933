//! The IDX format: a short header, then the values.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::bounded::{GZIP, MAX_BYTES, read_up_to};
use crate::error::DataError;

/// The IDX code of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// The contents of an IDX file of unsigned bytes: an array of any number of dimensions.
///
/// | bytes | meaning (integers are big-endian) |
/// |---|---|
/// | 2 | zero |
/// | 1 | type of a value; 0x08, an unsigned byte, is the one that is read |
/// | 1 | number of dimensions *d* |
/// | 4·*d* | size of each dimension |
/// | the rest | the values, the last dimension varying fastest |
///
/// A file may be plain or gzip; its content says which, not its name.
///
/// **Trust:** the header is checked before any value is read, and memory grows with what the file really
/// holds: never past the declared size and one byte, which tells that there is more. So neither a small file
/// that declares a gigabyte nor a small gzip that inflates to one costs a gigabyte.
///
/// **Errors:** a [`DataError`] if the file cannot be read, is not IDX, holds other values than unsigned
/// bytes, declares nothing or more than [`MAX_BYTES`], is shorter or longer than it declares, or if its gzip
/// stream is damaged.
///
/// ```
/// let file = [0, 0, 8, 2, /* 2 rows */ 0, 0, 0, 2, /* 3 columns */ 0, 0, 0, 3, 10, 11, 12, 20, 21, 22];
/// let idx = toddle_data::Idx::parse("rows.idx", &file)?;
/// assert_eq!(idx.dims, [2, 3]);
/// assert_eq!(idx.bytes, [10, 11, 12, 20, 21, 22]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Idx {
    /// Where it came from, for messages: a path, or the name given to [`Idx::parse`].
    pub name: String,
    /// The size of each dimension.
    pub dims: Vec<usize>,
    /// The values, the last dimension varying fastest.
    pub bytes: Vec<u8>,
}

impl Idx {
    /// Reads the file at `path`.
    ///
    /// ```
    /// let error = toddle_data::Idx::read("no/such/file".as_ref()).unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read `no/such/file`"));
    /// ```
    pub fn read(path: &Path) -> Result<Idx, DataError> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => decode(name, BufReader::new(file)),
            Err(cause) => Err(DataError::Read { name, cause }),
        }
    }

    /// Reads `bytes`, the whole of a file that messages call `name`.
    ///
    /// ```
    /// let labels = toddle_data::Idx::parse("labels", &[0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4])?;
    /// assert_eq!(labels.bytes, [5, 0, 4]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Idx, DataError> {
        decode(name.to_owned(), bytes)
    }

    /// Reads all of `source`, which messages call `name`.
    pub(crate) fn from_reader(name: String, source: impl BufRead) -> Result<Idx, DataError> {
        decode(name, source)
    }
}

/// Without the values, which may be millions.
impl fmt::Debug for Idx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idx").field("name", &self.name).field("dims", &self.dims).finish_non_exhaustive()
    }
}

fn decode(name: String, mut source: impl BufRead) -> Result<Idx, DataError> {
    let start = read_up_to(&mut source, GZIP.len()).map_err(|cause| failure(&name, cause))?;
    let gzip = start == GZIP;
    let mut source = Cursor::new(start).chain(source);
    if !gzip {
        return decode_plain(name, &mut source);
    }
    let mut inflated = GzDecoder::new(source);
    let idx = decode_plain(name, &mut inflated)?; // to its end, so that the checksum was compared
    match inflated.into_inner().fill_buf() {
        Ok([]) => Ok(idx),
        Ok(_) => Err(DataError::Gzip { name: idx.name, fault: "bytes after the stream's end".to_owned() }),
        Err(cause) => Err(failure(&idx.name, cause)),
    }
}

/// Reads to the end of `source`, or to the first byte too many.
fn decode_plain(name: String, source: &mut impl Read) -> Result<Idx, DataError> {
    let mut expected = 0;
    let mut section = |length: usize, spare: usize| {
        let before = expected;
        expected += length;
        match read_up_to(source, length + spare) {
            Ok(bytes) if bytes.len() < length => {
                Err(DataError::Truncated { name: name.clone(), expected, got: before + bytes.len() })
            }
            Ok(bytes) if bytes.len() > length => Err(DataError::Trailing { name: name.clone(), expected }),
            Ok(bytes) => Ok(bytes),
            Err(cause) => Err(failure(&name, cause)),
        }
    };
    let magic = section(4, 0)?;
    if magic[..2] != [0, 0] {
        return Err(DataError::NotIdx { name, found: [magic[0], magic[1]] });
    }
    if magic[2] != UNSIGNED_BYTE {
        return Err(DataError::ValueType { name, code: magic[2] });
    }
    let sizes = section(4 * usize::from(magic[3]), 0)?;
    let size = |bytes: &[u8; 4]| u32::from_be_bytes(*bytes) as usize;
    let dims: Vec<usize> = sizes.as_chunks().0.iter().map(size).collect();
    if dims.is_empty() || dims.contains(&0) {
        return Err(DataError::Empty { name, dims });
    }
    let count = dims.iter().try_fold(1, |count: usize, &size| count.checked_mul(size));
    let Some(count) = count.filter(|&count| count <= MAX_BYTES) else {
        return Err(DataError::TooLarge { name, dims });
    };
    let bytes = section(count, 1)?;
    Ok(Idx { name, dims, bytes })
}

/// An error of the system, or of the gzip stream, which has no number.
fn failure(name: &str, cause: io::Error) -> DataError {
    let name = name.to_owned();
    match cause.raw_os_error() {
        Some(_) => DataError::Read { name, cause },
        None if cause.kind() == io::ErrorKind::UnexpectedEof => {
            DataError::Gzip { name, fault: "a stream that ends early".to_owned() }
        }
        None => DataError::Gzip { name, fault: cause.to_string() },
    }
}

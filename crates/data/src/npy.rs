//! NumPy's arrays, one a file.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use crate::bounded::{MAX_BYTES, read_up_to};
use crate::dataset::Values;
use crate::error::DataError;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// No header that NumPy writes for an array of numbers is longer.
const MAX_HEADER: usize = 1 << 14;

/// An array as `numpy.save` writes it.
///
/// Read are booleans, signed and unsigned integers of 8 to 64 bits, `float32` and `float64`, of either byte order, in C
/// or Fortran order. Unsigned bytes stay bytes; the rest become `f32`: `float64` is rounded, and an integer that `f32`
/// does not have is refused, as are arrays of objects, which would be programs.
///
/// **Trust:** the header is checked first, and memory follows what the file really holds.
///
/// **Errors:** a [`DataError`] if the file cannot be read, is no such array, declares more than [`MAX_BYTES`], or is
/// shorter or longer than it declares.
///
/// ```
/// let mut file = b"\x93NUMPY\x01\x00\x37\x00{'descr': '<i2', 'fortran_order': False, 'shape': (3,)}".to_vec();
/// file.extend([5, 0, 0, 0, 4, 0]);
/// let array = toddle_data::Npy::parse("digits.npy", &file)?;
/// assert_eq!((array.dims, array.values), (vec![3], vec![5.0, 0.0, 4.0].into()));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Npy {
    /// Where it came from, for messages.
    pub name: String,
    /// The size of each dimension; none for a single number.
    pub dims: Vec<usize>,
    /// The values, the last dimension varying fastest.
    pub values: Values,
    /// Whether the file's values were integers or booleans, so that they may be labels.
    pub whole: bool,
}

impl Npy {
    /// Reads the file at `path`.
    pub fn read(path: &Path) -> Result<Npy, DataError> {
        let file = File::open(path).map_err(|cause| DataError::read(path, cause))?;
        Npy::decode(&path.display().to_string(), &mut BufReader::new(file))
    }

    /// Reads `bytes`, the whole of a file that messages call `name`.
    pub fn parse(name: &str, mut bytes: &[u8]) -> Result<Npy, DataError> {
        Npy::decode(name, &mut bytes)
    }

    pub(crate) fn decode(name: &str, source: &mut impl Read) -> Result<Npy, DataError> {
        let mut section = |length: usize, spare: usize| match read_up_to(source, length + spare) {
            Ok(bytes) if bytes.len() < length => {
                let got = format!("{} where it ends", bytes.len());
                Err(refused(name, &format!("{length} bytes more"), &got))
            }
            Ok(bytes) if bytes.len() > length => Err(refused(name, "an end after the values", "more bytes")),
            Ok(bytes) => Ok(bytes),
            Err(cause) => Err(failure(name, cause)),
        };
        let start = section(8, 0)?;
        let Some(&[version, _]) = start.strip_prefix(MAGIC) else {
            return Err(refused(name, "an array that NumPy saved, which begins \\x93NUMPY", "other bytes"));
        };
        let length = match version {
            1 => section(2, 0)?,
            2 | 3 => section(4, 0)?,
            _ => return Err(refused(name, "version 1, 2 or 3 of the format", &format!("version {version}"))),
        };
        let length = length.iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
        if length > MAX_HEADER {
            return Err(refused(
                name,
                &format!("a header of at most {MAX_HEADER} bytes"),
                &length.to_string(),
            ));
        }
        let text = section(length, 0)?;
        let text = String::from_utf8_lossy(&text);
        let header = Header::parse(&text).ok_or_else(|| {
            let shown: String = text.trim_end().chars().take(100).collect();
            refused(name, "a header that says descr, fortran_order and shape", &shown)
        })?;
        let Some(kind) = Kind::parse(header.descr) else {
            return Err(refused(
                name,
                "integers, float32 or float64",
                &format!("values of type {}", header.descr),
            ));
        };
        let size = header.dims.iter().try_fold(kind.size, |size: usize, &dim| size.checked_mul(dim));
        let Some(size) = size.filter(|&size| size <= MAX_BYTES) else {
            return Err(DataError::TooLarge { name: name.to_owned(), dims: header.dims });
        };
        let values = kind.values(name, section(size, 1)?)?;
        let values = match (values, header.fortran) {
            (Values::Bytes(bytes), true) => Values::Bytes(from_fortran(&bytes, &header.dims)),
            (Values::Numbers(numbers), true) => Values::Numbers(from_fortran(&numbers, &header.dims)),
            (values, false) => values,
        };
        Ok(Npy { name: name.to_owned(), dims: header.dims, values, whole: kind.letter != 'f' })
    }
}

/// Without the values, which may be millions.
impl fmt::Debug for Npy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Npy").field("name", &self.name).field("dims", &self.dims).finish_non_exhaustive()
    }
}

/// A header is a dictionary as Python writes it: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`.
struct Header<'a> {
    descr: &'a str,
    fortran: bool,
    dims: Vec<usize>,
}

impl Header<'_> {
    fn parse(text: &str) -> Option<Header<'_>> {
        let text = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        let after = |key: &str| {
            let (_, rest) = text.split_once(&format!("'{key}'"))?;
            Some(rest.trim_start().strip_prefix(':')?.trim_start())
        };
        let (descr, _) = after("descr")?.strip_prefix('\'')?.split_once('\'')?;
        let order = after("fortran_order")?;
        let fortran = order.starts_with("True");
        if !fortran && !order.starts_with("False") {
            return None;
        }
        let (dims, _) = after("shape")?.strip_prefix('(')?.split_once(')')?;
        let dims = dims.trim().trim_end_matches(',');
        let dims = match dims {
            "" => Vec::new(),
            // Old versions of Python wrote an L after long numbers.
            dims => dims
                .split(',')
                .map(|dim| dim.trim().trim_end_matches('L').parse().ok())
                .collect::<Option<_>>()?,
        };
        Some(Header { descr, fortran, dims })
    }
}

/// A type of values: `<f4` is little-endian, floating, of 4 bytes.
#[derive(Clone, Copy)]
struct Kind {
    big_endian: bool,
    letter: char,
    size: usize,
}

impl Kind {
    fn parse(descr: &str) -> Option<Kind> {
        let mut letters = descr.chars();
        let (order, letter) = (letters.next()?, letters.next()?);
        let size = letters.as_str().parse().ok()?;
        let right = match letter {
            'u' | 'i' => matches!(size, 1 | 2 | 4 | 8),
            'f' => matches!(size, 4 | 8),
            'b' => size == 1,
            _ => false,
        };
        let big_endian = match order {
            '<' | '|' => false,
            '>' => true,
            '=' => cfg!(target_endian = "big"),
            _ => return None,
        };
        right.then_some(Kind { big_endian, letter, size })
    }

    fn values(self, name: &str, bytes: Vec<u8>) -> Result<Values, DataError> {
        if (self.letter, self.size) == ('u', 1) {
            return Ok(Values::Bytes(bytes));
        }
        let mut numbers = Vec::with_capacity(bytes.len() / self.size);
        for value in bytes.chunks_exact(self.size) {
            let number = self.number(value).ok_or_else(|| {
                let got = format!("one that is not, as value {}", numbers.len());
                refused(name, "integers that f32 has, as all up to 16777216", &got)
            })?;
            numbers.push(number);
        }
        Ok(Values::Numbers(numbers))
    }

    fn number(self, value: &[u8]) -> Option<f32> {
        let append = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
        let bits = match self.big_endian {
            true => value.iter().fold(0, append),
            false => value.iter().rev().fold(0, append),
        };
        let unused = 64 - 8 * self.size as u32;
        let whole = match (self.letter, self.size) {
            ('f', 4) => return Some(f32::from_bits(bits as u32)),
            ('f', _) => return Some(f64::from_bits(bits) as f32),
            ('i', _) => i128::from((bits << unused) as i64 >> unused),
            ('b', _) => i128::from(bits != 0),
            _ => i128::from(bits),
        };
        let number = whole as f32;
        (number as i128 == whole).then_some(number)
    }
}

/// From the order in which the first dimension varies fastest to that in which the last does.
fn from_fortran<T: Copy>(values: &[T], dims: &[usize]) -> Vec<T> {
    let mut strides = Vec::with_capacity(dims.len());
    let mut stride = 1;
    for dim in dims {
        strides.push(stride);
        stride *= dim;
    }
    let mut index = vec![0; dims.len()];
    let mut at = 0;
    let mut turned = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        turned.push(values[at]);
        for (axis, dim) in dims.iter().enumerate().rev() {
            index[axis] += 1;
            at += strides[axis];
            if index[axis] < *dim {
                break;
            }
            at -= strides[axis] * dim;
            index[axis] = 0;
        }
    }
    turned
}

fn refused(name: &str, expected: &str, got: &str) -> DataError {
    DataError::refused(name, expected, got, "saving the array again with numpy.save")
}

/// An error of the system, or of a compressed stream, which has no number.
fn failure(name: &str, cause: io::Error) -> DataError {
    match cause.raw_os_error() {
        Some(_) => DataError::Read { name: name.to_owned(), cause },
        None if cause.kind() == ErrorKind::UnexpectedEof => {
            refused(name, "a whole stream", "one that ends early")
        }
        None => refused(name, "a whole stream", &cause.to_string()),
    }
}

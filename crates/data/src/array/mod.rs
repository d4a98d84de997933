//! Arrays of numbers or words, as NumPy, IDX and safetensors files hold them.

mod archive;
mod idx;
mod like;
mod name;
mod npy;
mod pair;
mod reader;
mod targets;

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::GzDecoder;

use crate::bounded::{GZIP, MAX_BYTES, read_into, read_up_to};
use crate::budget::Budget;
use crate::error::DataError;
use crate::file;
use crate::values::{Narrowing, Opening, Reading, Scalar, Values};

pub use archive::Archive;
pub(crate) use idx::find as find_idx;
pub(crate) use like::alike;
pub use reader::Arrays;

/// How a zip archive, and so NPZ, begins.
const ZIP: [u8; 2] = *b"PK";

/// An array of any number of dimensions.
///
/// The content of a file says which kind it is, and not its name. IDX and NPY may be plain or gzip.
///
/// | file | begins with | values that are read |
/// |---|---|---|
/// | IDX | `00 00`, type, number of dimensions | unsigned and signed bytes, `i16`, `i32`, `f32`, `f64` |
/// | NPY | `\x93NUMPY` | booleans, integers of 8 to 64 bits, `float16`, `bfloat16`, `float32`, `float64`, words (`<U5`, `\|S5`) |
/// | NPZ with a single array | `PK` | as NPY |
///
/// Numbers stay in the type of the file, as [`Values`] says, and are read as `f32`: `f64` is rounded, and an integer that `f32`
/// cannot represent is refused. Both byte orders are read, and both C and Fortran order.
///
/// An array that would take more than a quarter of the [`Budget`] stays in its file, if the file is not compressed and the array is
/// in C order. Each sample is then read when it is needed. A sample that can no longer be read, or has changed, is an error: see
/// [`Dataset::check_read`](crate::Dataset::check_read).
///
/// **Trust:** the header is checked before any value is read. Memory grows with the bytes that the file really has, at most to the
/// declared size and one byte. So a small file that declares a gigabyte does not cost a gigabyte, and neither does a small gzip
/// file that inflates to one.
///
/// **Errors:** a [`DataError`] if the file cannot be read, is of none of these kinds, has values of another type, declares no
/// values or more than [`MAX_BYTES`](crate::MAX_BYTES) that do not stay in their file, or is shorter or longer than it declares.
///
/// ```
/// use toddle_data::Array;
/// let file = [0, 0, 8, 2, /* 2 rows */ 0, 0, 0, 2, /* 3 columns */ 0, 0, 0, 3, 10, 11, 12, 20, 21, 22];
/// let array = Array::parse("rows.idx", &file)?;
/// assert_eq!((array.dims, array.values), (vec![2, 3], vec![10, 11, 12, 20, 21, 22].into()));
///
/// let mut file = b"\x93NUMPY\x01\x00\x37\x00{'descr': '<f2', 'fortran_order': False, 'shape': (2,)}".to_vec();
/// file.extend([0x00, 0x3c, 0x00, 0xb8]);
/// assert_eq!(Array::parse("two.npy", &file)?.values, vec![1.0, -0.5].into());
/// # Ok::<(), toddle_data::DataError>(())
/// ```
///
/// See: [NumPy's format](https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html); for IDX, Y. LeCun's page of
/// MNIST.
#[derive(Clone, PartialEq)]
pub struct Array {
    /// The source, for messages: a path, or the name given to [`Array::parse`].
    pub name: String,
    /// The size of each dimension. Empty for a single number.
    pub dims: Vec<usize>,
    /// The values, the last dimension varying fastest.
    pub values: ArrayValues,
}

/// The values of an [`Array`].
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ArrayValues {
    /// Numbers, or booleans as 0 and 1.
    Numbers(Values),
    /// Words: names of classes.
    Words {
        /// For each value, the place of its word in `words`.
        ids: Vec<u32>,
        /// Each word once, in the order in which the words were met.
        words: Vec<String>,
    },
}

impl Array {
    /// Reads the file at `path`.
    ///
    /// ```
    /// let error = toddle_data::Array::read("no/such/file").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read `no/such/file`"));
    /// ```
    pub fn read(path: impl AsRef<Path>) -> Result<Array, DataError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let mut file = BufReader::new(file::open(path)?.0);
        match file.fill_buf() {
            Ok(start) if start.starts_with(&ZIP) => Archive::of_file(path, file)?.single(),
            Ok(_) => Array::from_reader(name, file, Some((Arc::new(file::open(path)?.0), 0))),
            Err(cause) => Err(DataError::read(path, cause)),
        }
    }

    /// Reads `bytes`, the whole of a file that messages call `name`.
    ///
    /// ```
    /// let labels = toddle_data::Array::parse("labels", &[0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4])?;
    /// assert_eq!(labels.values, vec![5, 0, 4].into());
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Array, DataError> {
        match bytes.starts_with(&ZIP) {
            true => Archive::new(name, Cursor::new(bytes))?.single(),
            false => Array::from_reader(name.to_owned(), bytes, None),
        }
    }

    /// Reads all of `source`, IDX or NPY, plain or gzip. Messages call it `name`. `file` is the file that has the same bytes as they
    /// are, from a place on, if there is one.
    pub(crate) fn from_reader(
        name: String,
        mut source: impl BufRead,
        file: Option<(Arc<File>, u64)>,
    ) -> Result<Array, DataError> {
        let start = read_up_to(&mut source, GZIP.len()).map_err(|cause| failure(&name, cause))?;
        let gzip = start == GZIP;
        let mut source = Cursor::new(start).chain(source);
        if !gzip {
            return Array::from_plain(name, &mut source, file);
        }
        let mut inflated = GzDecoder::new(source);
        let array = Array::from_plain(name, &mut inflated, None)?; // to its end, so that the checksum was compared
        match inflated.into_inner().fill_buf() {
            Ok([]) => Ok(array),
            Ok(_) => {
                Err(DataError::Gzip { name: array.name, fault: "bytes after the stream's end".to_owned() })
            }
            Err(cause) => Err(failure(&array.name, cause)),
        }
    }

    fn from_plain(
        name: String,
        source: &mut dyn Read,
        file: Option<(Arc<File>, u64)>,
    ) -> Result<Array, DataError> {
        let start = read_up_to(source, npy::MAGIC.len()).map_err(|cause| failure(&name, cause))?;
        let npy = start == npy::MAGIC;
        let mut sections =
            Sections { name: &name, source: &mut Cursor::new(start).chain(source), file, expected: 0 };
        if npy { npy::decode(&mut sections) } else { idx::decode(&mut sections) }
    }

    /// Asks for the memory of `count` values that take so many bytes each, before they are read.
    fn ask(name: &str, count: usize, each: usize) -> Result<(), DataError> {
        Budget::ask(name, (count as u64).saturating_mul(each as u64), || format!("{count} values"))
    }

    /// **Errors:** unless the values are as many as the dimensions say, which only an array made by hand can break.
    fn check(&self) -> Result<(), DataError> {
        let count = self.dims.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
        let ids_are_words = match &self.values {
            ArrayValues::Words { ids, words } => ids.iter().all(|&id| (id as usize) < words.len()),
            _ => true,
        };
        if count == Some(self.values.len()) && ids_are_words {
            return Ok(());
        }
        let expected = format!("as many values as {} has", crate::error::shape(&self.dims));
        let got = format!("{} values", self.values.len());
        Err(DataError::refused(&self.name, expected, got, "checking the dimensions and the values"))
    }
}

/// Without the values, which may be millions.
impl fmt::Debug for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Array").field("name", &self.name).field("dims", &self.dims).finish_non_exhaustive()
    }
}

impl ArrayValues {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            ArrayValues::Numbers(values) => values.len(),
            ArrayValues::Words { ids, .. } => ids.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Vec<u8>> for ArrayValues {
    fn from(bytes: Vec<u8>) -> ArrayValues {
        ArrayValues::Numbers(bytes.into())
    }
}

impl From<Vec<f32>> for ArrayValues {
    fn from(numbers: Vec<f32>) -> ArrayValues {
        ArrayValues::Numbers(numbers.into())
    }
}

/// The type and the first values: there may be millions.
impl fmt::Debug for ArrayValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArrayValues::Numbers(values) => values.fmt(f),
            ArrayValues::Words { words, .. } => {
                write!(f, "{} words of {:?}", self.len(), &words[..words.len().min(8)])
            }
        }
    }
}

/// A file that is read section by section.
struct Sections<'a> {
    name: &'a str,
    source: &'a mut dyn Read,
    /// The file that has the same bytes as they are, from a place on, if there is one.
    file: Option<(Arc<File>, u64)>,
    /// The bytes that the sections so far ask for.
    expected: usize,
}

impl Sections<'_> {
    /// The next `length` bytes.
    fn next(&mut self, length: usize) -> Result<Vec<u8>, DataError> {
        self.take(length, 0)
    }

    /// The last `length` bytes.
    fn last(&mut self, length: usize) -> Result<Vec<u8>, DataError> {
        self.take(length, 1)
    }

    /// The last bytes: the numbers of an array of these dimensions.
    fn numbers(&mut self, scalar: Scalar, dims: &[usize], is_fortran: bool) -> Result<Values, DataError> {
        let size = dims.iter().try_fold(scalar.size, |size: usize, &dim| size.checked_mul(dim));
        let too_large = || DataError::TooLarge { name: self.name.to_owned(), dims: dims.to_vec() };
        let size = size.ok_or_else(too_large)?;
        let (count, kept) = (size / scalar.size, scalar.kept());
        let sample = count / dims.first().copied().unwrap_or(1).max(1);
        let file = self.file.as_ref().filter(|_| !is_fortran);
        let file = file.map(|(file, start)| (file, start + self.expected as u64));
        if let Some(mut opening) = Opening::wanted(file, scalar, sample, count) {
            Array::ask(self.name, count / sample, size_of::<u32>())?;
            let mut narrowing = Narrowing::new(self.name, scalar, sample);
            self.pieces(size, sample * scalar.size, |samples| {
                narrowing.see(samples)?;
                opening.push(samples);
                Ok(())
            })?;
            narrowing.done()?;
            return Ok(opening.values(scalar));
        }
        if size > MAX_BYTES {
            return Err(too_large());
        }
        let mut reading = Reading::new(self.name, scalar, sample, count);
        if is_fortran {
            Array::ask(self.name, count, 2 * scalar.size + kept.size)?;
            let bytes = npy::from_fortran(&self.last(size)?, scalar.size, dims);
            reading.push(&bytes)?;
        } else {
            Array::ask(self.name, count, kept.size)?;
            self.pieces(size, sample * scalar.size, |samples| reading.push(samples))?;
        }
        reading.done()
    }

    /// Reads the last `length` bytes, and gives them to `each` in pieces: some samples of `sample` bytes, unless these are large.
    fn pieces(
        &mut self,
        length: usize,
        sample: usize,
        mut each: impl FnMut(&[u8]) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        /// The size of a piece of small samples.
        const PIECE: usize = 1 << 16;
        let step = (PIECE / sample.max(1)).max(1) * sample.max(1);
        let before = self.expected;
        self.expected += length;
        let expected = self.expected;
        let (mut piece, mut done) = (Vec::new(), 0);
        while done < length {
            let wanted = step.min(length - done);
            read_into(&mut piece, self.source, wanted).map_err(|cause| failure(self.name, cause))?;
            if piece.len() < wanted {
                let (name, got) = (self.name.to_owned(), before + done + piece.len());
                return Err(DataError::Truncated { name, expected, got });
            }
            each(&piece)?;
            done += wanted;
        }
        match read_up_to(self.source, 1) {
            Ok(more) if more.is_empty() => Ok(()),
            Ok(_) => Err(DataError::Trailing { name: self.name.to_owned(), expected }),
            Err(cause) => Err(failure(self.name, cause)),
        }
    }

    fn take(&mut self, length: usize, spare: usize) -> Result<Vec<u8>, DataError> {
        let (name, before) = (|| self.name.to_owned(), self.expected);
        self.expected += length;
        let expected = self.expected;
        match read_up_to(self.source, length + spare) {
            Ok(bytes) if bytes.len() < length => {
                Err(DataError::Truncated { name: name(), expected, got: before + bytes.len() })
            }
            Ok(bytes) if bytes.len() > length => Err(DataError::Trailing { name: name(), expected }),
            Ok(bytes) => Ok(bytes),
            Err(cause) => Err(failure(self.name, cause)),
        }
    }
}

/// An error of the system, or of a compressed stream, which has no number.
fn failure(name: &str, cause: io::Error) -> DataError {
    let name = name.to_owned();
    match cause.raw_os_error() {
        Some(_) => DataError::Read { name, cause },
        None if cause.kind() == ErrorKind::UnexpectedEof => {
            DataError::Gzip { name, fault: "a stream that ends early".to_owned() }
        }
        None => DataError::Gzip { name, fault: cause.to_string() },
    }
}

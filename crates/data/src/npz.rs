//! NumPy's arrays, several in an archive.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use zip::ZipArchive;

use crate::bounded::MAX_BYTES;
use crate::dataset::{Dataset, MAX_CLASSES, Values};
use crate::error::{DataError, shape as shape_of};
use crate::npy::Npy;

/// An archive of arrays, as `numpy.savez` and `numpy.savez_compressed` write it: `mnist.npz`, say.
///
/// **Trust:** an array is read when it is asked for; its header is checked first, and memory follows what the archive
/// really holds, so that a small file which would inflate to gigabytes is refused by [`MAX_BYTES`].
///
/// **Errors:** a [`DataError`] if the file cannot be read or is no such archive, lacks the array, or as [`Npy`].
///
/// ```no_run
/// let mut file = toddle_data::Npz::open("mnist.npz".as_ref())?;
/// let (train, test) = file.halves()?; // x_train, y_train, x_test, y_test
/// assert_eq!(train.shape(), [1, 28, 28]);
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug)]
pub struct Npz<R = BufReader<File>> {
    name: String,
    archive: ZipArchive<R>,
}

impl Npz {
    /// The archive at `path`.
    pub fn open(path: &Path) -> Result<Npz, DataError> {
        let file = File::open(path).map_err(|cause| DataError::read(path, cause))?;
        Npz::new(&path.display().to_string(), BufReader::new(file))
    }
}

impl<R: Read + Seek> Npz<R> {
    /// The archive in `source`, which messages call `name`.
    pub fn new(name: &str, source: R) -> Result<Npz<R>, DataError> {
        match ZipArchive::new(source) {
            Ok(archive) => Ok(Npz { name: name.to_owned(), archive }),
            Err(fault) => Err(DataError::refused(
                name,
                "an archive that numpy.savez wrote",
                fault.to_string(),
                "saving or fetching the file again",
            )),
        }
    }

    /// The names of the arrays.
    pub fn names(&self) -> Vec<String> {
        self.archive
            .file_names()
            .flatten()
            .filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned()))
            .collect()
    }

    /// The array called `array`.
    pub fn read(&mut self, array: &str) -> Result<Npy, DataError> {
        let names = self.names();
        let mut member = self.archive.by_name(&format!("{array}.npy")).map_err(|fault| {
            let (expected, got) = (format!("an array `{array}`"), format!("{}: {fault}", names.join(", ")));
            DataError::refused(&self.name, expected, got, "one of these names, or saving the file again")
        })?;
        let name = format!("{array} in {}", self.name);
        let declared = member.size();
        if declared > MAX_BYTES as u64 {
            let expected = format!("at most {MAX_BYTES} bytes");
            return Err(DataError::refused(name, expected, declared.to_string(), "fewer samples a file"));
        }
        Npy::decode(&name, &mut member)
    }

    /// The samples to train on and to test with: the arrays `x_train`, `y_train`, `x_test` and `y_test`.
    ///
    /// See [`Dataset::from_arrays`]. Both have the classes that either has.
    pub fn halves(&mut self) -> Result<(Dataset, Dataset), DataError> {
        let train = [self.read("x_train")?, self.read("y_train")?];
        let test = [self.read("x_test")?, self.read("y_test")?];
        let classes = classes(&train[1])?.zip(classes(&test[1])?).map(|(train, test)| train.max(test));
        let half = |[x, y]: [Npy; 2]| pair(x, y, classes);
        Ok((half(train)?, half(test)?))
    }
}

impl Dataset {
    /// Pairs an array of samples with one of targets.
    ///
    /// | samples | taken as |
    /// |---|---|
    /// | count × height × width | images of one channel |
    /// | count × height × width × 1, 3 or 4 | images with their channels last, as Keras has them: turned |
    /// | count × 1, 3 or 4 × height × width | images |
    /// | count × n | n numbers each |
    ///
    /// | targets | taken as |
    /// |---|---|
    /// | integers, count or count × 1 | labels; there are as many classes as the greatest says |
    /// | others, count or count × n | numbers to be learned |
    ///
    /// **Errors:** if the dimensions are others, the counts differ, or a label is not from 0 to [`MAX_CLASSES`] − 1.
    pub fn from_arrays(x: Npy, y: Npy) -> Result<Dataset, DataError> {
        let classes = classes(&y)?;
        pair(x, y, classes)
    }
}

/// How many classes the labels need; `None` if they are not labels.
fn classes(y: &Npy) -> Result<Option<usize>, DataError> {
    if !is_labels(y) {
        return Ok(None);
    }
    Ok(Some(labels(y)?.iter().max().map_or(1, |&greatest| greatest as usize + 1)))
}

fn is_labels(y: &Npy) -> bool {
    y.whole && matches!(y.dims[..], [_] | [_, 1])
}

fn labels(y: &Npy) -> Result<Vec<u32>, DataError> {
    let numbers = match &y.values {
        Values::Bytes(bytes) => return Ok(bytes.iter().map(|&label| u32::from(label)).collect()),
        Values::Numbers(numbers) => numbers,
    };
    match numbers.iter().position(|label| !(0.0..MAX_CLASSES as f32).contains(label)) {
        None => Ok(numbers.iter().map(|&label| label as u32).collect()),
        Some(at) => Err(DataError::refused(
            &y.name,
            format!("labels from 0 to {}", MAX_CLASSES - 1),
            format!("{} at sample {at}", numbers[at]),
            "saving target numbers as float32",
        )),
    }
}

fn pair(x: Npy, y: Npy, classes: Option<usize>) -> Result<Dataset, DataError> {
    let refused = |expected: &str| {
        let remedy = "reshaping the arrays before saving them";
        Err(DataError::refused(
            &x.name,
            expected,
            format!("{} with targets {}", shape_of(&x.dims), shape_of(&y.dims)),
            remedy,
        ))
    };
    let channels = |c: usize| matches!(c, 1 | 3 | 4);
    let (count, shape, turn) = match x.dims[..] {
        [n, size] => (n, [size, 1, 1], false),
        [n, h, w] => (n, [1, h, w], false),
        [n, h, w, c] if channels(c) => (n, [c, h, w], true),
        [n, c, h, w] if channels(c) => (n, [c, h, w], false),
        _ => {
            return refused(
                "count×n, count×height×width, or count×height×width×channels, of which 1, 3 or 4",
            );
        }
    };
    if y.dims.first() != Some(&count) || y.dims.len() > 2 {
        return refused("one target a sample, or one row of them");
    }
    let (name, width) = (x.name, y.dims.get(1).copied().unwrap_or(1));
    let values = match (x.values, turn) {
        (Values::Bytes(bytes), true) => Values::Bytes(channels_first(&bytes, shape)),
        (Values::Numbers(numbers), true) => Values::Numbers(channels_first(&numbers, shape)),
        (values, false) => values,
    };
    match classes {
        Some(classes) => Dataset::new(&name, shape, values, labels(&y)?, classes),
        None => {
            let numbers = match y.values {
                Values::Bytes(bytes) => bytes.into_iter().map(f32::from).collect(),
                Values::Numbers(numbers) => numbers,
            };
            Dataset::with_numbers(&name, shape, values, numbers, width)
        }
    }
}

/// From height×width×channels to channels×height×width, sample by sample.
fn channels_first<T: Copy>(values: &[T], shape: [usize; 3]) -> Vec<T> {
    let [c, h, w] = shape;
    let sample = (c * h * w).max(1);
    let mut turned = Vec::with_capacity(values.len());
    for sample in values.chunks_exact(sample) {
        for channel in 0..c {
            turned.extend(sample[channel..].iter().step_by(c));
        }
    }
    turned
}

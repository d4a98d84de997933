//! The errors of data, and what to do about them.

use std::io;
use std::path::Path;

use thiserror::Error;
use toddle::FitError;
use toddle::checkpoint::CheckpointError;
use toddle::{escaped, escaped_lines};

use crate::bounded::MAX_BYTES;
use crate::budget::Budget;
use crate::dataset::MAX_CLASSES;
use crate::missing::Missing;

/// The reason why data cannot be used: the file, what was expected, what was found, and what to try.
///
/// `Display` gives the whole message. `name` is the path of a file, or a text for data that are built in.
///
/// ```
/// let error = toddle_data::Array::parse("digits.idx", &[0, 0, 8, 1, 0, 0, 0, 9, 5]).unwrap_err();
/// let message = "\
/// cannot use `digits.idx`
///   expected  17 bytes, or more
///   got       9
///   try       fetching the file again: it was cut short";
/// assert_eq!(error.to_string(), message);
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The system could not read the file.
    #[error(
        "cannot read `{name}`\n  expected  a file that can be read\n  got       {}\n  try       {}",
        unread(.name, .cause).0, unread(.name, .cause).1, name = escaped(.name))]
    Read {
        /// The file.
        name: String,
        /// The error of the system.
        cause: io::Error,
    },

    /// A folder does not have a file, plain or gzip.
    #[error(
        "cannot find `{file}` in `{folder}`\n  expected  `{file}` or `{file}.gz`\n  got       neither\n  \
         try       checking the folder, and that the file has its standard name", file = escaped(.file), folder = escaped(.folder))]
    Missing {
        /// The folder that was searched.
        folder: String,
        /// The file's standard name.
        file: String,
    },

    /// The gzip stream is damaged, is cut short, or is followed by other bytes.
    #[error(
        "cannot inflate `{name}`\n  expected  one complete gzip stream, and nothing after it\n  \
         got       {fault}\n  try       fetching the file again, or `gzip --test` to check it", name = escaped(.name), fault = escaped(.fault))]
    Gzip {
        /// The file.
        name: String,
        /// What is wrong with the stream.
        fault: String,
    },

    /// The file does not begin like an array.
    #[error(
        "cannot use `{name}`\n  expected  an array, plain or gzip: IDX begins with 00 00, and NumPy with 93 4e\n  \
         got       content that begins with {:02x} {:02x}\n  \
         try       checking that it is not a web page or an archive", .found[0], .found[1], name = escaped(.name))]
    NotArray {
        /// The file.
        name: String,
        /// Its first two bytes, after inflating.
        found: [u8; 2],
    },

    /// IDX does not have the type of the values.
    #[error(
        "cannot use `{name}`\n  expected  a type that IDX has: 0x08, 0x09 or 0x0b to 0x0e\n  \
         got       0x{code:02x}\n  try       fetching the file again: it is damaged, or not IDX", name = escaped(.name))]
    ValueType {
        /// The file.
        name: String,
        /// The code found.
        code: u8,
    },

    /// The header declares no dimensions, or one of size zero.
    #[error(
        "cannot use `{name}`\n  expected  one dimension or more, none of size 0\n  got       {}\n  \
         try       writing the file again: it holds no values", shape(.dims), name = escaped(.name))]
    Empty {
        /// The file.
        name: String,
        /// The sizes that the header declares.
        dims: Vec<usize>,
    },

    /// The header declares more than [`MAX_BYTES`].
    #[error(
        "cannot use `{name}`\n  expected  at most {MAX_BYTES} bytes of values\n  got       {}\n  \
         try       splitting the file, or fetching it again: its header may be damaged", shape(.dims), name = escaped(.name))]
    TooLarge {
        /// The file.
        name: String,
        /// The sizes that the header declares.
        dims: Vec<usize>,
    },

    /// The file is shorter than its header says.
    #[error(
        "cannot use `{name}`\n  expected  {expected} bytes, or more\n  got       {got}\n  \
         try       fetching the file again: it was cut short", name = escaped(.name))]
    Truncated {
        /// The file.
        name: String,
        /// The number of bytes, after inflating, that the header asks for as far as it was read.
        expected: usize,
        /// The number of bytes in the file.
        got: usize,
    },

    /// The file is longer than its header says.
    #[error(
        "cannot use `{name}`\n  expected  {expected} bytes, as its header says\n  got       more\n  \
         try       fetching the file again: it is damaged, or two files were joined", name = escaped(.name))]
    Trailing {
        /// The file.
        name: String,
        /// The number of bytes, after inflating, that the header asks for.
        expected: usize,
    },

    /// The data need more memory than the process may use.
    #[error(
        "cannot use `{name}`: it takes too much memory\n  expected  at most {budget} in all, of which {taken} are \
         in use\n  got       {needed} more, for {what}\n  \
         try       --memory {enough}M if the machine has as much, or less data; the default is half of the free memory"
    )]
    Memory {
        /// The file or set.
        name: String,
        /// The thing that needs the memory.
        what: String,
        /// The memory that it needs.
        needed: Budget,
        /// The memory that is in use.
        taken: Budget,
        /// The memory that the process may use.
        budget: Budget,
        /// The least budget that is enough, in mebibytes.
        enough: u64,
    },

    /// The number of dimensions is wrong for samples, or for targets.
    #[error(
        "cannot take `{name}` for {role}\n  expected  dimensions {expected}\n  got       {}\n  \
         try       checking that samples and targets have not been swapped, or reshaping the array", dimensions(.dims),
        name = escaped(.name)
    )]
    Rank {
        /// The file.
        name: String,
        /// `samples` or `targets`.
        role: &'static str,
        /// The dimensions that the role needs, in words: `count×n`, say.
        expected: &'static str,
        /// The sizes found.
        dims: Vec<usize>,
    },

    /// Samples and targets differ in number.
    #[error(
        "cannot pair `{samples}` with `{targets}`\n  expected  one target for each sample\n  \
         got       {sample_count} samples and {target_count} targets\n  \
         try       checking that both belong to the same half of the set", samples = escaped(.samples), targets = escaped(.targets))]
    Counts {
        /// The samples.
        samples: String,
        /// Their number.
        sample_count: usize,
        /// The targets.
        targets: String,
        /// Their number.
        target_count: usize,
    },

    /// The number of values does not fit the samples.
    #[error(
        "cannot use the values of `{name}`\n  expected  {}: one sample for each target\n  got       {got} values\n  \
         try       checking the shape of a sample and the number of targets", shape(.dims), name = escaped(.name))]
    Values {
        /// The set.
        name: String,
        /// Targets, then channels, height and width of a sample.
        dims: [usize; 4],
        /// The number of values.
        got: usize,
    },

    /// A label is not below the number of classes.
    #[error(
        "cannot use the labels of `{name}`\n  expected  labels below {classes}, the number of classes\n  \
         got       label {label} at sample {sample}\n  \
         try       more classes, or checking the labels in the file", name = escaped(.name))]
    Label {
        /// The set, or the file of labels.
        name: String,
        /// The first sample with such a label, from 0.
        sample: usize,
        /// The label.
        label: u32,
        /// The number of classes.
        classes: usize,
    },

    /// The number of classes is 0, or above [`MAX_CLASSES`].
    #[error(
        "cannot use the labels of `{name}`\n  expected  1 to {MAX_CLASSES} classes\n  \
         got       {classes} classes\n  try       the number of different labels", name = escaped(.name))]
    Classes {
        /// The set, or the file of labels.
        name: String,
        /// The number of classes asked for.
        classes: usize,
    },

    /// A file or a set is wrong in a way that no other variant describes.
    #[error("cannot use `{name}`\n  expected  {expected}\n  got       {got}\n  try       {remedy}", name = escaped(.name), expected = escaped(.expected), got = escaped(.got), remedy = escaped(.remedy))]
    Refused {
        /// The file or set.
        name: String,
        /// The right content.
        expected: String,
        /// The content that was found.
        got: String,
        /// What to try.
        remedy: String,
    },

    /// The settings of the data contradict one another, or ask for something that the data do not have.
    #[error("[data]: {what}\n  expected  {expected}\n  got       {got}\n  try       {remedy}", what = escaped(.what), expected = escaped(.expected), got = escaped(.got), remedy = escaped(.remedy))]
    Settings {
        /// What is wrong.
        what: String,
        /// The right content.
        expected: String,
        /// The settings.
        got: String,
        /// What to try.
        remedy: String,
    },

    /// A file has no model that can be used.
    #[error("`{name}`: {cause}", name = escaped(.name))]
    Model {
        /// The file.
        name: String,
        /// What is wrong with it.
        cause: CheckpointError,
    },

    /// A network cannot answer.
    #[error(transparent)]
    Ask(FitError),

    /// There is no data set of this name.
    #[error(
        "cannot find a set named `{name}`\n  expected  {known}\n  got       `{name}`\n  \
         try       one of these names, or the path of your own data", name = escaped(.name), known = escaped(.known))]
    UnknownSet {
        /// The name asked for.
        name: String,
        /// The known names.
        known: String,
    },

    /// The files of a data set are in none of the folders that are searched.
    #[error(
        "cannot find the files of `{set}`\n  expected  {files}\n  got       {places}\n  try       {remedy}", set = escaped(.set), files = escaped(.files), places = escaped_lines(.places), remedy = escaped_lines(.remedy))]
    Absent {
        /// The set.
        set: String,
        /// The files of the set.
        files: String,
        /// The folders that were searched.
        places: String,
        /// The addresses of the files, and the folder for them.
        remedy: String,
    },

    /// A file could not be fetched from any of its addresses.
    #[error(
        "cannot fetch `{file}`\n  expected  {bytes} bytes of SHA-256 {sha256}\n  got       {faults}\n  \
         try       fetching it by hand from any of these addresses into `{folder}`", file = escaped(.file), sha256 = escaped(.sha256), faults = escaped_lines(.faults), folder = escaped(.folder))]
    Fetch {
        /// The file.
        file: String,
        /// The folder for the file.
        folder: String,
        /// Its length.
        bytes: u64,
        /// Its digest.
        sha256: String,
        /// Each address, and the error there.
        faults: String,
    },

    /// A file could not be written.
    #[error(
        "cannot write `{name}`\n  expected  a folder that can be written to, and free space on its disk\n  got       {cause}\n  \
         try       another folder, or freeing space on the disk", name = escaped(.name), cause = escaped(.cause))]
    Write {
        /// The file.
        name: String,
        /// The error of the system.
        cause: io::Error,
    },

    /// There are fewer samples than were asked for.
    #[error(
        "cannot take {asked} samples of `{name}`\n  expected  at most {count}, which is all\n  \
         got       {asked}\n  try       {count} or fewer", name = escaped(.name))]
    TooFew {
        /// The set.
        name: String,
        /// The number of samples in the set.
        count: usize,
        /// The number of samples that were asked for.
        asked: usize,
    },
}

impl DataError {
    pub(crate) fn refused(
        name: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
        remedy: impl Into<String>,
    ) -> DataError {
        let (name, expected, got, remedy) = (name.into(), expected.into(), got.into(), remedy.into());
        DataError::Refused { name, expected, got, remedy }
    }

    pub(crate) fn read(path: &Path, cause: io::Error) -> DataError {
        DataError::Read { name: path.display().to_string(), cause }
    }

    /// A line for each kind of `faults`, the faults of files that are left out: how many there are, the first file, and what it is.
    pub fn kinds(faults: &[DataError]) -> Vec<String> {
        let mut kinds: Vec<(&str, String, usize)> = Vec::new();
        for fault in faults {
            let (name, is) = match fault {
                DataError::Refused { name, got, .. } => (&name[..], escaped(got)),
                other => ("", other.to_string().lines().next().unwrap_or_default().to_owned()),
            };
            match kinds.iter_mut().find(|(_, of, _)| *of == is) {
                Some((.., count)) => *count += 1,
                None => kinds.push((name, is, 1)),
            }
        }
        let line = |(name, is, count): (&str, String, usize)| match (name, count) {
            ("", _) => is,
            (name, 1) => format!("`{}`: {is}", escaped(name)),
            (name, count) => format!("{count} files, the first of which is `{}`: {is}", escaped(name)),
        };
        kinds.into_iter().map(line).collect()
    }
}

/// The content of the path `name`, which could not be read, and what to try.
fn unread(name: &str, cause: &io::Error) -> (String, String) {
    if cause.kind() == io::ErrorKind::NotFound {
        let missing = Missing::new(name.as_ref());
        (escaped(missing.got()), escaped(missing.remedy("another path")))
    } else {
        (cause.to_string(), "another path, or reading it as another user".to_owned())
    }
}

/// `dimensions 60000×28×28`, or `no dimensions`.
fn dimensions(dims: &[usize]) -> String {
    if dims.is_empty() { shape(dims) } else { format!("dimensions {}", shape(dims)) }
}

/// `60000×28×28`.
pub(crate) fn shape(dims: &[usize]) -> String {
    match dims {
        [] => "no dimensions".to_owned(),
        dims => dims.iter().map(usize::to_string).collect::<Vec<_>>().join("×"),
    }
}

//! Data sets of arrays: pairs of files, archives, and folders of files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::halves::{Half, Halves, Report};

use super::like::alike;
use super::name::{Plan, Wanted, says_something};
use super::pair::{Samples, check_roles, pair, samples};
use super::targets::{Found, Meaning};
use super::{Archive, Array};

/// How to make data sets of arrays.
///
/// | you have | you call |
/// |---|---|
/// | an archive, NPZ or safetensors, or a folder of IDX or NPY files, with halves | [`halves`](Arrays::halves) |
/// | one file of samples and one of targets, IDX or NPY | [`files`](Arrays::files) |
/// | two arrays | [`pair`](Arrays::pair) |
///
/// # Samples
///
/// | dimensions | taken as |
/// |---|---|
/// | count × height × width | images of one channel |
/// | count × height × width × 1, 3 or 4 | images with their channels last, as Keras has them: turned |
/// | count × 1, 3 or 4 × height × width | images |
/// | count × n | n numbers each |
/// | count | one number each |
///
/// # Targets
///
/// | values | dimensions | taken as |
/// |---|---|---|
/// | integers from 0, booleans | count or count × 1 | labels; there are as many classes as the greatest says |
/// | only −1 and 1, integers | count or count × 1 | two classes |
/// | words | count or count × 1 | names of classes, in the order of their numbers or byte by byte |
/// | a single 1 in each row, else 0 | count × n | labels: the place of the 1 |
/// | other numbers | count or count × n | numbers to be learned |
///
/// The [`Report`] names what is ambiguous: floating-point numbers that could be classes, labels that begin at 1, classes without
/// samples.
///
/// # Names
///
/// In an archive or a folder, the name of an array says what it holds. Case does not matter. The words of a name may be in any
/// order, with any sign between them.
///
/// | part | words |
/// |---|---|
/// | samples | `x`, `input`, `image`, `img`, `data`, `feature`, `sample`, and these with an `s` |
/// | targets | `y`, `target`, `label`, `output`, and these with an `s` |
/// | half | as [`Half::named`]; without such a word, samples are to train on |
///
/// Examples are `x_train` and `y_train`, `X` and `y`, `train_images` and `train_labels`, `t10k-images.idx3-ubyte.gz` and
/// `emnist-letters-test-labels-idx1-ubyte`. Ambiguous names are refused, with a list.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | `classes` | `None` | names of the classes, as those of the samples to train on; by default what the targets say |
///
/// If `classes` is an empty list, targets are numbers to be learned. If it has names, words are looked up in it. Integers are
/// looked up if the names of all classes are whole numbers. Otherwise an integer is the index of a class, counted from 0, and in
/// samples to ask a trained network about it is refused.
///
/// **Errors:** those of [`Array`] and [`Archive`]; and a [`DataError`] if the dimensions are not in the tables, if counts differ, if the
/// samples of the halves differ in shape or type, or if the targets are not in the tables.
///
/// ```
/// use toddle_data::{Array, Arrays};
/// let x = Array { name: "x".into(), dims: vec![2, 1, 2], values: vec![0, 51, 255, 102].into() };
/// let y = Array { name: "y".into(), dims: vec![2, 3], values: vec![0.0, 0.0, 1.0, 1.0, 0.0, 0.0].into() };
/// let (images, report) = Arrays::default().pair(x, y)?;
/// assert_eq!((images.shape(), images.labels()), ([1, 1, 2], &[2, 0][..]));
/// assert!(report.notes[0].contains("one-hot"));
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrays {
    /// Names of the classes, in the order of their labels. Empty if targets are numbers to be learned.
    pub classes: Option<Vec<String>>,
}

impl Arrays {
    /// The samples `x` with the targets `y`. The set takes the samples' name.
    pub fn pair(&self, x: Array, y: Array) -> Result<(Dataset, Report), DataError> {
        let mut report = Report::default();
        check_roles(&x, &y)?;
        let mut found = vec![Found::of(y, &mut report)?];
        let meaning = Meaning::of(&mut found, self.classes.as_deref(), &mut report)?;
        Ok((pair(x, found.swap_remove(0), &meaning, &mut report)?, report))
    }

    /// The samples in one file with the targets in another: IDX, NPY, or NPZ with a single array.
    ///
    /// ```no_run
    /// let (digits, _) = toddle_data::Arrays::default().files("my-images.idx", "my-labels.idx")?;
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn files(
        &self,
        samples: impl AsRef<Path>,
        targets: impl AsRef<Path>,
    ) -> Result<(Dataset, Report), DataError> {
        self.pair(Array::read(samples)?, Array::read(targets)?)
    }

    /// All halves of the archive or the folder of files at `path`.
    ///
    /// Classes are those that any half has. A half to train on must be there.
    ///
    /// ```no_run
    /// let halves = toddle_data::Arrays::default().halves("mnist.npz")?; // x_train, y_train, x_test, y_test
    /// assert_eq!((halves.train.shape(), halves.validation.is_some()), ([1, 28, 28], false));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn halves(&self, path: impl AsRef<Path>) -> Result<Halves, DataError> {
        self.halves_from(path.as_ref(), &[Half::Train], Use::Train)
    }

    /// As [`halves`](Arrays::halves), to measure a network with: without a half to train on, another one takes its place.
    pub(crate) fn to_measure(&self, path: &Path) -> Result<Halves, DataError> {
        self.halves_from(path, &[Half::Train, Half::Test, Half::Validation], Use::Ask)
    }

    /// All halves; the first of `leading` that is there takes the place of the one to train on.
    fn halves_from(&self, path: &Path, leading: &[Half], what_for: Use) -> Result<Halves, DataError> {
        let mut source = Source::open(path)?;
        let (mut sets, report) =
            self.read(&mut source, &[Half::Train, Half::Validation, Half::Test], what_for)?;
        let first = leading.iter().find_map(|half| Some((*half, sets.remove(half)?)));
        let Some((leading, train)) = first else { return Err(source.without(Half::Train)) };
        let (validation, test) = (sets.remove(&Half::Validation), sets.remove(&Half::Test));
        Ok(Halves { train, validation, test, leading, report })
    }

    /// One half of the archive or the folder of files at `path`; `None` if it has no such half.
    ///
    /// Of the other halves only the targets are read: they may have more classes.
    pub fn half(&self, path: impl AsRef<Path>, half: Half) -> Result<Option<(Dataset, Report)>, DataError> {
        let (mut sets, report) = self.read(&mut Source::open(path.as_ref())?, &[half], Use::Train)?;
        Ok(sets.remove(&half).map(|set| (set, report)))
    }

    /// Whether the folder holds files whose names are those of arrays: IDX or NPY, of samples and of targets.
    ///
    /// ```
    /// assert!(!toddle_data::Arrays::are_in("no/such/folder"));
    /// ```
    pub fn are_in(folder: impl AsRef<Path>) -> bool {
        files(folder.as_ref()).is_ok_and(|files| files.keys().filter(|name| says_something(name)).count() > 1)
    }

    /// The samples `x`, with a target of 0 each, to ask a network about.
    ///
    /// ```
    /// use toddle_data::{Array, Arrays};
    /// let x = Array { name: "x".into(), dims: vec![2, 3], values: vec![0, 51, 255, 102, 1, 2].into() };
    /// assert_eq!(Arrays::samples(x)?.0.shape(), [3, 1, 1]);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn samples(x: Array) -> Result<(Dataset, Report), DataError> {
        let mut report = Report::default();
        let Samples { name, count, shape, values } = samples(x, &mut report)?;
        Ok((Dataset::with_numbers(&name, shape, values, vec![0.0; count], 1)?, report))
    }

    /// The samples of an archive to ask a network about, and whether they have targets. They are the samples to test with, or else
    /// all others. Without an array of targets, each has a target of 0.
    ///
    /// **Errors:** also if several arrays could be the samples.
    pub fn asked<R: Read + Seek>(&self, archive: Archive<R>) -> Result<(Dataset, bool, Report), DataError> {
        let mut source = Source::Archive(archive);
        match Wanted::of(source.name(), &source.names())? {
            Wanted::Alone(array) => {
                let (samples, report) = Arrays::samples(source.read(&array)?)?;
                Ok((samples, false, report))
            }
            Wanted::Paired(half) => {
                let (mut sets, report) = self.read(&mut source, &[half], Use::Ask)?;
                let samples = sets.remove(&half).ok_or_else(|| source.without(half))?;
                Ok((samples, true, report))
            }
        }
    }

    fn read<R: Read + Seek>(
        &self,
        source: &mut Source<R>,
        wanted: &[Half],
        what_for: Use,
    ) -> Result<(BTreeMap<Half, Dataset>, Report), DataError> {
        let mut report = Report::default();
        let plan = Plan::new(source.name(), &source.names(), &mut report)?;
        if plan.rest.split('-').any(|word| word == "emnist") {
            report.note(
                "In EMNIST's files, images lie on their side: rows and columns are changed for one another. Its named \
                 sets, as `emnist-letters`, turn them.",
            );
        }
        let mut found = Vec::new();
        for (_, [_, y]) in &plan.halves {
            found.push(Found::of(source.read(y)?, &mut report)?);
        }
        if let (Use::Ask, Some(trained)) =
            (what_for, self.classes.as_ref().filter(|classes| !classes.is_empty()))
        {
            found.iter().try_for_each(|found| found.check_names(trained))?;
        }
        let meaning = Meaning::of(&mut found, self.classes.as_deref(), &mut report)?;
        let mut sets = BTreeMap::new();
        for ((half, [x, _]), found) in plan.halves.into_iter().zip(found) {
            if wanted.contains(&half) {
                sets.insert(half, pair(source.read(&x)?, found, &meaning, &mut report)?);
            }
        }
        let (halves, sets): (Vec<Half>, Vec<Dataset>) = sets.into_iter().unzip();
        Ok((halves.into_iter().zip(alike(sets)?).collect(), report))
    }
}

/// What samples are read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// To train on them.
    Train,
    /// To ask a trained network, which has classes.
    Ask,
}

/// Where arrays with names are.
enum Source<R = BufReader<File>> {
    Archive(Archive<R>),
    /// A folder, and the path of each array's file.
    Folder(String, BTreeMap<String, PathBuf>),
}

impl Source {
    fn open(path: &Path) -> Result<Source, DataError> {
        match path.is_dir() {
            true => Ok(Source::Folder(path.display().to_string(), files(path)?)),
            false => Ok(Source::Archive(Archive::open(path)?)),
        }
    }
}

impl<R: Read + Seek> Source<R> {
    fn name(&self) -> &str {
        match self {
            Source::Archive(archive) => archive.name(),
            Source::Folder(name, _) => name,
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Source::Archive(archive) => archive.names(),
            Source::Folder(_, files) => files.keys().cloned().collect(),
        }
    }

    fn read(&mut self, array: &str) -> Result<Array, DataError> {
        match self {
            Source::Archive(archive) => archive.read(array),
            Source::Folder(_, files) => Array::read(&files[array]),
        }
    }

    fn without(&self, half: Half) -> DataError {
        let got = format!("none among {}", self.names().join(", "));
        let expected = format!("samples and targets of the half `{}`", half.name());
        DataError::refused(self.name(), expected, got, "giving the arrays names such as x_train and y_train")
    }
}

/// The files in `folder` that may be arrays, by their names: those that end in `npy`, or have `idx` or `ubyte` in the
/// name. Of a plain and a gzip file of one name, the plain one counts.
fn files(folder: &Path) -> Result<BTreeMap<String, PathBuf>, DataError> {
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    for entry in entries.map_err(|cause| DataError::read(folder, cause))? {
        let path = entry.path();
        let file = entry.file_name().to_string_lossy().into_owned();
        let name = file.strip_suffix(".gz").unwrap_or(&file).to_owned();
        let small = name.to_lowercase();
        let is_array = small.ends_with(".npy") || small.contains("idx") || small.ends_with("ubyte");
        let is_first = name == file || !files.contains_key(&name);
        if is_array && is_first && !file.starts_with('.') && path.is_file() {
            files.insert(name, path);
        }
    }
    Ok(files)
}

//! Sets that are known by name.

mod classes;
#[cfg(feature = "fetch")]
pub mod fetch;
mod remote;

use std::env;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use etcetera::base_strategy::{BaseStrategy, choose_native_strategy};
use toddle::escaped;
use zip::ZipArchive;

use crate::array::{Array, ArrayValues, Arrays, find_idx};
use crate::cifar::Cifar;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::file;
use crate::mnist::mnist;

pub use remote::Remote;

/// The name of the environment variable that says where data lies.
pub const DATA_FOLDER: &str = "TODDLE_DATA";

/// Where Debian's packages put data sets: `dataset-fashion-mnist`, for one.
const DEBIAN: &str = "/usr/share/datasets";

/// How the files of a set are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// IDX files whose names begin so, and `train` or the other word for the half to test with.
    Idx {
        prefix: &'static str,
        test: &'static str,
    },
    /// As `Idx`, in folders of their own or in `gzip.zip`; images lie on their side, and labels may begin at 1.
    Emnist {
        prefix: &'static str,
        first_label: u8,
    },
    Cifar10,
    Cifar100,
}

/// A set that is known by name: what it shows, where its files are searched for, and where they can be fetched.
///
/// | name | samples | shows |
/// |---|---|---|
/// | `mnist` | 60,000 + 10,000 of 28×28 | handwritten digits; built in |
/// | `fashion-mnist` | 60,000 + 10,000 of 28×28 | clothes |
/// | `kmnist` | 60,000 + 10,000 of 28×28 | ten cursive Japanese characters |
/// | `emnist-digits` | 240,000 + 40,000 of 28×28 | digits |
/// | `emnist-mnist` | 60,000 + 10,000 of 28×28 | digits, as many as MNIST |
/// | `emnist-letters` | 124,800 + 20,800 of 28×28 | 26 letters, large or small |
/// | `emnist-balanced` | 112,800 + 18,800 of 28×28 | digits and letters, 47 classes of as many samples |
/// | `emnist-bymerge` | 697,932 + 116,323 of 28×28 | digits and letters, 47 classes |
/// | `emnist-byclass` | 697,932 + 116,323 of 28×28 | digits, large and small letters, 62 classes |
/// | `cifar10` | 50,000 + 10,000 of 3×32×32 | ten kinds of animals and vehicles |
/// | `cifar100` | 50,000 + 10,000 of 3×32×32 | a hundred kinds of things |
///
/// ```
/// let set = toddle_data::Set::named("fashion-mnist")?;
/// assert_eq!(set.classes()[9], "ankle boot");
/// println!("{} bytes to fetch", set.remotes().iter().map(|remote| remote.bytes).sum::<u64>());
/// # Ok::<(), toddle_data::DataError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Set {
    name: &'static str,
    shows: &'static str,
    shape: [usize; 3],
    samples: [usize; 2],
    form: Form,
    classes: &'static [&'static str],
    remotes: &'static [Remote<'static>],
    /// The folder that its files are in, below a folder of data; sets that come in one archive share one.
    folder: &'static str,
}

/// Channels, height and width.
const SMALL: [usize; 3] = [1, 28, 28];
const COLOUR: [usize; 3] = [3, 32, 32];
/// To train on, and to test with: as many as MNIST.
const SAMPLES: [usize; 2] = [60_000, 10_000];

const fn idx(
    name: &'static str,
    shows: &'static str,
    classes: &'static [&'static str],
    remotes: &'static [Remote<'static>],
) -> Set {
    let form = Form::Idx { prefix: "", test: "t10k" };
    Set { name, shows, shape: SMALL, samples: SAMPLES, form, classes, remotes, folder: name }
}

const fn emnist(
    name: &'static str,
    shows: &'static str,
    samples: [usize; 2],
    classes: &'static [&'static str],
    first_label: u8,
) -> Set {
    let form = Form::Emnist { prefix: name, first_label };
    Set { name, shows, shape: SMALL, samples, form, classes, remotes: remote::EMNIST, folder: "emnist" }
}

static SETS: [Set; 11] = [
    Set {
        name: "mnist",
        shows: "handwritten digits",
        shape: SMALL,
        samples: SAMPLES,
        form: Form::Idx { prefix: "", test: "t10k" },
        classes: classes::DIGITS,
        remotes: &[],
        folder: "mnist",
    },
    idx("fashion-mnist", "clothes", classes::FASHION, remote::FASHION),
    idx("kmnist", "ten cursive Japanese characters", classes::KUZUSHIJI, remote::KMNIST),
    emnist("emnist-digits", "digits", [240_000, 40_000], classes::DIGITS, 0),
    emnist("emnist-mnist", "digits, as many as MNIST", SAMPLES, classes::DIGITS, 0),
    emnist("emnist-letters", "letters, large or small", [124_800, 20_800], classes::LETTERS, 1),
    emnist("emnist-balanced", "digits and letters, as many of each", [112_800, 18_800], classes::MERGED, 0),
    emnist("emnist-bymerge", "digits and letters", [697_932, 116_323], classes::MERGED, 0),
    emnist("emnist-byclass", "digits, large and small letters", [697_932, 116_323], classes::CHARACTERS, 0),
    Set {
        name: "cifar10",
        shows: "ten kinds of animals and vehicles",
        shape: COLOUR,
        samples: [50_000, 10_000],
        form: Form::Cifar10,
        classes: classes::CIFAR_10,
        remotes: remote::CIFAR_10,
        folder: "cifar10",
    },
    Set {
        name: "cifar100",
        shows: "a hundred kinds of things",
        shape: COLOUR,
        samples: [50_000, 10_000],
        form: Form::Cifar100,
        classes: classes::CIFAR_100,
        remotes: remote::CIFAR_100,
        folder: "cifar100",
    },
];

impl Set {
    /// All of them.
    pub fn all() -> &'static [Set] {
        &SETS
    }

    /// The set of that name.
    ///
    /// **Errors:** with all names, if there is none.
    pub fn named(name: &str) -> Result<&'static Set, DataError> {
        SETS.iter().find(|set| set.name == name).ok_or_else(|| {
            let known = SETS.iter().map(|set| set.name).collect::<Vec<_>>().join(", ");
            DataError::UnknownSet { name: name.to_owned(), known }
        })
    }

    /// The name that [`named`](Set::named) finds it by.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the samples show, in a few words.
    pub fn shows(&self) -> &'static str {
        self.shows
    }

    /// Channels, height and width of a sample.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// How many samples there are to train on, and to test with.
    pub fn samples(&self) -> [usize; 2] {
        self.samples
    }

    /// What its classes are called.
    pub fn classes(&self) -> &'static [&'static str] {
        self.classes
    }

    /// The set whose files are in `folder` and have names that no other data have: those of CIFAR.
    pub(crate) fn in_folder(folder: &Path) -> Option<&'static Set> {
        let is_cifar = |set: &&Set| matches!(set.form, Form::Cifar10 | Form::Cifar100);
        SETS.iter().filter(is_cifar).find(|set| set.is_in(folder))
    }

    /// Whether the program has the set, as it has MNIST.
    pub fn is_built_in(&self) -> bool {
        self.remotes.is_empty()
    }

    /// The files of the set, and where to fetch them. Empty if the set is built in.
    pub fn remotes(&self) -> &'static [Remote<'static>] {
        self.remotes
    }

    /// The folder for the files of the set: below `data`, or below `TODDLE_DATA`, or below the system's folder for data of the user.
    /// `None` if the system has no such folder.
    ///
    /// ```
    /// let set = toddle_data::Set::named("kmnist")?;
    /// assert_eq!(set.home(Some("data".as_ref())).unwrap(), std::path::Path::new("data/kmnist"));
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn home(&self, data: Option<&Path>) -> Option<PathBuf> {
        let data = match data {
            Some(data) => data.to_owned(),
            None => match env::var_os(DATA_FOLDER).filter(|folder| !folder.is_empty()) {
                Some(folder) => folder.into(),
                None => choose_native_strategy().ok()?.data_dir().join("toddle"),
            },
        };
        Some(data.join(self.folder))
    }

    /// Finds the files of the set. If `data` is given, they are in its folder below `data`, or directly in `data`. Otherwise they are in
    /// the program, if the set is built in, or else in its [`home`](Set::home) or where Debian's packages put them. Nothing is read yet.
    ///
    /// **Errors:** if the files are in none of these places. The message says where to get them.
    ///
    /// ```
    /// let digits = toddle_data::Set::named("mnist")?.find(None)?.test()?;
    /// assert_eq!(digits.len(), 10_000);
    /// # Ok::<(), toddle_data::DataError>(())
    /// ```
    pub fn find(&'static self, data: Option<&Path>) -> Result<Found, DataError> {
        if data.is_none() && self.is_built_in() {
            return Ok(Found { set: self, folder: None });
        }
        let mut places: Vec<PathBuf> = self.home(data).into_iter().collect();
        places.push(match data {
            Some(data) => data.to_owned(),
            None => Path::new(DEBIAN).join(self.folder),
        });
        match places.iter().find(|place| self.is_in(place)) {
            Some(place) => Ok(Found { set: self, folder: Some(place.clone()) }),
            None => Err(self.absent(&places)),
        }
    }

    /// Whether one of its files to train on is in `folder`.
    fn is_in(&self, folder: &Path) -> bool {
        let has = |file: &str| folder.join(file).is_file();
        let images = |place: &Path, prefix: &str| {
            find_idx(place, &format!("{prefix}train-images-idx3-ubyte")).is_some()
        };
        match self.form {
            Form::Idx { prefix, .. } => images(folder, prefix),
            Form::Emnist { prefix, .. } => {
                let prefix = format!("{prefix}-");
                images(folder, &prefix) || images(&folder.join("gzip"), &prefix) || has("gzip.zip")
            }
            Form::Cifar10 => {
                has("cifar-10-binary.tar.gz")
                    || has("cifar-10-batches-bin/data_batch_1.bin")
                    || has("data_batch_1.bin")
            }
            Form::Cifar100 => {
                has("cifar-100-binary.tar.gz") || has("cifar-100-binary/train.bin") || has("train.bin")
            }
        }
    }

    fn absent(&self, places: &[PathBuf]) -> DataError {
        let shown = |path: &PathBuf| format!("`{}`", escaped(path.display()));
        let places_shown = format!("none in {}", places.iter().map(shown).collect::<Vec<_>>().join(" or "));
        if self.is_built_in() {
            return DataError::Absent {
                set: self.name.to_owned(),
                files: "train-images-idx3-ubyte, plain or as .gz, and the other files of this format"
                    .to_owned(),
                places: places_shown,
                remedy: format!("another folder, or no folder: {} is built in", self.name),
            };
        }
        let files = self.remotes.iter().map(|remote| remote.file).collect::<Vec<_>>().join(", ");
        let addresses: String = self
            .remotes
            .iter()
            .filter_map(|remote| remote.urls.first())
            .map(|url| format!("\n            {url}"))
            .collect();
        let home = places.first().map_or("a folder of your own".to_owned(), shown);
        DataError::Absent {
            set: self.name.to_owned(),
            files,
            places: places_shown,
            remedy: format!("fetching them into {home} from{addresses}"),
        }
    }
}

/// A named set that was found. Each half is read when it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    set: &'static Set,
    /// `None`: the files are in the program.
    folder: Option<PathBuf>,
}

impl Found {
    /// The folder of the files. `None` if they are in the program.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// The half to train on.
    ///
    /// **Errors:** those of the reader of its format.
    pub fn train(&self) -> Result<Dataset, DataError> {
        self.half(true)
    }

    /// The half to test with.
    ///
    /// **Errors:** those of the reader of its format.
    pub fn test(&self) -> Result<Dataset, DataError> {
        self.half(false)
    }

    fn half(&self, train: bool) -> Result<Dataset, DataError> {
        let Some(folder) = &self.folder else {
            return if train { mnist().train() } else { mnist().test() };
        };
        let dataset = match self.set.form {
            Form::Idx { prefix, test } => self.idx(folder, prefix, if train { "train" } else { test }, 0)?,
            Form::Emnist { prefix, first_label } => {
                let half = if train { "train" } else { "test" };
                self.idx(folder, &format!("{prefix}-"), half, first_label)?.transposed()
            }
            Form::Cifar10 if train => Cifar::ten(folder).train()?,
            Form::Cifar10 => Cifar::ten(folder).test()?,
            Form::Cifar100 if train => Cifar::hundred(folder).train()?,
            Form::Cifar100 => Cifar::hundred(folder).test()?,
        };
        dataset.with_class_names(self.classes())
    }

    fn classes(&self) -> Vec<String> {
        self.set.classes.iter().map(|class| class.to_string()).collect()
    }

    fn idx(&self, folder: &Path, prefix: &str, half: &str, first_label: u8) -> Result<Dataset, DataError> {
        let images = read(folder, &format!("{prefix}{half}-images-idx3-ubyte"))?;
        let mut labels = read(folder, &format!("{prefix}{half}-labels-idx1-ubyte"))?;
        if let ArrayValues::Numbers(values) = &mut labels.values
            && let Some(labels) = values.bytes_mut()
        {
            // A label below the first wraps to 255, which is no class.
            labels.iter_mut().for_each(|label| *label = label.wrapping_sub(first_label));
        }
        Ok(Arrays { classes: Some(self.classes()) }.pair(images, labels)?.0)
    }
}

/// A file in the folder, in the folder `gzip`, or in the archive `gzip.zip`.
fn read(folder: &Path, file: &str) -> Result<Array, DataError> {
    if let Some(path) = find_idx(folder, file).or_else(|| find_idx(&folder.join("gzip"), file)) {
        return Array::read(path);
    }
    let archive = folder.join("gzip.zip");
    if !archive.is_file() {
        return Err(DataError::Missing { folder: folder.display().to_string(), file: file.to_owned() });
    }
    let name = format!("{file} in {}", archive.display());
    let (source, _) = file::open(&archive)?;
    let refused = |fault: zip::result::ZipError| {
        let remedy = "fetching the archive again";
        DataError::refused(&name, "a member of a whole zip archive", fault.to_string(), remedy)
    };
    let mut archive = ZipArchive::new(BufReader::new(source)).map_err(refused)?;
    let member = archive.by_name(&format!("gzip/{file}.gz")).map_err(refused)?;
    Array::from_reader(name.clone(), BufReader::new(member), None)
}

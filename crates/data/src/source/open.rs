//! A source, read.

use std::path::{Path, PathBuf};

use super::settings::wrong;
use crate::array::{Arrays, alike};
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::folder::ImageFolder;
use crate::halves::{Half, Halves, Report};
use crate::kind::{Kind, first_bytes, is_text};
use crate::missing::Missing;
use crate::prepare::Preparation;
use crate::sets::Set;
use crate::table::{Columns, Table, TableSettings};

/// A source of samples.
#[derive(Clone, Debug, PartialEq)]
pub enum DataSource {
    /// A set that is known by name, with its files in a folder of data sets.
    Set {
        /// The name.
        name: String,
        /// Where the files of named sets lie.
        folder: Option<PathBuf>,
    },
    /// A folder of pictures.
    Images {
        /// The folder.
        path: PathBuf,
        /// A folder of pictures to test with.
        test: Option<PathBuf>,
    },
    /// A table.
    Csv {
        /// The file.
        path: PathBuf,
        /// A table to test with.
        test: Option<PathBuf>,
        /// How it is read.
        settings: TableSettings,
    },
    /// An archive of arrays, or a folder of files with arrays.
    Npz {
        /// The archive or folder.
        path: PathBuf,
        /// An archive to test with.
        test: Option<PathBuf>,
    },
    /// A file of samples and a file of targets, NPY or IDX.
    Files {
        /// The samples.
        inputs: PathBuf,
        /// Their targets.
        targets: PathBuf,
    },
    /// Samples written out.
    Inline {
        /// A list of numbers for each.
        inputs: Vec<Vec<f32>>,
        /// A list of numbers for each.
        targets: Vec<Vec<f32>>,
    },
}

/// Settings for reading a source.
#[derive(Clone, Debug, Default)]
pub struct Reading<'a> {
    /// Height and width of pictures.
    pub size: Option<[usize; 2]>,
    /// 1 or 3.
    pub channels: Option<usize>,
    /// What happens to a picture that cannot be read.
    pub damaged: crate::folder::Damaged,
    /// What a trained network requires of its data.
    pub known: Option<Known<'a>>,
    /// Of a table: of each row, whether it is trained on. What fills empty cells comes from these rows; by default from all.
    pub trained: Option<&'a [bool]>,
}

/// What a trained network knows of its data.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The names of its classes.
    pub classes: &'a [String],
    /// How it takes picture files.
    pub preparation: Option<Preparation>,
    /// Its columns.
    pub columns: Option<&'a Columns>,
}

/// The error that `place` is neither a set nor data of a known kind.
fn unknown(place: &str) -> DataError {
    let path = Path::new(place);
    let expected =
        "a set's name, a folder, or a file that holds a table (.csv, .tsv) or arrays (.npz, .safetensors)";
    let (got, remedy) = match path.exists() {
        true => (
            "a file that begins as neither a table nor an archive of arrays".to_owned(),
            "a folder with a folder of pictures for each class, a table, or an archive of arrays".to_owned(),
        ),
        false => {
            let missing = Missing::new(path);
            (missing.got(), missing.remedy("toddle data list, which lists the names; or another path"))
        }
    };
    DataError::refused(place, expected, got, remedy)
}

/// Samples as a source has them, and the columns if it is a table.
#[derive(Debug)]
pub struct Opened {
    /// The samples.
    pub halves: Halves,
    /// The columns.
    pub columns: Option<Columns>,
}

impl DataSource {
    /// The source that a word of a command line means: the name of a set, or a path.
    ///
    /// | the word | the source |
    /// |---|---|
    /// | is the name of a set | the set |
    /// | is a folder with arrays, such as the four files of MNIST | its files |
    /// | is a folder with the binary files of CIFAR | the set |
    /// | is another folder | its pictures |
    /// | ends in `.csv`, `.tsv` or `.txt`, or in one of these and `.gz` | a table |
    /// | ends in `.npz` or `.safetensors` | an archive |
    /// | is another file | an archive if it begins as one, and a table if it begins with text |
    ///
    /// **Errors:** if it is none of these, or a file that cannot be read.
    pub fn named(place: &str, folder: Option<PathBuf>) -> Result<DataSource, DataError> {
        let path = Path::new(place);
        let unpacked = Path::new(place.strip_suffix(".gz").unwrap_or(place));
        let extension = unpacked.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let settings = TableSettings::default();
        match extension.as_deref() {
            _ if Set::named(place).is_ok() => Ok(DataSource::Set { name: place.to_owned(), folder }),
            _ if path.is_dir() && Arrays::are_in(path) => {
                Ok(DataSource::Npz { path: path.into(), test: None })
            }
            _ if path.is_dir() => Ok(match Set::in_folder(path) {
                Some(set) => DataSource::Set { name: set.name().to_owned(), folder: Some(path.into()) },
                None => DataSource::Images { path: path.into(), test: None },
            }),
            Some("csv" | "tsv" | "txt") => Ok(DataSource::Csv { path: path.into(), test: None, settings }),
            Some("npz" | "safetensors") => Ok(DataSource::Npz { path: path.into(), test: None }),
            _ if !path.exists() => Err(unknown(place)),
            _ => {
                let bytes = first_bytes(path)?;
                match Kind::of(place, &bytes) {
                    Kind::Archive => Ok(DataSource::Npz { path: path.into(), test: None }),
                    Kind::Table if is_text(&bytes) => {
                        Ok(DataSource::Csv { path: path.into(), test: None, settings })
                    }
                    Kind::Array => {
                        let expected = "samples and their targets";
                        let got = "a file of one array, either samples or targets";
                        let remedy = "a folder or an archive (.npz) of both arrays";
                        Err(DataError::refused(place, expected, got, remedy))
                    }
                    Kind::Table => Err(unknown(place)),
                }
            }
        }
    }

    /// What the source is called: a set's name, or a path.
    pub fn place(&self) -> String {
        match self {
            DataSource::Set { name, .. } => name.clone(),
            DataSource::Images { path, .. } | DataSource::Csv { path, .. } | DataSource::Npz { path, .. } => {
                path.display().to_string()
            }
            DataSource::Files { inputs, .. } => inputs.display().to_string(),
            DataSource::Inline { .. } => "inputs".to_owned(),
        }
    }

    /// Whether the samples are picture files.
    pub fn is_of_files(&self) -> bool {
        matches!(self, DataSource::Images { .. })
    }

    /// Reads the samples.
    ///
    /// **Errors:** those of the reader; and if the samples do not fit a trained network that is given.
    pub fn open(&self, reading: &Reading) -> Result<Opened, DataError> {
        let mut columns = None;
        let mut halves = match self {
            DataSource::Set { name, folder } => {
                let found = Set::named(name)?.find(folder.as_deref())?;
                Halves::of(found.train()?, Some(found.test()?))
            }
            DataSource::Images { path, test } => reading.pictures(path, test.as_deref())?,
            DataSource::Csv { path, test, settings } => {
                let (halves, found) = reading.tables(path, test.as_deref(), settings)?;
                columns = Some(found);
                halves
            }
            DataSource::Npz { path, test } => {
                let arrays = reading.arrays();
                let mut halves = match reading.known {
                    Some(_) => arrays.to_measure(path)?,
                    None => arrays.halves(path)?,
                };
                if let Some(test) = test {
                    let known = Arrays { classes: Some(halves.train.class_names().to_vec()) };
                    halves.add_test(known.to_measure(test)?)?;
                    halves = halves.alike()?;
                }
                halves
            }
            DataSource::Files { inputs, targets } => {
                let (train, report) = reading.arrays().files(inputs, targets)?;
                Halves { report, ..Halves::of(train, None) }
            }
            DataSource::Inline { inputs, targets } => Halves::written_out(inputs, targets)?,
        };
        if let Some(known) = reading.known {
            halves = halves.with_known_classes(known.classes)?;
            // Picture files are prepared one by one while they are read.
            if let Some(preparation) = known.preparation.filter(|_| !self.is_of_files()) {
                halves = halves.with_polarity(&preparation);
            }
        }
        Ok(Opened { halves, columns })
    }
}

impl Reading<'_> {
    /// Pictures. Those to validate and to test with are prepared as a network takes picture files.
    fn pictures(&self, path: &Path, test: Option<&Path>) -> Result<Halves, DataError> {
        let reader = ImageFolder {
            size: self.size,
            channels: self.channels,
            damaged: self.damaged,
            classes: None,
            preparation: self.known.and_then(|known| known.preparation),
        };
        let mut halves = match self.known {
            Some(_) => reader.to_measure(path)?,
            None => reader.halves(path)?,
        };
        if let Some(test) = test {
            let [channels, height, width] = halves.train.shape();
            let like = ImageFolder {
                size: Some([height, width]),
                channels: Some(channels),
                classes: Some(halves.train.class_names().to_vec()),
                ..reader
            };
            halves.add_test(like.to_measure(test)?)?;
        }
        Ok(halves)
    }

    fn tables(
        &self,
        path: &Path,
        test: Option<&Path>,
        settings: &TableSettings,
    ) -> Result<(Halves, Columns), DataError> {
        let mut read = match self.known.and_then(|known| known.columns) {
            Some(columns) => Table::open_like(path, columns)?,
            None => Table::open_trained(path, settings, self.trained)?,
        };
        let mut halves = Halves::of(read.dataset, None);
        if let Some(test) = test {
            let test = Table::open_like(test, &read.columns)?;
            halves.test = Some(test.dataset);
            read.notes.extend(test.notes);
        }
        halves.report.notes = read.notes;
        Ok((halves, read.columns))
    }

    fn arrays(&self) -> Arrays {
        Arrays { classes: self.known.map(|known| known.classes.to_vec()) }
    }
}

impl Halves {
    /// Samples to train on, and to test with.
    pub fn of(train: Dataset, test: Option<Dataset>) -> Halves {
        Halves { train, validation: None, test, leading: Half::Train, report: Report::default() }
    }

    /// Samples that are written out: a list of numbers for each.
    ///
    /// **Errors:** if inputs and targets do not fit together.
    pub fn written_out(inputs: &[Vec<f32>], targets: &[Vec<f32>]) -> Result<Halves, DataError> {
        let sizes = |rows: &[Vec<f32>]| rows.first().map_or(0, Vec::len);
        let (input, target) = (sizes(inputs), sizes(targets));
        let even = |rows: &[Vec<f32>], size| rows.iter().all(|row| row.len() == size);
        if inputs.len() != targets.len() || !even(inputs, input) || !even(targets, target) {
            let got = format!("{} inputs and {} targets", inputs.len(), targets.len());
            let expected =
                "one target for each input, all inputs of one length, and all targets of one length";
            return Err(wrong(
                "inputs and targets do not fit together",
                expected,
                &got,
                "for example [[0, 1]] and [[1]]",
            ));
        }
        let set = Dataset::with_numbers("inputs", [input, 1, 1], inputs.concat(), targets.concat(), target)?;
        Ok(Halves::of(set, None))
    }

    /// Takes all samples of `other` to test with.
    fn add_test(&mut self, other: Halves) -> Result<(), DataError> {
        if self.test.is_some() {
            let (what, expected) = ("there are two test sets", "one test set");
            let got = format!("`test`, and the test half of `{}`", self.train.name());
            return Err(wrong(what, expected, &got, "leaving `test` out, or moving one of them"));
        }
        self.report.notes.extend(other.report.notes);
        self.report.skipped.extend(other.report.skipped);
        self.test = Some(other.test.unwrap_or(other.train));
        Ok(())
    }

    /// The same samples, whose values mean the same in all halves.
    fn alike(self) -> Result<Halves, DataError> {
        let Halves { train, validation, test, leading, report } = self;
        let has_validation = validation.is_some();
        let mut sets = alike([Some(train), validation, test].into_iter().flatten().collect())?.into_iter();
        let train = sets.next().expect("there is a set for each half");
        let validation = if has_validation { sets.next() } else { None };
        Ok(Halves { train, validation, test: sets.next(), leading, report })
    }

    /// The same samples with the classes of a trained network.
    fn with_known_classes(self, classes: &[String]) -> Result<Halves, DataError> {
        let Halves { train, validation, test, leading, mut report } = self;
        let mut paired = |set: Dataset| {
            let (set, note) = set.with_known_classes(classes)?;
            if let Some(note) = note.filter(|note| !report.notes.contains(note)) {
                report.notes.push(note);
            }
            Ok::<_, DataError>(set)
        };
        let train = paired(train)?;
        let (validation, test) =
            (validation.map(&mut paired).transpose()?, test.map(&mut paired).transpose()?);
        Ok(Halves { train, validation, test, leading, report })
    }

    /// The same arrays of pictures, inverted if the user says so; else as they are, and a sentence if their ground is not
    /// that of the training pictures.
    fn with_polarity(self, preparation: &Preparation) -> Halves {
        let Halves { train, validation, test, leading, mut report } = self;
        let mut turned = |set: Dataset| {
            let (set, note) = preparation.turned(set);
            report.notes.extend(note);
            set
        };
        let (train, validation, test) = (turned(train), validation.map(&mut turned), test.map(&mut turned));
        Halves { train, validation, test, leading, report }
    }

    /// The samples of a half alone, where there are such.
    pub fn into_half(self, half: Half) -> Option<Dataset> {
        match half {
            half if half == self.leading => Some(self.train),
            Half::Train => None,
            Half::Validation => self.validation,
            Half::Test => self.test,
        }
    }

    /// The samples of a half, where there are such.
    pub fn half(&self, half: Half) -> Option<&Dataset> {
        match half {
            half if half == self.leading => Some(&self.train),
            Half::Train => None,
            Half::Validation => self.validation.as_ref(),
            Half::Test => self.test.as_ref(),
        }
    }
}

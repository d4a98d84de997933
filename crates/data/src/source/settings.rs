//! Where samples come from, as a file says it: the keys of the section `[data]` of an experiment.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::DataSource;
use crate::error::DataError;
use crate::folder::Damaged;
use crate::meaning::Range;
use crate::table::{Empty, TableSettings};

/// Data: the samples for training and validation. One key names their source: `set`, `images`, `csv`, `npz`, `npy`,
/// `idx`, or `inputs` with `targets`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DataSettings {
    /// The name of a data set, such as `mnist`. `toddle data list` shows all names. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = &"mnist"))]
    pub set: Option<String>,
    /// The folder with the files of data sets, for `set`. Default: `mnist` is built in; the files of other sets are in
    /// the folder that the environment variable TODDLE_DATA names, or else in the user's data folder.
    #[cfg_attr(feature = "schema", schemars(example = &"downloads/mnist"))]
    pub folder: Option<PathBuf>,
    /// A folder of pictures, with a sub-folder for each class. Folders `train`, `valid` and `test` may contain the
    /// folders of the classes. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = &"pictures"))]
    pub images: Option<PathBuf>,
    /// The height and the width to which the pictures of a folder are resized. Default: all must have the same size.
    #[cfg_attr(feature = "schema", schemars(example = vec![32, 32]))]
    pub size: Option<[usize; 2]>,
    /// The number of channels of the pictures of a folder: 1 for grey, 3 for colour. Default: 1 if all pictures are
    /// grey, else 3.
    #[cfg_attr(feature = "schema", schemars(example = 1))]
    pub channels: Option<usize>,
    /// What to do if a picture of a folder cannot be read.
    #[cfg_attr(feature = "schema", schemars(example = Damaged::Skip))]
    pub damaged: Damaged,
    /// A table with a row for each sample. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = &"iris.csv"))]
    pub csv: Option<PathBuf>,
    /// How the table is read.
    #[serde(flatten)]
    pub table: TableSettings,
    /// An archive of arrays, NPZ or safetensors. Its arrays have names such as `x_train`, `y_train`, `x_test` and
    /// `y_test`. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = &"digits.npz"))]
    pub npz: Option<PathBuf>,
    /// Two NPY files: `{ inputs = "x.npy", targets = "y.npy" }`. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!({ "inputs": "x.npy", "targets": "y.npy" })))]
    pub npy: Option<ArrayFiles>,
    /// Two IDX files, which is the format of MNIST: `{ images = "my-images", labels = "my-labels" }`. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = serde_json::json!({ "images": "my-images", "labels": "my-labels" })))]
    pub idx: Option<IdxFiles>,
    /// The samples to test with, in a place of their own: a table, a folder of pictures or an archive, as the
    /// training samples. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = &"iris-test.csv"))]
    pub test: Option<PathBuf>,
    /// The samples themselves, written in this file: a list of numbers for each sample. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = vec![[0, 1], [1, 1]]))]
    pub inputs: Option<Vec<Vec<f32>>>,
    /// The targets of `inputs`: a list of numbers for each sample. Default: none.
    #[cfg_attr(feature = "schema", schemars(example = vec![[1], [0]]))]
    pub targets: Option<Vec<Vec<f32>>>,
    /// The shape of each sample: channels, height and width. Default: the shape of the data.
    #[cfg_attr(feature = "schema", schemars(example = vec![1, 28, 28]))]
    pub shape: Option<[usize; 3]>,
    /// The values of black and white, for pictures that are arrays of numbers. Default: 0 to 1, 0 to 255 or −1 to 1,
    /// if the numbers show which range it is.
    #[cfg_attr(feature = "schema", schemars(example = vec![-1, 1]))]
    pub range: Option<Range>,
    /// The number of training samples to use: the first samples of the data, or the first samples of each class if a
    /// class would be missing otherwise. Default: all samples.
    #[cfg_attr(feature = "schema", schemars(example = 1000))]
    pub first: Option<usize>,
    /// The samples with which the network is validated after each epoch. Default: the validation samples of the data,
    /// or else 10 % of the training samples.
    #[cfg_attr(feature = "schema", schemars(example = Validation::Fraction(0.1)))]
    pub validation: Option<Validation>,
    /// How a value of the data becomes an input of the network.
    #[cfg_attr(feature = "schema", schemars(example = ScalingKind::Standard))]
    pub scaling: ScalingKind,
    /// How a number to learn becomes a target of the network. The answers of the trained network are converted back.
    #[cfg_attr(feature = "schema", schemars(example = ScalingKind::Standard))]
    pub target_scaling: ScalingKind,
    /// For `scaling = "standard"`: the mean of each channel. Default: the means of the training samples.
    #[cfg_attr(feature = "schema", schemars(example = vec![0.1307]))]
    pub mean: Option<Vec<f32>>,
    /// For `scaling = "standard"`: the standard deviation of each channel. Default: the deviations of the training
    /// samples.
    #[cfg_attr(feature = "schema", schemars(example = vec![0.3081]))]
    pub deviation: Option<Vec<f32>>,
}

/// Two NPY files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ArrayFiles {
    /// The file of the samples.
    #[cfg_attr(feature = "schema", schemars(example = &"x.npy"))]
    pub inputs: PathBuf,
    /// The file of their targets.
    #[cfg_attr(feature = "schema", schemars(example = &"y.npy"))]
    pub targets: PathBuf,
}

/// Two IDX files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IdxFiles {
    /// The file of the pictures.
    #[cfg_attr(feature = "schema", schemars(example = &"my-images"))]
    pub images: PathBuf,
    /// The file of their labels.
    #[cfg_attr(feature = "schema", schemars(example = &"my-labels"))]
    pub labels: PathBuf,
}

/// The samples that a network is validated with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// The validation samples of the data, such as a folder `valid`.
    Valid,
    /// The test samples of the data.
    Test,
    /// There is no validation.
    None,
    /// A part of the training samples, above 0 and below 1. They are drawn at random and held out.
    Fraction(#[cfg_attr(feature = "schema", schemars(example = 0.1))] f64),
    /// A number of training samples. They are drawn at random and held out.
    Samples(#[cfg_attr(feature = "schema", schemars(example = 500))] usize),
    /// A number of training samples. The last ones are held out.
    Last(#[cfg_attr(feature = "schema", schemars(example = 500))] usize),
    /// One fold of a cross-validation: `[1, 5]` is the first of five. Each training sample is held out in one of the folds.
    /// `toddle train --folds` trains on all folds.
    Fold(#[cfg_attr(feature = "schema", schemars(example = vec![1, 5]))] [usize; 2]),
}

/// Scaling: how a value of the data becomes an input or a target of the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScalingKind {
    /// The value itself: a pixel becomes a number from 0 to 1, and any other number stays as it is.
    #[default]
    Unit,
    /// The value minus the mean of its channel, divided by the standard deviation of its channel. Each number to be
    /// learned is a channel.
    Standard,
}

impl DataSettings {
    /// The one source that the settings name.
    ///
    /// **Errors:** if the settings name no source, or several.
    pub fn source(&self) -> Result<DataSource, DataError> {
        let DataSettings { set, folder, images, csv, npz, npy, idx, inputs, targets, test, .. } =
            self.clone();
        let written = match (inputs, targets) {
            (Some(inputs), Some(targets)) => Some(DataSource::Inline { inputs, targets }),
            (None, None) => None,
            (inputs, _) => {
                let got = if inputs.is_some() { "inputs alone" } else { "targets alone" };
                return Err(wrong(
                    "the source of the data is not clear",
                    "inputs and targets",
                    got,
                    "a target for each input",
                ));
            }
        };
        let table = || self.table.clone();
        let sources = [
            ("set", set.map(|name| DataSource::Set { name, folder })),
            ("images", images.map(|path| DataSource::Images { path, test: test.clone() })),
            ("csv", csv.map(|path| DataSource::Csv { path, test: test.clone(), settings: table() })),
            ("npz", npz.map(|path| DataSource::Npz { path, test: test.clone() })),
            ("npy", npy.map(|files| DataSource::Files { inputs: files.inputs, targets: files.targets })),
            ("idx", idx.map(|files| DataSource::Files { inputs: files.images, targets: files.labels })),
            ("inputs", written),
        ];
        let mut given: Vec<(&str, DataSource)> =
            sources.into_iter().filter_map(|(key, source)| Some((key, source?))).collect();
        let keys: Vec<&str> = given.iter().map(|(key, _)| *key).collect();
        let expected = "one of set, images, csv, npz, npy, idx, or inputs with targets";
        match (given.pop(), given.is_empty()) {
            (Some((key, source)), true) => {
                self.check_beside(key)?;
                Ok(source)
            }
            (None, _) => {
                Err(wrong("the source of the data is not clear", expected, "none of them", "set = \"mnist\""))
            }
            (Some(_), false) => {
                Err(wrong("the source of the data is not clear", expected, &keys.join(", "), "one of these"))
            }
        }
    }

    /// **Errors:** if a setting does not belong to this source.
    fn check_beside(&self, source: &str) -> Result<(), DataError> {
        const TABLE: &[&str] = &["csv"];
        const PICTURES: &[&str] = &["images"];
        let TableSettings { header, delimiter, decimal, target, drop, weight, empty, numbers, bytes } =
            &self.table;
        let is_scaled = self.scaling == ScalingKind::Standard;
        let all = [
            ("folder", self.folder.is_some(), &["set"][..]),
            ("test", self.test.is_some(), &["images", "csv", "npz"]),
            ("size", self.size.is_some(), PICTURES),
            ("channels", self.channels.is_some(), PICTURES),
            ("damaged", self.damaged != Damaged::default(), PICTURES),
            ("header", header.is_some(), TABLE),
            ("delimiter", delimiter.is_some(), TABLE),
            ("decimal", decimal.is_some(), TABLE),
            ("target", target.is_some(), TABLE),
            ("drop", !drop.is_empty(), TABLE),
            ("weight", weight.is_some(), TABLE),
            ("empty", *empty != Empty::default(), TABLE),
            ("numbers", numbers.is_some(), TABLE),
            ("bytes", bytes.is_some(), TABLE),
        ];
        if let Some((key, _, sources)) =
            all.iter().find(|(_, is_given, sources)| *is_given && !sources.contains(&source))
        {
            let what = format!("`{key}` does not fit `{source}`");
            let remedy = match *key {
                "numbers" => {
                    "leaving `numbers` out: targets that are saved as float32 are learned as numbers".into()
                }
                _ => format!("leaving `{key}` out"),
            };
            return Err(wrong(&what, &format!("{key} with {}", sources.join(", ")), source, &remedy));
        }
        if !is_scaled && (self.mean.is_some() || self.deviation.is_some()) {
            let expected = "scaling = \"standard\" with them";
            let remedy = "scaling = \"standard\", or leaving them out";
            return Err(wrong(
                "`mean` and `deviation` do not fit this scaling",
                expected,
                "scaling = \"unit\"",
                remedy,
            ));
        }
        match self.range {
            Some(range) if !range.is_valid() => {
                let got = format!("[{}, {}]", range.black, range.white);
                Err(wrong("`range` is not a range", "two finite numbers that differ", &got, "range = [0, 1]"))
            }
            _ => Ok(()),
        }
    }

    /// Makes relative paths absolute. The folder of a path is `base(key, path)`, where `key` is the name of the
    /// setting.
    pub fn resolve(&mut self, mut base: impl FnMut(&str, &Path) -> PathBuf) {
        for (key, path) in self.paths() {
            if path.is_relative() {
                *path = plain(&base(key, path).join(&*path));
            }
        }
    }

    /// The same data in the places of `other`. A setting that `other` does not have keeps its place.
    #[must_use]
    pub fn in_places_of(&self, other: &DataSettings) -> DataSettings {
        let (mut moved, mut other) = (self.clone(), other.clone());
        let mut places = other.paths();
        for (key, path) in moved.paths() {
            if let Some(n) = places.iter().position(|(of, _)| *of == key) {
                path.clone_from(places.remove(n).1);
            }
        }
        moved
    }

    /// The same settings for the data of `source` alone, if it is of the kind of these data.
    #[must_use]
    pub fn at(&self, source: &DataSource) -> Option<DataSettings> {
        let mut moved = self.clone();
        match source {
            DataSource::Set { name, folder } => {
                moved.set.as_mut()?.clone_from(name);
                moved.folder = folder.clone().or(moved.folder);
            }
            DataSource::Images { path, .. } => moved.images.as_mut()?.clone_from(path),
            DataSource::Csv { path, .. } => moved.csv.as_mut()?.clone_from(path),
            DataSource::Npz { path, .. } => moved.npz.as_mut()?.clone_from(path),
            DataSource::Files { .. } | DataSource::Inline { .. } => return None,
        }
        if moved.test.take().is_some() && moved.validation == Some(Validation::Test) {
            moved.validation = Some(Validation::None);
        }
        Some(moved)
    }

    /// All paths, with the names of their settings.
    /// The settings that are paths, or that have paths.
    pub const PATHS: [&str; 7] = ["folder", "images", "csv", "npz", "test", "npy", "idx"];

    fn paths(&mut self) -> Vec<(&'static str, &mut PathBuf)> {
        let single = [
            ("folder", self.folder.as_mut()),
            ("images", self.images.as_mut()),
            ("csv", self.csv.as_mut()),
            ("npz", self.npz.as_mut()),
            ("test", self.test.as_mut()),
        ];
        let mut paths: Vec<_> = single.into_iter().filter_map(|(key, path)| Some((key, path?))).collect();
        if let Some(ArrayFiles { inputs, targets }) = &mut self.npy {
            paths.extend([("npy", inputs), ("npy", targets)]);
        }
        if let Some(IdxFiles { images, labels }) = &mut self.idx {
            paths.extend([("idx", images), ("idx", labels)]);
        }
        paths
    }
}

/// A path without `.`, and without `..` after the name of a folder.
fn plain(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

/// The error that a setting is wrong.
pub(super) fn wrong(what: &str, expected: &str, got: &str, remedy: &str) -> DataError {
    DataError::Settings {
        what: what.to_owned(),
        expected: expected.to_owned(),
        got: got.to_owned(),
        remedy: remedy.to_owned(),
    }
}

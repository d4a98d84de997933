//! What an experiment's file may say.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use toddle::{Clip, Fit, Init, LayerSpec, Loss, Machine, Monitor, NetworkSpec, Optimizer, Schedule, Shape};
use toddle_data::Augment;

use crate::precision::Precision;

/// The version of the files that this toddle reads and writes.
pub const VERSION: u32 = 1;

/// A training, from the data to the last epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// [`VERSION`].
    pub version: u32,
    /// What the run's folder is called, if nothing else is wished for.
    pub name: String,
    /// What the first weights, the order of samples, dropout and augmentation follow.
    #[serde(default)]
    pub seed: u32,
    /// The type of number to compute in.
    #[serde(default = "single")]
    pub precision: Precision,
    /// Where samples come from.
    pub data: DataSettings,
    /// How they are changed at random.
    #[serde(default, skip_serializing_if = "Augment::is_off")]
    pub augment: Augment,
    /// What learns.
    pub network: NetworkSettings,
    /// How it learns.
    pub train: TrainSettings,
}

/// Where samples come from: one of `set`, `csv`, `npz`, `images`, and `inputs` with `targets`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataSettings {
    /// A set that is known by name, as `mnist`.
    pub set: Option<String>,
    /// Where a named set's files lie.
    pub folder: Option<PathBuf>,
    /// A table, whose last column is the target.
    pub csv: Option<PathBuf>,
    /// Whether a table's last column is a number to be learned, and not a class.
    #[serde(skip_serializing_if = "is_false")]
    pub numbers: bool,
    /// NumPy's `x_train`, `y_train`, `x_test` and `y_test`, in an archive.
    pub npz: Option<PathBuf>,
    /// A folder of images, a sub-folder a class.
    pub images: Option<PathBuf>,
    /// Height and width that those images are resized to.
    pub size: Option<[usize; 2]>,
    /// Samples written out.
    pub inputs: Option<Vec<Vec<f32>>>,
    /// Their targets.
    pub targets: Option<Vec<Vec<f32>>>,
    /// What each sample is taken as: channels, height and width.
    pub shape: Option<[usize; 3]>,
    /// Only the first so many samples to train on.
    pub first: Option<usize>,
    /// What the network is validated with after each epoch: the test samples, where there are any, if nothing is said.
    pub validation: Option<Validation>,
    /// What the network is given of a value.
    pub scaling: ScalingKind,
    /// For `scaling = "standard"`: each channel's mean; that of the samples to train on, if nothing is said.
    pub mean: Option<Vec<f32>>,
    /// For `scaling = "standard"`: each channel's deviation; that of the samples to train on, if nothing is said.
    pub deviation: Option<Vec<f32>>,
}

/// What a network is validated with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// The set's own samples to test with.
    Test,
    /// Nothing.
    None,
    /// A part of the samples to train on, drawn at random and held out.
    Fraction(f64),
    /// So many of the samples to train on, drawn at random and held out.
    Samples(usize),
    /// The last so many of the samples to train on, held out.
    Last(usize),
}

/// What a network is given of a value, which is a byte divided by 255 or a number as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScalingKind {
    /// The value.
    #[default]
    Unit,
    /// The value less the channel's mean, divided by its deviation.
    Standard,
}

/// What learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSettings {
    /// The shape of a sample; the data's, if nothing is said.
    pub input: Option<Shape>,
    /// What the weights begin with.
    #[serde(default)]
    pub init: Init,
    /// From first to last.
    pub layers: Vec<LayerSpec>,
}

/// How it learns: [`Fit`], and when to save.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainSettings {
    /// What is to become small.
    pub loss: Loss,
    /// How the weights move.
    pub optimizer: Optimizer,
    /// How the learning rate changes.
    #[serde(default)]
    pub schedule: Schedule,
    /// How often all samples are gone through.
    #[serde(default = "one")]
    pub epochs: usize,
    /// Samples a batch.
    #[serde(default = "one")]
    pub batch: usize,
    /// Batches a step.
    #[serde(default = "one")]
    pub accumulate: usize,
    /// How gradients are kept small.
    pub clip: Option<Clip>,
    /// Whether every epoch takes the samples in another order.
    #[serde(default)]
    pub shuffle: bool,
    /// How slowly an average follows the weights.
    pub average: Option<f64>,
    /// What says which weights are best.
    #[serde(default)]
    pub monitor: Monitor,
    /// By how much that has to become better to count.
    #[serde(default)]
    pub min_delta: f64,
    /// How many epochs may pass without a better value.
    pub patience: Option<usize>,
    /// Whether the network has the best weights in the end.
    #[serde(default)]
    pub keep_best: bool,
    /// Steps from one checkpoint to the next; if nothing is said, there is one after an epoch now and then.
    pub checkpoint_every: Option<u64>,
}

fn single() -> Precision {
    Precision::F32
}

fn one() -> usize {
    1
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Experiment {
    /// The network, for samples of `shape` (channels, height and width) if the file does not say which.
    pub fn network(&self, shape: [usize; 3]) -> NetworkSpec {
        let NetworkSettings { input, init, layers } = self.network.clone();
        let from_data = match shape {
            [numbers, 1, 1] => Shape::vector(numbers),
            [channels, height, width] => Shape::image(channels, height, width),
        };
        NetworkSpec { input: input.unwrap_or(from_data), layers, init }
    }

    /// How to train it on `machine`.
    pub fn fit(&self, machine: Machine) -> Fit {
        let train = &self.train;
        Fit {
            loss: train.loss.clone(),
            optimizer: train.optimizer,
            schedule: train.schedule.clone(),
            epochs: train.epochs,
            batch: train.batch,
            accumulate: train.accumulate,
            clip: train.clip,
            shuffle: train.shuffle,
            seed: u64::from(self.seed),
            average: train.average,
            monitor: train.monitor,
            min_delta: train.min_delta,
            patience: train.patience,
            keep_best: train.keep_best,
            machine: Some(machine),
        }
    }

    /// The file that says the same, everything written out.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("settings can be written as TOML")
    }

    /// Whether a run of this experiment may go on as `other`: all but the number of epochs is the same.
    pub fn continues_as(&self, other: &Experiment) -> bool {
        let mut other = other.clone();
        other.train.epochs = self.train.epochs;
        *self == other
    }
}
